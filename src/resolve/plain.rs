//! Plain storage for sites with `signIn = never`: Git's own matching rules, path included, like `git credential-store`,
//! and expiry, refresh tokens and bearer credentials besides (git's t/lib-credential.sh). No more.

use super::turns;
use crate::credential::sealed;
use crate::error::{Error, Result};
use crate::protocol::{Answer, Request};
use crate::secret::Secret;
use crate::site::Site;
use crate::storage::{Key, Name};
use crate::world::World;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// One credential as Git stored it. A site's are kept together, in one record.
#[derive(Clone, Serialize, Deserialize)]
struct Plain {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authtype: Option<Vec<u8>>,
    #[serde(with = "sealed")]
    secret: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::credential::sealed_option")]
    refresh: Option<Secret>,
}

/// The first entry that matches and has not expired.
pub fn get(world: &World, site: &Site, request: &Request) -> Result<Option<Answer>> {
    let entries = read(world, site)?;
    let usable = |entry: &&Plain| {
        let speakable = entry.authtype.is_none() || request.knows_authtype;
        entry.matches(request) && speakable && entry.expires.is_none_or(|end| end > world.now())
    };
    Ok(entries.iter().find(usable).map(Plain::answer))
}

/// Puts what Git stored in the place of what it had under the same name and path.
pub fn store(world: &World, site: &Site, request: &Request) -> Result<()> {
    let Some(new) = Plain::from(request) else { return Ok(()) };
    change(world, site, |entries| {
        entries.retain(|entry| !entry.is_replaced_by(&new));
        entries.push(new);
    })
}

/// Removes every entry that matches, and if the request has a secret, only those with that very secret.
pub fn erase(world: &World, site: &Site, request: &Request) -> Result<()> {
    change(world, site, |entries| entries.retain(|entry| !(entry.matches(request) && entry.has_secret_of(request))))
}

impl Plain {
    /// `None` where Git would not find it again: no secret, or a secret without a name.
    fn from(request: &Request) -> Option<Self> {
        let bearer = request.credential.clone().zip(request.authtype.clone());
        let (secret, username, authtype) = match (bearer, &request.password, &request.username) {
            (Some((credential, authtype)), ..) => (credential, request.username.clone(), Some(authtype)),
            (None, Some(password), Some(username)) if !username.is_empty() || password.is_empty() => {
                (password.clone(), Some(username.clone()), None)
            }
            _ => return None,
        };
        let (path, expires, refresh) = (request.path.clone(), request.expires, request.refresh.clone());
        Some(Self { path, username, authtype, secret, expires, refresh })
    }

    /// Git's `credential_match`: what the request does not say matches anything.
    fn matches(&self, request: &Request) -> bool {
        let same = |wanted: &Option<Vec<u8>>, own: &Option<Vec<u8>>| wanted.is_none() || wanted == own;
        same(&request.path, &self.path) && same(&request.username, &self.username)
    }

    fn is_replaced_by(&self, new: &Self) -> bool {
        (&self.path, &self.username, self.authtype.is_some()) == (&new.path, &new.username, new.authtype.is_some())
    }

    fn has_secret_of(&self, request: &Request) -> bool {
        let named = if self.authtype.is_some() { &request.credential } else { &request.password };
        match (named, &request.credential, &request.password) {
            (Some(named), ..) => *named == self.secret,
            // the other form names another entry
            (None, credential, password) => credential.is_none() && password.is_none(),
        }
    }

    fn answer(&self) -> Answer {
        let bearer = self.authtype.is_some();
        Answer {
            username: self.username.clone(),
            password: (!bearer).then(|| self.secret.clone()),
            authtype: self.authtype.clone(),
            credential: bearer.then(|| self.secret.clone()),
            expires: self.expires,
            refresh: self.refresh.clone(),
            ..Answer::default()
        }
    }
}

fn read(world: &World, site: &Site) -> Result<Vec<Plain>> {
    match world.storage(storage_name(world, site)?, false)?.get(&key(site))? {
        Some(sealed) => serde_json::from_slice(sealed.expose()).map_err(|_| Error::RecordUnreadable),
        None => Ok(Vec::new()),
    }
}

fn change(world: &World, site: &Site, change: impl FnOnce(&mut Vec<Plain>)) -> Result<()> {
    let _turn = turns::take(world, site, "", false)?;
    let mut entries = read(world, site)?;
    let before = seal(&entries);
    change(&mut entries);
    let after = seal(&entries);
    let storage = world.storage(storage_name(world, site)?, false)?;
    match entries.is_empty() {
        _ if *before == *after => Ok(()),
        true => storage.delete(&key(site)).map(drop),
        false => storage.set(&key(site), &Secret::new(after.as_bytes())),
    }
}

fn seal(entries: &[Plain]) -> Zeroizing<String> {
    Zeroizing::new(serde_json::to_string(entries).expect("entries are plain data"))
}

fn storage_name(world: &World, site: &Site) -> Result<Name> {
    Ok(world.chosen_storage(site)?.unwrap_or(Name::Keyring))
}

fn key(site: &Site) -> Key {
    Key { site: site.to_string(), account: super::PLAIN.into() }
}
