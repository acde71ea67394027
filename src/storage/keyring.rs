//! Storage `keyring`: what the system offers for secrets, reached through keyring-core's traits alone.
//! Here stand our names for entries, the limit in time, and what the errors of three platforms mean.

use super::{Key, Name, Place, Storage, line};
use crate::error::{Error, Result};
use crate::secret::Secret;
use keyring_core::{CredentialStore, Entry};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The service under which every entry stands; beside it only `account@site`, since attributes are public.
const SERVICE: &str = "git-credential-bitbucket";

/// The keyring of this system.
pub struct Keyring {
    store: Arc<CredentialStore>,
    limit: Duration,
}

/// Whether the keyring could keep something now: `Ok`, or `KeyringAbsent`, `KeyringLocked`, `KeyringWithoutCollection` or
/// `KeyringSilent` within 3 s. It asks nobody.
pub fn probe(place: &Place) -> Result<()> {
    let alone = Place { person: false, ..place.clone() };
    platform::probe(&alone)
}

impl Keyring {
    /// The keyring of this system, which is not touched before the first operation.
    pub fn open(place: &Place) -> Result<Self> {
        Ok(Self { store: platform::store(place)?, limit: place.limit() })
    }

    /// Runs one operation in its limit.
    fn within<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&CredentialStore) -> keyring_core::Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = Arc::clone(&self.store);
        platform::bounded(self.limit, move || work(&*store).map_err(|error| meaning(what, &error)))
    }
}

impl Storage for Keyring {
    fn name(&self) -> Name {
        Name::Keyring
    }

    fn get(&self, key: &Key) -> Result<Option<Secret>> {
        let key = key.clone();
        let found = self.within("read", move |store| some(platform::get(store, &key)))?;
        found.map_or(Ok(None), |bytes| line::decode(Secret::new(bytes).expose()).map(Some))
    }

    /// Not read back: every keyring answers a write only when it is done.
    fn set(&self, key: &Key, secret: &Secret) -> Result<()> {
        let (key, text) = (key.clone(), line::encode(secret));
        self.within("keep the secret", move |store| platform::set(store, &key, text.as_bytes()))
    }

    fn delete(&self, key: &Key) -> Result<bool> {
        let key = key.clone();
        let done = self.within("forget the secret", move |store| some(platform::delete(store, &key)))?;
        Ok(done.is_some())
    }

    fn list(&self) -> Result<Vec<Key>> {
        let entries = self.within("list what it keeps", |store| store.search(&platform::everything()))?;
        Ok(entries.iter().filter_map(key_of).collect())
    }
}

fn some<T>(result: keyring_core::Result<T>) -> keyring_core::Result<Option<T>> {
    match result {
        Err(keyring_core::Error::NoEntry) => Ok(None),
        result => result.map(Some),
    }
}

fn key_of(entry: &Entry) -> Option<Key> {
    let (service, user) = entry.get_specifiers()?;
    Key::from_joined(&user).filter(|key| service == SERVICE && key.site.contains("://") && !key.site.contains('#'))
}

/// The words under which people see an entry in their password program.
#[cfg(not(windows))]
fn label(key: &Key) -> String {
    format!("{SERVICE}: {} at {}", key.account, key.site)
}

/// Errors of the Linux store are ours already; of the others, only what a person can act on is told apart.
pub fn meaning(what: &'static str, error: &keyring_core::Error) -> Error {
    use keyring_core::Error::{BadStoreFormat, NoStorageAccess, PlatformFailure};
    match error {
        PlatformFailure(inner) | NoStorageAccess(inner) => {
            let ours = inner.downcast_ref::<Error>().cloned();
            ours.unwrap_or_else(|| native_meaning(what, &format!("{inner} {inner:?}")))
        }
        BadStoreFormat(_) => Error::RecordUnreadable,
        _ => Error::KeyringFailed { what },
    }
}

/// What the numbers of Windows (winerror.h) and macOS (SecBase.h) mean for a person. Over SSH, Windows has no logon session
/// with a vault, and macOS may not ask for the keychain's password (user-pains.md, row 10).
fn native_meaning(what: &'static str, text: &str) -> Error {
    match code_in(text) {
        Some(1312) => Error::KeyringOutOfReach { system: "Windows" },
        Some(-25308 | -25315) => Error::KeyringOutOfReach { system: "macOS" },
        // not allowed, called off, or asleep
        Some(-25293 | -128 | -25320) => Error::KeyringLocked,
        // no keychain, or a credential manager whose service does not run
        Some(-25291 | -25294 | -25295 | 1058 | 1062 | 1722 | 1753) => Error::KeyringAbsent,
        Some(-25307) => Error::KeyringWithoutCollection,
        _ => Error::KeyringFailed { what },
    }
}

#[cfg(target_os = "linux")]
pub use platform::of as secret_service;

/// The number in `PlatformError(1312)` or `Error { code: -25308, message: … }`, as the two libraries write their errors.
fn code_in(text: &str) -> Option<i64> {
    let (_, rest) = text.split_once("PlatformError(").or_else(|| text.split_once("Error { code: "))?;
    rest.split([')', ',', ' ']).next()?.parse().ok()
}

/// For systems whose calls take no limit: the call stays behind in its thread when the limit passes.
#[cfg(any(not(target_os = "linux"), test))]
pub fn in_thread<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let (done, result) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || done.send(work()));
    let silent = Error::KeyringSilent { seconds: limit.as_secs().max(1) };
    result.recv_timeout(limit).unwrap_or(Err(silent))
}

/// One entry for one key, as it is everywhere but on Windows.
#[cfg(not(windows))]
mod whole {
    use super::{CredentialStore, Entry, HashMap, Key, SERVICE};
    use keyring_core::Result;

    fn entry(store: &CredentialStore, key: &Key) -> Result<Entry> {
        store.build(SERVICE, &key.joined(), super::platform::modifiers(&super::label(key)).as_ref())
    }

    pub fn get(store: &CredentialStore, key: &Key) -> Result<Vec<u8>> {
        entry(store, key)?.get_secret()
    }

    pub fn set(store: &CredentialStore, key: &Key, secret: &[u8]) -> Result<()> {
        entry(store, key)?.set_secret(secret)
    }

    pub fn delete(store: &CredentialStore, key: &Key) -> Result<()> {
        entry(store, key)?.delete_credential()
    }

    pub fn everything() -> HashMap<&'static str, &'static str> {
        HashMap::from([("service", SERVICE)])
    }
}

#[cfg(target_os = "linux")]
mod platform {
    use super::super::secret_service::Store;
    use super::{Arc, CredentialStore, Duration, HashMap, Place, Result};

    pub use super::whole::{delete, everything, get, set};

    pub fn store(place: &Place) -> Result<Arc<CredentialStore>> {
        Ok(Arc::new(of(place)))
    }

    pub fn probe(place: &Place) -> Result<()> {
        of(place).probe()
    }

    /// The Secret Service of this session.
    pub fn of(place: &Place) -> Store {
        let socket = || place.runtime_dir.as_ref().map(|folder| format!("unix:path={}", folder.join("bus").display()));
        let address = place.bus.clone().filter(|address| !address.is_empty()).or_else(socket);
        Store { address, limit: place.limit(), person: place.person }
    }

    pub fn modifiers(label: &str) -> Option<HashMap<&str, &str>> {
        Some(HashMap::from([("label", label)]))
    }

    /// The store keeps its own deadline.
    pub fn bounded<T>(_: Duration, work: impl FnOnce() -> Result<T>) -> Result<T> {
        work()
    }
}

#[cfg(target_os = "macos")]
mod platform {
    use super::{Arc, CredentialStore, HashMap, Key, Place, Result, meaning};

    pub use super::in_thread as bounded;
    pub use super::whole::{delete, everything, get, set};

    pub fn store(_: &Place) -> Result<Arc<CredentialStore>> {
        let store = apple_native_keyring_store::keychain::Store::new();
        Ok(store.map_err(|error| meaning("open", &error))?)
    }

    /// A look-up of an entry that nobody has: it needs the keychain, but no one's permission.
    pub fn probe(place: &Place) -> Result<()> {
        use super::Storage;
        super::Keyring::open(place)?.get(&Key::new("probe", "probe")).map(|_| ())
    }

    /// The keychain has no label of ours to set.
    pub fn modifiers(_: &str) -> Option<HashMap<&str, &str>> {
        None
    }
}

#[cfg(windows)]
mod platform {
    use super::super::parts::Parts;
    use super::{Arc, CredentialStore, HashMap, Key, Place, Result, SERVICE, meaning};

    pub use super::in_thread as bounded;

    /// Stands between the two halves of a target name; a service of ours never has it, so the last one divides.
    const DIVIDER: &str = "|";

    pub fn store(_: &Place) -> Result<Arc<CredentialStore>> {
        let settings = HashMap::from([("divider", DIVIDER), ("service_no_divider", "true")]);
        let store = windows_native_keyring_store::Store::new_with_configuration(&settings);
        Ok(store.map_err(|error| meaning("open", &error))?)
    }

    pub fn probe(place: &Place) -> Result<()> {
        use super::Storage;
        super::Keyring::open(place)?.get(&Key::new("probe", "probe")).map(|_| ())
    }

    fn parts<'a>(store: &'a CredentialStore, user: &'a str) -> Parts<'a> {
        // "Local", since "Enterprise", the default, would carry secrets to other machines.
        Parts { store, service: SERVICE, user, modifiers: HashMap::from([("persistence", "Local")]) }
    }

    pub fn get(store: &CredentialStore, key: &Key) -> keyring_core::Result<Vec<u8>> {
        parts(store, &key.joined()).get()
    }

    pub fn set(store: &CredentialStore, key: &Key, secret: &[u8]) -> keyring_core::Result<()> {
        parts(store, &key.joined()).set(secret)
    }

    pub fn delete(store: &CredentialStore, key: &Key) -> keyring_core::Result<()> {
        parts(store, &key.joined()).delete()
    }

    pub fn everything() -> HashMap<&'static str, &'static str> {
        HashMap::from([("pattern", r"\|git-credential-bitbucket$")])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_does_not_return_is_left_behind_at_the_limit() {
        let (_never, wait) = std::sync::mpsc::channel::<()>();
        let limit = Duration::from_millis(50);
        let result = in_thread(limit, move || wait.recv().map_err(|_| Error::Cancelled));
        assert_eq!(result, Err(Error::KeyringSilent { seconds: 1 }));
        assert_eq!(in_thread(limit, || Ok(7)), Ok(7));
    }

    #[test]
    fn platform_errors_that_a_person_can_mend_are_told_apart() {
        let (windows, macos) = ("Windows", "macOS");
        let cases = [
            ("Windows ERROR_NO_SUCH_LOGON_SESSION PlatformError(1312)", Error::KeyringOutOfReach { system: windows }),
            ("Windows error code 1722 PlatformError(1722)", Error::KeyringAbsent),
            ("Windows error code 87 PlatformError(87)", Error::KeyringFailed { what: "read" }),
            (
                "User interaction is not allowed. Error { code: -25308, message: \"not allowed.\" }",
                Error::KeyringOutOfReach { system: macos },
            ),
            ("error code -25308 Error { code: -25308 }", Error::KeyringOutOfReach { system: macos }),
            ("denied Error { code: -25293, message: \"denied\" }", Error::KeyringLocked),
            ("User canceled the operation. Error { code: -128, message: \"canceled\" }", Error::KeyringLocked),
            ("error code -25294 Error { code: -25294 }", Error::KeyringAbsent),
            ("error code -25307 Error { code: -25307 }", Error::KeyringWithoutCollection),
            ("error code -12800 Error { code: -12800 }", Error::KeyringFailed { what: "read" }),
            ("no number at all - none", Error::KeyringFailed { what: "read" }),
        ];
        for (text, error) in cases {
            assert_eq!(native_meaning("read", text), error, "{text}");
        }
    }

    /// On the runners of CI alone, since a developer's own keyring is theirs.
    #[cfg(not(target_os = "linux"))]
    #[test]
    fn the_systems_own_keyring_keeps_all_promises() {
        use super::super::promises;
        if !promises::are_for_real() {
            return eprintln!("skipped: REQUIRE_REAL=1 writes into this system's own keyring");
        }
        let keyring = Keyring::open(&Place { person: true, ..Place::default() }).expect("opened");
        promises::keeps_all(&keyring);
        assert_eq!(promises::listed(&keyring), promises::kept_keys());
        assert!(promises::kept_keys().iter().all(|key| keyring.delete(key) == Ok(true)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_real_keyring_keeps_all_promises() {
        use super::super::{promises, real_bus::Bus};
        let Some(bus) = Bus::with_keyring() else { return };
        let place = Place { bus: Some(bus.address.clone()), ..Place::default() };
        let keyring = Keyring::open(&place).expect("opened");
        promises::keeps_all(&keyring);
        assert_eq!(promises::listed(&keyring), promises::kept_keys());
        bus.lock();
        assert_eq!(keyring.get(&promises::kept_keys()[0]), Err(Error::KeyringLocked));
        assert_eq!(probe(&place), Err(Error::KeyringLocked));
    }
}
