//! What other programs keep in the Secret Service, found by its attributes; read, and removed on request.
//! It does not know whose an item is, nor what its secret means.

use super::Place;
use super::keyring::meaning;
use crate::error::Result;
use crate::secret::Secret;
use keyring_core::Entry;
use std::collections::HashMap;

/// One item of another program.
pub struct Item {
    entry: Entry,
    pub attributes: HashMap<String, String>,
}

/// The items that have all these attributes, unlocked; an error where there is no Secret Service, or it is locked and nobody
/// is there to unlock it.
pub fn items(place: &Place, attributes: &HashMap<&str, &str>) -> Result<Vec<Item>> {
    let found = platform::opened(place, attributes)?;
    let read = |entry: Entry| {
        let attributes = entry.get_attributes().map_err(|error| meaning("list what it keeps", &error))?;
        Ok(Item { entry, attributes })
    };
    found.into_iter().map(read).collect()
}

impl Item {
    /// Its secret; `None` if the item has gone.
    pub fn secret(&self) -> Result<Option<Secret>> {
        match self.entry.get_secret() {
            Err(keyring_core::Error::NoEntry) => Ok(None),
            found => found.map(|bytes| Some(Secret::new(bytes))).map_err(|error| meaning("read", &error)),
        }
    }

    /// Removes it from the keyring.
    pub fn remove(&self) -> Result<()> {
        self.entry.delete_credential().map_err(|error| meaning("forget the secret", &error))
    }
}

#[cfg(target_os = "linux")]
mod platform {
    use super::*;

    pub fn opened(place: &Place, attributes: &HashMap<&str, &str>) -> Result<Vec<Entry>> {
        super::super::keyring::secret_service(place).opened(attributes)
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use super::*;

    pub fn opened(_: &Place, _: &HashMap<&str, &str>) -> Result<Vec<Entry>> {
        Err(crate::error::Error::Program { name: "import", why: "reads other helpers' keyrings on Linux only" })
    }
}
