//! The Secret Service of Linux desktops behind keyring-core's traits: search first, read, write and forget by attributes.
//! It never asks a person unless it was told that one is there, and does not know what the secrets are for.

use super::bus::{Bus, GONE, persistently};
use super::located::{self, ITEM, Located, Wrapped, open_session, property};
use super::message::{Body, Call};
use super::unlocking::{self, Path};
use crate::error::{Error, Result};
use keyring_core::api::{CredentialApi, CredentialStoreApi};
use keyring_core::{Credential, Entry};
use rustbus::wire::ObjectPath;
use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

pub const SERVICE: &str = "org.freedesktop.secrets";
pub const ROOT: &str = "/org/freedesktop/secrets";

/// Where the service is reached, and how patient to be.
#[derive(Clone, Debug)]
pub struct Store {
    /// The bus address; `None` where the session has none.
    pub address: Option<String>,
    /// For one whole operation.
    pub limit: Duration,
    /// Whether locked items may be unlocked by asking.
    pub person: bool,
}

/// One item, named by the attributes `service` and `username`, as the keyring crates do it.
#[derive(Clone, Debug)]
struct Item {
    store: Store,
    service: String,
    user: String,
    label: String,
}

/// What a search found.
struct Found {
    open: Vec<Path>,
    locked: Vec<Path>,
}

#[derive(rustbus::Marshal, rustbus::Signature)]
enum Property<'a> {
    Text(&'a str),
    Attributes(&'a HashMap<&'a str, &'a str>),
}

impl CredentialStoreApi for Store {
    fn vendor(&self) -> String {
        "Secret Service, https://specifications.freedesktop.org/secret-service".into()
    }

    fn id(&self) -> String {
        format!("{self:?}")
    }

    fn build(&self, service: &str, user: &str, more: Option<&HashMap<&str, &str>>) -> keyring_core::Result<Entry> {
        let label = more
            .and_then(|more| more.get("label"))
            .map_or_else(|| format!("{service}: {user}"), |label| (*label).into());
        Ok(self.entry(service, user, label))
    }

    fn search(&self, attributes: &HashMap<&str, &str>) -> keyring_core::Result<Vec<Entry>> {
        persistently(|| self.list(attributes)).map_err(wrapped)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl CredentialApi for Item {
    fn set_secret(&self, secret: &[u8]) -> keyring_core::Result<()> {
        persistently(|| self.write(secret)).map_err(wrapped)
    }

    fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
        persistently(|| self.read()).map_err(wrapped)?.ok_or(keyring_core::Error::NoEntry)
    }

    fn delete_credential(&self) -> keyring_core::Result<()> {
        let was = persistently(|| self.forget()).map_err(wrapped)?;
        if was { Ok(()) } else { Err(keyring_core::Error::NoEntry) }
    }

    fn get_credential(&self) -> keyring_core::Result<Option<Arc<Credential>>> {
        Ok(None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        Some((self.service.clone(), self.user.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Store {
    /// Whether it could keep something now, without asking anybody.
    pub fn probe(&self) -> Result<()> {
        let mut bus = self.connect()?;
        let collection = unlocking::collection(&mut bus)?.ok_or(Error::KeyringWithoutCollection)?;
        let locked = property(&mut bus, &collection, "org.freedesktop.Secret.Collection", "Locked")?;
        let locked = locked.values("v")?.next::<Variant>()?.get::<bool>().unwrap_or(false);
        if locked { Err(Error::KeyringLocked) } else { Ok(()) }
    }

    /// Everything with these attributes, unlocked; `KeyringLocked` where some of it is locked and nobody is there.
    pub fn opened(&self, attributes: &HashMap<&str, &str>) -> Result<Vec<Entry>> {
        persistently(|| {
            let mut bus = self.connect()?;
            let found = search(&mut bus, attributes)?;
            let paths = self.unlocked(&mut bus, found)?;
            paths.into_iter().map(|path| Located::entry(self, &mut bus, path)).collect()
        })
    }

    pub(super) fn connect(&self) -> Result<Bus> {
        Bus::connect(self.address.as_deref().ok_or(Error::KeyringAbsent)?, self.limit)
    }

    fn entry(&self, service: &str, user: &str, label: String) -> Entry {
        let item = Item { store: self.clone(), service: service.into(), user: user.into(), label };
        Entry::new_with_credential(Arc::new(item))
    }

    fn list(&self, attributes: &HashMap<&str, &str>) -> Result<Vec<Entry>> {
        let mut bus = self.connect()?;
        let found = search(&mut bus, attributes)?;
        let paths = found.open.into_iter().chain(found.locked);
        paths.map(|path| Located::entry(self, &mut bus, path)).collect()
    }

    /// All that was found, unlocked; `KeyringLocked` where some are locked and nobody is there to unlock them.
    fn unlocked(&self, bus: &mut Bus, found: Found) -> Result<Vec<Path>> {
        if !found.locked.is_empty() {
            unlocking::unlock(bus, &found.locked, self.person)?;
        }
        Ok(found.open.into_iter().chain(found.locked).collect())
    }
}

type Variant<'a> = rustbus::wire::unmarshal::traits::Variant<'static, 'a>;

impl Item {
    fn attributes(&self) -> HashMap<&str, &str> {
        HashMap::from([("service", self.service.as_str()), ("username", self.user.as_str())])
    }

    /// Connects and searches: the answered search has to come before `OpenSession`, or a burst of clients
    /// kills gnome-keyring (its work items 190, 196 and 199; measured in facts/crates.md, 1.6).
    fn find(&self) -> Result<(Bus, Found)> {
        let mut bus = self.store.connect()?;
        let found = search(&mut bus, &self.attributes())?;
        Ok((bus, found))
    }

    /// The secret; `None` where there is none.
    fn read(&self) -> Result<Option<Vec<u8>>> {
        let (mut bus, found) = self.find()?;
        let found = if found.open.is_empty() { self.store.unlocked(&mut bus, found)? } else { found.open };
        if found.is_empty() {
            return Ok(None);
        }
        // what was found may have been replaced by another item before it is read
        let path = newest(&mut bus, found)?.ok_or(GONE)?;
        located::read(&mut bus, &path).map(Some)
    }

    fn write(&self, secret: &[u8]) -> Result<()> {
        let (mut bus, found) = self.find()?;
        let session = open_session(&mut bus)?;
        let collection = unlocking::collection_or_new(&mut bus, self.store.person)?;
        let made = match self.create(&mut bus, &session, &collection, secret) {
            Err(Error::KeyringLocked) => {
                unlocking::unlock(&mut bus, std::slice::from_ref(&collection), self.store.person)?;
                self.create(&mut bus, &session, &collection, secret)?
            }
            made => made?,
        };
        // Others of the same attributes, in other collections, would make the next search ambiguous.
        let mut others = found.open.iter().filter(|path| **path != made);
        others.try_for_each(|path| located::delete(&mut bus, path, self.store.person))
    }

    /// The attributes are public (Secret Service API, "Lookup Attributes"), so they name and never hold.
    fn create(&self, bus: &mut Bus, session: &str, collection: &str, secret: &[u8]) -> Result<Path> {
        let attributes = self.attributes();
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Property::Text(&self.label)),
            ("org.freedesktop.Secret.Item.Attributes", Property::Attributes(&attributes)),
        ]);
        let wrapped: Wrapped = (object(session)?, &[], secret, "text/plain; charset=utf8");
        let body = Body::new().with(&properties)?.with_room(secret.len()).with(wrapped)?.with(true)?;
        let call = Call { to: SERVICE, on: collection, of: "org.freedesktop.Secret.Collection", member: "CreateItem" };
        let answer = bus.ask(&call, body)?;
        let mut values = answer.values("oo")?;
        let (item, prompt) = (values.next::<ObjectPath<&str>>()?, values.next::<ObjectPath<&str>>()?);
        let made = unlocking::settle(bus, item.as_ref(), prompt.as_ref(), self.store.person)?;
        Ok(made)
    }

    fn forget(&self) -> Result<bool> {
        let (mut bus, found) = self.find()?;
        let found = self.store.unlocked(&mut bus, found)?;
        for path in &found {
            located::delete(&mut bus, path, self.store.person)?;
        }
        Ok(!found.is_empty())
    }
}

fn search(bus: &mut Bus, attributes: &HashMap<&str, &str>) -> Result<Found> {
    let call = Call { to: SERVICE, on: ROOT, of: "org.freedesktop.Secret.Service", member: "SearchItems" };
    let answer = bus.ask(&call, Body::new().with(attributes)?)?;
    let mut values = answer.values("aoao")?;
    Ok(Found { open: unlocking::paths(&mut values)?, locked: unlocking::paths(&mut values)? })
}

/// Another program may have made a second item of the same attributes; the clock of the service decides.
fn newest(bus: &mut Bus, paths: Vec<Path>) -> Result<Option<Path>> {
    if paths.len() < 2 {
        return Ok(paths.into_iter().next());
    }
    let mut dated = Vec::new();
    for path in paths {
        match property(bus, &path, ITEM, "Modified") {
            Ok(answer) => dated.push((answer.values("v")?.next::<Variant>()?.get::<u64>().unwrap_or(0), path)),
            // it went after the search
            Err(error) if error == GONE => {}
            Err(error) => return Err(error),
        }
    }
    Ok(dated.into_iter().max().map(|(_, path)| path))
}

/// A path as rustbus wants it.
pub fn object(path: &str) -> Result<ObjectPath<&str>> {
    ObjectPath::new(path).map_err(|_| GONE)
}

/// Our errors travel through keyring-core whole; `keyring.rs` takes them out again.
pub fn wrapped(error: Error) -> keyring_core::Error {
    keyring_core::Error::PlatformFailure(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::super::real_bus;
    use super::*;

    #[test]
    fn of_several_items_one_that_went_after_the_search_is_passed_over() {
        let Some(real) = real_bus::Bus::with_keyring() else { return };
        let store = Store { address: Some(real.address.clone()), limit: Duration::from_secs(20), person: false };
        let entry = store.build("https://bitbucket.org", "alice", None).expect("an entry");
        entry.set_secret(b"s").expect("kept");
        let mut bus = store.connect().expect("a bus");
        let found = search(&mut bus, &HashMap::from([("username", "alice")])).expect("searched").open;
        let gone = found[0].replace(|c: char| c.is_ascii_digit(), "9");
        let paths = vec![gone.clone(), found[0].clone()];
        assert_eq!(newest(&mut bus, paths), Ok(Some(found[0].clone())));
        assert_eq!(newest(&mut bus, vec![gone.clone(), gone]), Ok(None));
    }
}
