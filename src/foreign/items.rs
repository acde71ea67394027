//! The items of other helpers in the Secret Service: Git Credential Manager's, and git-credential-libsecret's
//! (git's contrib/credential/libsecret).

use super::{Content, Find, Opened, place_of};
use crate::error::Result;
use crate::secret::Secret;
use crate::site::Site;
use crate::storage::{Item, Place, items};
use std::collections::HashMap;

/// The attribute in which libsecret names who made an item.
const SCHEMA: &str = "xdg:schema";
const GCM: &str = "com.microsoft.GitCredentialManager";
/// git-credential-libsecret's own, since git 2.43, and before that `SECRET_SCHEMA_COMPAT_NETWORK`, under which other
/// programs keep network passwords, too.
const LIBSECRET: [&str; 2] = ["org.git.Password", "org.gnome.keyring.NetworkPassword"];
const LIES_IN: &str = "the keyring";

/// GCM's: `service` is its namespace and a URL, `account` the username, and may be missing.
pub fn of_gcm(place: &Place, namespace: &str) -> Result<Vec<Find>> {
    let found = items(place, &HashMap::from([(SCHEMA, GCM)]))?;
    Ok(found.into_iter().filter_map(|item| gcm_find(item, namespace)).collect())
}

fn gcm_find(item: Item, namespace: &str) -> Option<Find> {
    let service = item.attributes.get("service")?;
    let url = if namespace.is_empty() { service } else { service.strip_prefix(namespace)?.strip_prefix(':')? };
    let (origin, path) = place_of(url)?;
    let username = item.attributes.get("account").cloned();
    Some(super::gcm::find(origin, path, username, LIES_IN.into(), Box::new(item)))
}

/// git-credential-libsecret's: `protocol`, `server`, `port`, `object` (the path) and `user`.
pub fn of_libsecret(place: &Place) -> Result<Vec<Find>> {
    let mut finds = Vec::new();
    for (schema, protocol) in LIBSECRET.into_iter().flat_map(|schema| [(schema, "https"), (schema, "http")]) {
        let found = items(place, &HashMap::from([(SCHEMA, schema), ("protocol", protocol)]))?;
        finds.extend(found.into_iter().filter_map(|item| libsecret_find(item, protocol)));
    }
    Ok(finds)
}

fn libsecret_find(item: Item, protocol: &str) -> Option<Find> {
    let text = |name: &str| item.attributes.get(name).filter(|text| !text.is_empty()).cloned();
    let port = text("port").map(|port| format!(":{port}")).unwrap_or_default();
    let origin = Site::of_request(protocol.as_bytes(), format!("{}{port}", text("server")?).as_bytes())?;
    let (path, username) = (text("object"), text("user"));
    Some(Find { origin, path, username, refreshes: false, lies_in: LIES_IN.into(), content: Box::new(item) })
}

impl Content for Item {
    fn open(&self) -> Result<Option<Opened>> {
        Ok(self.secret()?.as_ref().map(opened))
    }

    fn remove(&self) -> Result<()> {
        Item::remove(self)
    }
}

/// The password; since git 2.43 git-credential-libsecret keeps what else it was told in lines below it.
fn opened(secret: &Secret) -> Opened {
    let mut lines = secret.expose().split(|byte| *byte == b'\n');
    let mut opened = Opened::only(Secret::new(lines.next().unwrap_or_default()));
    for line in lines {
        if let Some(token) = line.strip_prefix(b"oauth_refresh_token=") {
            opened.refresh = Some(Secret::new(token)).filter(|token| !token.is_empty());
        } else if let Some(end) = line.strip_prefix(b"password_expiry_utc=") {
            opened.expires = std::str::from_utf8(end).ok().and_then(|end| end.parse().ok());
        }
    }
    opened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_newer_gits_keep_below_the_password_is_understood() {
        let found = opened(&Secret::new("tok\npassword_expiry_utc=1800000000\noauth_refresh_token=ref"));
        assert_eq!((found.secret, found.refresh), (Secret::new("tok"), Some(Secret::new("ref"))));
        assert_eq!(found.expires, Some(1_800_000_000));
        let plain = opened(&Secret::new("a=b"));
        assert_eq!((plain.secret, plain.refresh, plain.expires), (Secret::new("a=b"), None, None));
    }
}
