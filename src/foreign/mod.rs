//! What other credential helpers keep: found in their own layouts, opened one at a time, removed in their own ways.
//! It knows no account of ours and asks no server; what a find is worth is decided elsewhere.

mod credential_store;
mod gcm;
mod items;
mod netrc;
mod text_file;

use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::site::Site;
use crate::storage::Place;
use std::path::PathBuf;

/// The helpers whose keeping we can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Git Credential Manager: its Secret Service items, its `gpg` and its `plaintext` store.
    Gcm,
    Libsecret,
    /// `git credential-store`.
    Store,
    Netrc,
}

/// Where to look, and what may be asked of whom.
pub struct Surroundings {
    pub place: Place,
    /// `credential.namespace`, under which GCM keeps everything.
    pub namespace: String,
    /// The folder of GCM's plaintext store.
    pub gcm_folder: Option<PathBuf>,
    /// The files of `git credential-store`.
    pub credential_files: Vec<PathBuf>,
    pub netrc: Option<PathBuf>,
}

/// One thing that another helper keeps. Nothing secret has been read yet.
pub struct Find {
    /// Scheme, host and port alone.
    pub origin: Site,
    /// A repository's path, a context path, or both, as the other helper knew it.
    pub path: Option<String>,
    pub username: Option<String>,
    /// Whether its secret is a refresh token, which GCM keeps beside the access token.
    pub refreshes: bool,
    /// The place for people: a file, or a keyring.
    pub lies_in: String,
    content: Box<dyn Content>,
}

/// What a find holds.
pub struct Opened {
    pub secret: Secret,
    pub refresh: Option<Secret>,
    /// Unix seconds.
    pub expires: Option<u64>,
}

/// All that was found, and what could not be looked at.
#[derive(Default)]
pub struct Haul {
    pub finds: Vec<Find>,
    pub troubles: Vec<Error>,
}

trait Content {
    fn open(&self) -> Result<Option<Opened>>;
    fn remove(&self) -> Result<()>;
}

/// Looks through everything that a helper keeps; its own troubles hide nothing that lies elsewhere.
pub fn look(source: Source, around: &Surroundings) -> Haul {
    let mut haul = Haul::default();
    match source {
        Source::Gcm => gcm::look(around, &mut haul),
        Source::Libsecret => haul.take(items::of_libsecret(&around.place)),
        Source::Store => around.credential_files.iter().for_each(|file| haul.take(credential_store::finds(file))),
        Source::Netrc => around.netrc.iter().for_each(|file| haul.take(netrc::finds(file))),
    }
    haul
}

impl Haul {
    fn take(&mut self, found: Result<Vec<Find>>) {
        match found {
            Ok(finds) => self.finds.extend(finds),
            Err(trouble) => self.troubles.push(trouble),
        }
    }
}

impl Find {
    /// Its secret; `None` if it has gone, or is not what its place says it is. GnuPG or the keyring may ask the person.
    pub fn open(&self) -> Result<Option<Opened>> {
        self.content.open()
    }

    /// Removes it from where it lies.
    pub fn remove(&self) -> Result<()> {
        self.content.remove()
    }
}

#[cfg(test)]
impl Find {
    /// For tests: something at a site that lies nowhere.
    pub fn nowhere(origin: Site, username: Option<&str>, refreshes: bool) -> Self {
        struct Nothing;
        impl Content for Nothing {
            fn open(&self) -> Result<Option<Opened>> {
                Ok(None)
            }

            fn remove(&self) -> Result<()> {
                Ok(())
            }
        }
        let (username, lies_in) = (username.map(str::to_owned), "nowhere".to_owned());
        Self { origin, path: None, username, refreshes, lies_in, content: Box::new(Nothing) }
    }
}

impl Opened {
    fn only(secret: Secret) -> Self {
        Self { secret, refresh: None, expires: None }
    }
}

/// `scheme://host[:port][/path]`, without a name in it.
fn place_of(url: &str) -> Option<(Site, Option<String>)> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let origin = Site::of_request(scheme.as_bytes(), authority.as_bytes())?;
    Some((origin, Some(path.trim_matches('/')).filter(|path| !path.is_empty()).map(str::to_owned)))
}
