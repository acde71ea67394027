//! The storages as this machine and its settings have them: which one is named, which one would do, how it is reached.

use super::World;
use super::watched::{self, Watched};
use crate::error::{Error, Result};
use crate::prompt::{Asker, Spinner};
use crate::site::Site;
use crate::storage::{self, Name, Place, Storage};
use std::time::Instant;

impl World {
    /// Opens a storage by name.
    pub fn storage(&self, name: Name, person: bool) -> Result<Box<dyn Storage>> {
        let storage = storage::open(name, &self.place(person)?)?;
        Ok(Box::new(Watched::new(storage, &self.environment, self.can_be_watched())))
    }

    /// The storage that somebody named for this site: by option, variable or setting; `None` for `auto`.
    pub fn chosen_storage(&self, site: &Site) -> Result<Option<Name>> {
        let variable = || self.environment.text("GIT_CREDENTIAL_BITBUCKET_STORAGE");
        let setting = || self.settings().map(|settings| settings.storage(site));
        let word = match self.wishes.storage.clone().or_else(variable) {
            Some(word) => Some(word),
            None => setting()?,
        };
        match word.as_deref() {
            None | Some("auto") => Ok(None),
            Some(word) => Name::from_word(word).map(Some).ok_or(Error::Setting {
                key: "bitbucket.storage".into(),
                expected: "`auto`, `keyring`, `file`, `pass`, `cache` or `none`",
            }),
        }
    }

    /// Where new records of a site go: the chosen storage, or the keyring if it answers.
    pub fn storage_for_new(&self, site: &Site, person: bool) -> Result<Name> {
        if let Some(name) = self.chosen_storage(site)? {
            return Ok(name);
        }
        let _sign = self.spinner(watched::KEYRING);
        let (place, begun) = (self.place(person)?, Instant::now());
        let found = storage::probe_keyring(&place);
        let said = found.as_ref().map_or_else(ToString::to_string, |()| "ready".to_owned());
        log::debug!("storage keyring: looked at: {said}, {} ms", begun.elapsed().as_millis());
        match found {
            // whoever is there can open it, or make one, when it is written to
            Err(Error::KeyringLocked | Error::KeyringWithoutCollection) if place.person => Ok(Name::Keyring),
            found => found.map(|()| Name::Keyring),
        }
    }

    /// Whether the keyring could keep something now; nobody is asked.
    pub fn probe_keyring(&self) -> Result<()> {
        storage::probe_keyring(&self.place(false)?)
    }

    /// A sign of life while other helpers' stores are opened, unless the dialog of gpg may be on this very terminal.
    pub fn spinner_at_stores(&self) -> Option<Spinner> {
        let own_dialog = self.environment.text("GPG_TTY").is_some();
        (!own_dialog).then(|| self.spinner("looking at what is kept; unlock it if something asks")).flatten()
    }

    /// Where else a person can let secrets rest on this machine.
    pub fn storage_choices(&self) -> Result<Vec<Name>> {
        Ok(storage::choices(&self.place(true)?))
    }

    /// What storages and other helpers' stores are reached by.
    pub fn place(&self, person: bool) -> Result<Place> {
        Ok(Place {
            folder: self.folder()?,
            bus: self.environment.text("DBUS_SESSION_BUS_ADDRESS"),
            runtime_dir: self.environment.path("XDG_RUNTIME_DIR"),
            person: person && self.somebody_sees_dialogs(),
            search_path: self.environment.search_path(),
            home: self.environment.home(),
            password_store_dir: self.environment.path("PASSWORD_STORE_DIR"),
            environment: self.environment.harmless(),
        })
    }

    /// On a screen, or at a terminal; a timer or a service has neither, and a window that waits for it waits for ever.
    fn somebody_sees_dialogs(&self) -> bool {
        let elsewhere = cfg!(not(target_os = "linux"));
        elsewhere || self.environment.desktop().has_screen || Asker::terminal().is_some()
    }
}
