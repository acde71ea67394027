//! One item of the Secret Service, known by its path because a search found it: its attributes, its secret, its end.
//! It does not know what its attributes mean.

use super::bus::{Bus, GONE, persistently};
use super::message::{Body, Call, Message};
use super::secret_service::{ROOT, SERVICE, Store, object, wrapped};
use super::unlocking::{self, Path};
use crate::error::Result;
use keyring_core::api::CredentialApi;
use keyring_core::{Credential, Entry};
use rustbus::wire::ObjectPath;
use rustbus::wire::unmarshal::traits::Variant;
use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

pub const ITEM: &str = "org.freedesktop.Secret.Item";

/// `(session, parameters, value, content type)` (Secret Service API, "Secret").
pub type Wrapped<'a> = (ObjectPath<&'a str>, &'a [u8], &'a [u8], &'a str);

#[derive(Debug)]
pub struct Located {
    store: Store,
    path: Path,
    attributes: HashMap<String, String>,
}

impl Located {
    /// The item at a path, with its attributes read.
    pub fn entry(store: &Store, bus: &mut Bus, path: Path) -> Result<Entry> {
        let answer = property(bus, &path, ITEM, "Attributes")?;
        let attributes = answer.values("v")?.next::<Variant>()?.get().unwrap_or_default();
        Ok(Entry::new_with_credential(Arc::new(Self { store: store.clone(), path, attributes })))
    }

    /// A search must have been answered before `OpenSession` (as in `secret_service.rs`); reading a property serves as well.
    fn connect(&self) -> Result<Bus> {
        let mut bus = self.store.connect()?;
        match property(&mut bus, &self.path, ITEM, "Locked") {
            Err(error) if error != GONE => Err(error),
            _ => Ok(bus),
        }
    }
}

impl CredentialApi for Located {
    /// What others keep is theirs to change.
    fn set_secret(&self, _: &[u8]) -> keyring_core::Result<()> {
        Err(keyring_core::Error::NotSupportedByStore("found items are only read and removed".into()))
    }

    fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
        let found = persistently(|| read(&mut self.connect()?, &self.path));
        found.map_err(|error| if error == GONE { keyring_core::Error::NoEntry } else { wrapped(error) })
    }

    fn get_attributes(&self) -> keyring_core::Result<HashMap<String, String>> {
        Ok(self.attributes.clone())
    }

    fn delete_credential(&self) -> keyring_core::Result<()> {
        let person = self.store.person;
        self.connect().and_then(|mut bus| delete(&mut bus, &self.path, person)).map_err(wrapped)
    }

    fn get_credential(&self) -> keyring_core::Result<Option<Arc<Credential>>> {
        Ok(None)
    }

    /// As the keyring crates name them, and so as ours are named.
    fn get_specifiers(&self) -> Option<(String, String)> {
        Some((self.attributes.get("service")?.clone(), self.attributes.get("username")?.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The secret of an item that is not locked; `GONE` if the item is there no more.
pub fn read(bus: &mut Bus, path: &str) -> Result<Vec<u8>> {
    let session = open_session(bus)?;
    let body = Body::new().with(object(&session)?)?;
    let answer = bus.ask(&Call { to: SERVICE, on: path, of: ITEM, member: "GetSecret" }, body)?;
    Ok(answer.values("(oayays)")?.next::<Wrapped>()?.2.to_vec())
}

/// An item that somebody else deleted meanwhile is as deleted as it should be.
pub fn delete(bus: &mut Bus, path: &str, person: bool) -> Result<()> {
    let answer = match bus.ask(&Call { to: SERVICE, on: path, of: ITEM, member: "Delete" }, Body::new()) {
        Err(error) if error == GONE => return Ok(()),
        answer => answer?,
    };
    let prompt = answer.values("o")?.next::<ObjectPath<&str>>()?.as_ref().to_owned();
    unlocking::settle(bus, "/", &prompt, person).map(|_| ())
}

/// "plain": the secret crosses a socket that only this user can open (facts/crates.md, 1.3).
pub fn open_session(bus: &mut Bus) -> Result<Path> {
    #[derive(rustbus::Marshal, rustbus::Signature)]
    enum Input<'a> {
        None(&'a str),
    }
    let call = Call { to: SERVICE, on: ROOT, of: "org.freedesktop.Secret.Service", member: "OpenSession" };
    let answer = bus.ask(&call, Body::new().with("plain")?.with(Input::None(""))?)?;
    let mut values = answer.values("vo")?;
    values.next::<Variant>()?;
    Ok(values.next::<ObjectPath<&str>>()?.as_ref().to_owned())
}

/// One property of an object.
pub fn property(bus: &mut Bus, on: &str, interface: &str, name: &str) -> Result<Message> {
    let call = Call { to: SERVICE, on, of: "org.freedesktop.DBus.Properties", member: "Get" };
    bus.ask(&call, Body::new().with(interface)?.with(name)?)
}
