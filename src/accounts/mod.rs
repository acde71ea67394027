//! The index: who is signed in where, which account is active, which rule binds what. No secret is ever in it.
//! It reads and writes one file, and never asks a storage, a server or a person.

mod choice;
mod entry;
mod place;

pub use choice::{Choice, Wanted, Why};
pub use entry::{Account, Entry, is_fixed};
pub use place::{check_place, is_straight, place_in, typed_place};

use crate::error::{Error, Result};
use crate::files::{self, Lock};
use crate::site::Site;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// All that is known without opening a storage. Fields that a later version writes are carried along.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Index {
    #[serde(default)]
    sites: BTreeMap<String, Entry>,
    #[serde(flatten)]
    later: Map<String, Value>,
}

/// The Git username of tokens that belong to no person (support.atlassian.com, "Using access tokens").
pub const ACCESS_TOKEN_USER: &str = "x-token-auth";
/// The Git username of an API token whose owner's name is not known (support.atlassian.com, "Using API tokens").
pub const API_TOKEN_USER: &str = "x-bitbucket-api-token-auth";

const FILE: &str = "accounts.json";
const LOCK_LIMIT: Duration = Duration::from_secs(10);

impl Index {
    /// Reads the index; a missing one is empty, a broken one is an error, and a copy of it is kept.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let Some(content) = files::read(&path)? else { return Ok(Self::default()) };
        serde_json::from_slice(&content).map_err(|_| Error::IndexUnreadable { kept: keep_copy(&path, &content), path })
    }

    /// Reads, changes and replaces the index while nobody else does; an index that did not change is not written.
    pub fn change<T>(folder: &Path, change: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let _lock = lock(folder)?;
        let mut index = Self::read(folder)?;
        let before = index.to_bytes();
        let result = change(&mut index)?;
        let after = index.to_bytes();
        if before != after {
            files::replace(&folder.join(FILE), &after)?;
        }
        Ok(result)
    }

    /// The same where the index may be broken: the change begins with an empty one then, and a copy is kept.
    pub fn repair(folder: &Path, change: impl FnOnce(&mut Self)) -> Result<Self> {
        let _lock = lock(folder)?;
        let mut index = match Self::read(folder) {
            Err(Error::IndexUnreadable { kept: Some(_), .. }) => Self::default(),
            read => read?,
        };
        change(&mut index);
        files::replace(&folder.join(FILE), &index.to_bytes()).map(|()| index)
    }

    /// All sites, in the order of their addresses.
    pub fn sites(&self) -> impl Iterator<Item = (Site, &Entry)> {
        self.sites.iter().filter_map(|(address, entry)| Some((Site::parse(address).ok()?, entry)))
    }

    /// What is known about a site.
    pub fn site(&self, site: &Site) -> Option<&Entry> {
        self.sites.get(&site.to_string())
    }

    /// The same, to be changed; made if it was not there.
    pub fn site_mut(&mut self, site: &Site) -> &mut Entry {
        self.sites.entry(site.to_string()).or_default()
    }

    /// Forgets a site that has nothing left to know.
    pub fn tidy(&mut self, site: &Site) {
        let is_bare = |entry: &Entry| entry.accounts.is_empty() && entry.rules.is_empty() && entry.active.is_none();
        if self.site(site).is_some_and(is_bare) {
            self.sites.remove(&site.to_string());
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("an index is plain data");
        bytes.push(b'\n');
        bytes
    }
}

fn lock(folder: &Path) -> Result<Lock> {
    Lock::take(&folder.join("locks"), "accounts", LOCK_LIMIT)?.ok_or(Error::IndexBusy)
}

fn keep_copy(path: &Path, content: &[u8]) -> Option<PathBuf> {
    let copy = path.with_extension("json.broken");
    files::replace(&copy, content).ok().map(|()| copy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::Kind;
    use proptest::prelude::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder to play in")
    }

    /// A data folder that is not there yet.
    fn home(place: &tempfile::TempDir) -> PathBuf {
        place.path().join("home")
    }

    fn sign_in(folder: &Path, name: &str) {
        let account = Account::new(name, Kind::ApiToken, "file");
        let keep = |index: &mut Index| {
            index.site_mut(&Site::cloud()).keep(account);
            Ok(())
        };
        Index::change(folder, keep).expect("changed");
    }

    #[test]
    fn what_a_later_version_wrote_survives() {
        let place = folder();
        sign_in(&home(&place), "alice");
        let path = home(&place).join(FILE);
        let text = String::from_utf8(files::read(&path).expect("read").expect("there").to_vec()).expect("text");
        let text = text.replace("\"kind\"", "\"colour\": \"blue\", \"kind\"").replacen('{', "{\"shape\": [1],", 1);
        files::replace(&path, text.as_bytes()).expect("written");
        sign_in(&home(&place), "bob");
        let text = String::from_utf8(files::read(&path).expect("read").expect("there").to_vec()).expect("text");
        assert!(text.contains("blue") && text.contains("shape") && text.contains("bob"), "{text}");
    }

    #[test]
    fn a_decimal_of_a_later_version_stays_as_it_was_written() {
        let place = folder();
        let path = home(&place).join(FILE);
        // each is read as its neighbour by whoever reads fast (serde_json, "float_roundtrip")
        let decimals = "90.49407667077843,12.261103052827037,99.91873904709429";
        let text = format!("{{\"shape\": [{decimals}]}}");
        files::replace(&path, text.as_bytes()).expect("written");
        sign_in(&home(&place), "alice");
        let index: Value = serde_json::from_slice(&files::read(&path).expect("read").expect("there")).expect("JSON");
        assert_eq!(index["shape"].to_string(), format!("[{decimals}]"));
    }

    #[test]
    fn a_site_with_nothing_left_to_know_is_forgotten_and_no_other() {
        let (bare, chosen) = (Site::cloud(), Site::parse("git.corp.example").expect("a site"));
        let mut index = Index::default();
        index.site_mut(&bare);
        index.site_mut(&chosen).active = Some("alice".into());
        for site in [&bare, &chosen] {
            index.tidy(site);
        }
        assert_eq!(index.sites().map(|(site, _)| site).collect::<Vec<_>>(), [chosen]);
    }

    #[test]
    fn a_truncated_index_is_an_error_and_a_copy_is_kept() {
        let place = folder();
        sign_in(&home(&place), "alice");
        let path = home(&place).join(FILE);
        files::replace(&path, b"{\"sites\": {\"https:").expect("truncated");
        let kept = match Index::read(&home(&place)) {
            Err(Error::IndexUnreadable { kept: Some(kept), .. }) => kept,
            other => panic!("{other:?}"),
        };
        let content = |path: &Path| files::read(path).expect("read").expect("there").to_vec();
        assert_eq!(content(&kept), b"{\"sites\": {\"https:");
        assert!(Index::change(&home(&place), |_| Ok(())).is_err());
        assert_eq!(content(&path), b"{\"sites\": {\"https:");
    }

    #[test]
    fn sixteen_sign_ins_at_once_are_all_kept() {
        let place = folder();
        std::thread::scope(|scope| {
            for number in 0..16 {
                let folder = home(&place);
                scope.spawn(move || sign_in(&folder, &format!("user{number}")));
            }
        });
        let index = Index::read(&home(&place)).expect("read");
        assert_eq!(index.site(&Site::cloud()).map(|entry| entry.accounts.len()), Some(16));
    }

    fn any_index() -> impl Strategy<Value = Value> {
        let name = || "[a-zA-Z@.:/ -]{1,12}";
        let account = (name(), any::<Option<u64>>(), any::<Option<String>>(), any::<u8>()).prop_map(|(name, expires, login, later)| {
            serde_json::json!({"name": name, "kind": "oauth", "storage": "file", "expires": expires, "rest_login": login, "later": later})
        });
        let accounts = proptest::collection::vec(account, 0..4);
        (accounts, any::<Option<String>>(), (any::<i64>(), proptest::num::f64::NORMAL), name()).prop_map(|(accounts, active, later, rule)| {
            let site = serde_json::json!({"accounts": accounts, "active": active, "rules": {rule: "x"}, "later": [later.0]});
            serde_json::json!({"later": {"a": later.1}, "sites": {"https://bitbucket.org": site, "no address": {"later": 1}}})
        })
    }

    /// JSON without what is nothing.
    fn plain(value: &Value) -> Value {
        match value {
            Value::Object(map) => map
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), plain(value)))
                .collect(),
            Value::Array(list) => list.iter().map(plain).collect(),
            other => other.clone(),
        }
    }

    proptest! {
        #[test]
        fn nothing_of_an_index_is_lost_by_reading_and_writing_it(value in any_index()) {
            let index: Index = serde_json::from_value(value.clone()).expect("an index");
            let mut again: Value = serde_json::from_slice(&index.to_bytes()).expect("JSON");
            // a site without accounts gets an empty list of them
            again["sites"]["no address"].as_object_mut().expect("a site").remove("accounts");
            prop_assert_eq!(plain(&again), plain(&value));
        }

        #[test]
        fn no_part_of_an_index_is_one(value in any_index(), cut in any::<prop::sample::Index>()) {
            let text = value.to_string();
            let at = cut.index(text.len());
            prop_assert!(serde_json::from_slice::<Index>(&text.as_bytes()[..at]).is_err());
        }
    }
}
