//! A storage that is watched: each call leaves a line in the trace, and a sign of life while it takes its time.

use crate::config::Environment;
use crate::error::{Result, shown};
use crate::prompt::Spinner;
use crate::secret::Secret;
use crate::storage::{Key, Name, Storage};
use std::time::Instant;

pub struct Watched {
    storage: Box<dyn Storage>,
    /// What to tell whoever waits; nothing where nobody can see it, or where it would spoil what they see.
    awaited: Option<&'static str>,
}

impl Watched {
    pub fn new(storage: Box<dyn Storage>, environment: &Environment, is_seen: bool) -> Self {
        // the dialog of gpg may be on this very terminal (gpg-agent(1), "GPG_TTY")
        let awaited = match storage.name() {
            Name::Keyring => Some(KEYRING),
            Name::Pass if environment.text("GPG_TTY").is_none() => Some(PASS),
            Name::Cache => Some("waiting for git credential-cache"),
            Name::Pass | Name::File | Name::None => None,
        };
        Self { storage, awaited: awaited.filter(|_| is_seen) }
    }

    fn watch<T>(
        &self,
        what: &str,
        key: Option<&Key>,
        said: fn(&T) -> String,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let _sign = self.awaited.and_then(|text| Spinner::start(text.to_owned()));
        let begun = Instant::now();
        let outcome = work();
        let name = self.storage.name().word();
        let whose = key.map(|key| format!(" {} at {}", shown(&key.account), shown(&key.site))).unwrap_or_default();
        let said = outcome.as_ref().map_or_else(ToString::to_string, said);
        log::debug!("storage {name}: {what}{whose}: {said}, {} ms", begun.elapsed().as_millis());
        outcome
    }
}

/// What is awaited while the keyring does not answer: mostly a person.
pub const KEYRING: &str = "waiting for the keyring; unlock it if it asks";
const PASS: &str = "waiting for pass; give gpg its passphrase if it asks";

impl Storage for Watched {
    fn name(&self) -> Name {
        self.storage.name()
    }

    fn get(&self, key: &Key) -> Result<Option<Secret>> {
        let said = |found: &Option<Secret>| if found.is_some() { "found" } else { "nothing there" }.to_owned();
        self.watch("read", Some(key), said, || self.storage.get(key))
    }

    fn set(&self, key: &Key, secret: &Secret) -> Result<()> {
        self.watch("write", Some(key), |()| "kept".to_owned(), || self.storage.set(key, secret))
    }

    fn delete(&self, key: &Key) -> Result<bool> {
        let said = |was: &bool| if *was { "gone" } else { "nothing there" }.to_owned();
        self.watch("delete", Some(key), said, || self.storage.delete(key))
    }

    fn list(&self) -> Result<Vec<Key>> {
        self.watch("list", None, |keys: &Vec<Key>| format!("{} found", keys.len()), || self.storage.list())
    }
}
