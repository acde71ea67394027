//! Where secrets rest: one trait and five storages.
//! It keeps a sealed text under site and account; it must not know what the text says, nor any setting or environment.

mod cache;
mod file;
mod items;
mod key;
mod keyring;
mod line;
mod pass;

#[cfg(target_os = "linux")]
mod bus;
#[cfg(target_os = "linux")]
mod located;
#[cfg(target_os = "linux")]
mod message;
#[cfg(any(windows, test))]
mod parts;
#[cfg(target_os = "linux")]
mod secret_service;
#[cfg(target_os = "linux")]
mod unlocking;

#[cfg(test)]
#[cfg_attr(not(unix), allow(dead_code, reason = "some of the tools are for storages that only Unix has"))]
mod promises;
#[cfg(all(test, target_os = "linux"))]
mod real_bus;

pub use items::{Item, items};
pub use key::Key;
pub use keyring::probe as probe_keyring;
pub use pass::Pass;

use crate::child::{self, Program};
use crate::error::{Error, Result};
use crate::secret::Secret;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The storages a person can name in `bitbucket.storage`; `auto` is a choice among them and made elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    Keyring,
    File,
    Pass,
    Cache,
    None,
}

/// What every storage can do. All calls are bounded in time; a failure is an error, never a silent loss.
pub trait Storage {
    /// Which one it is.
    fn name(&self) -> Name;

    /// The secret of an account, or `None` where there is none.
    fn get(&self, key: &Key) -> Result<Option<Secret>>;

    /// Keeps a secret in place of the one before it; after an error the old one is still there.
    fn set(&self, key: &Key, secret: &Secret) -> Result<()>;

    /// Forgets a secret and tells whether there was one.
    fn delete(&self, key: &Key) -> Result<bool>;

    /// The keys it can name, without their secrets; best effort, for `doctor` and for a lost index.
    fn list(&self) -> Result<Vec<Key>>;
}

/// What a storage needs to know of the machine; `config` and `world` fill it in.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The data folder.
    pub folder: PathBuf,
    /// `DBUS_SESSION_BUS_ADDRESS`.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has a bus"))]
    pub bus: Option<String>,
    /// `XDG_RUNTIME_DIR`, whose `bus` socket serves where the address is not set.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has a bus"))]
    pub runtime_dir: Option<PathBuf>,
    /// Someone may be typing: 60 s instead of 3 s, and the keyring may ask to be unlocked.
    pub person: bool,
    /// Absolute folders in which `pass` and `git` are looked for, never the working folder.
    pub search_path: Vec<PathBuf>,
    pub home: Option<PathBuf>,
    pub password_store_dir: Option<PathBuf>,
    /// What children get besides `PATH`, `HOME` and `PASSWORD_STORE_DIR`: display, terminal, locale,
    /// `GNUPGHOME`, `GPG_TTY`, the XDG folders, on Windows `SystemRoot`; nothing that holds a secret.
    pub environment: Vec<(OsString, OsString)>,
}

/// Where else than in the keyring something could be kept here, besides nowhere.
pub fn choices(place: &Place) -> Vec<Name> {
    let pass = Pass::find(place).is_ok_and(|pass| pass.is_set_up());
    // git for Windows has no sockets for its daemon
    let cache = cfg!(unix) && cache::Cache::find(place).is_ok();
    let choices = [(Name::File, true), (Name::Pass, pass), (Name::Cache, cache)];
    choices.into_iter().filter_map(|(name, possible)| possible.then_some(name)).collect()
}

/// Opens a storage without touching it; an error means that a program it needs is not installed.
pub fn open(name: Name, place: &Place) -> Result<Box<dyn Storage>> {
    Ok(match name {
        Name::Keyring => Box::new(keyring::Keyring::open(place)?),
        Name::File => Box::new(file::Files::new(&place.folder)),
        Name::Pass => Box::new(Pass::find(place)?),
        Name::Cache => Box::new(cache::Cache::find(place)?),
        Name::None => Box::new(Nothing),
    })
}

impl Name {
    /// The word in settings and the index.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::Pass => "pass",
            Self::Cache => "cache",
            Self::None => "none",
        }
    }

    /// The name people see.
    pub fn title(self) -> &'static str {
        match self {
            Self::Keyring => "the keyring",
            Self::File => "a file only you can read",
            Self::Pass => "pass",
            Self::Cache => "git's memory cache",
            Self::None => "nothing",
        }
    }

    /// The storage that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Keyring, Self::File, Self::Pass, Self::Cache, Self::None]
            .into_iter()
            .find(|name| name.word().eq_ignore_ascii_case(word))
    }
}

impl Place {
    /// A program that a storage is kept by; an error if it is not installed.
    pub fn program(&self, name: &'static str) -> Result<Program> {
        let path = child::find(name, &self.search_path).ok_or(Error::Program { name, why: "is not installed" })?;
        Ok(Program::new(name, path, self.for_children(), self.limit()))
    }

    fn for_children(&self) -> Vec<(OsString, OsString)> {
        let folders = self.search_path.iter().filter(|folder| folder.is_absolute());
        let path = std::env::join_paths(folders).unwrap_or_default();
        let home = self.home.as_ref().map(|home| ("HOME".into(), home.into()));
        let passwords = self.password_store_dir.as_ref().map(|folder| ("PASSWORD_STORE_DIR".into(), folder.into()));
        let own = [("PATH".into(), path)].into_iter().chain(home).chain(passwords);
        let taken = |name: &OsString| ["PATH", "HOME", "PASSWORD_STORE_DIR"].iter().any(|own| name == *own);
        own.chain(self.environment.iter().filter(|(name, _)| !taken(name)).cloned()).collect()
    }

    /// How long one operation may take: short where nobody waits at a dialog (user-pains.md, row 6).
    fn limit(&self) -> Duration {
        if self.person { Duration::from_secs(60) } else { Duration::from_secs(3) }
    }
}

/// `none`: who chose it wants nothing kept, so that keeping nothing is success.
struct Nothing;

impl Storage for Nothing {
    fn name(&self) -> Name {
        Name::None
    }

    fn get(&self, _: &Key) -> Result<Option<Secret>> {
        Ok(None)
    }

    fn set(&self, _: &Key, _: &Secret) -> Result<()> {
        Ok(())
    }

    fn delete(&self, _: &Key) -> Result<bool> {
        Ok(false)
    }

    fn list(&self) -> Result<Vec<Key>> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_storage_is_found_by_its_word() {
        for name in [Name::Keyring, Name::File, Name::Pass, Name::Cache, Name::None] {
            assert_eq!(Name::from_word(name.word()), Some(name));
        }
        assert_eq!(Name::from_word("FILE"), Some(Name::File));
        assert_eq!(Name::from_word("auto"), None);
    }

    #[test]
    fn none_keeps_nothing_and_says_so_by_a_miss() {
        let storage = open(Name::None, &Place::default()).expect("needs nothing");
        let key = Key::new("https://bitbucket.org", "alice");
        storage.set(&key, &Secret::new("x")).expect("always fine");
        assert_eq!(storage.get(&key), Ok(None));
        assert_eq!(storage.delete(&key), Ok(false));
    }
}
