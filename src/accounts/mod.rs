//! The index: who is signed in where, which account is active, which rule binds what. No secret is ever in it.
//! It reads and writes one file, and never asks a storage, a server or a person.

mod choice;

pub use choice::{Choice, Wanted, place_in};

use crate::credential::Kind;
use crate::error::{Error, Result};
use crate::files::{self, Lock};
use crate::site::{Product, Site};
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

/// What is known about one site.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    /// The account that a person chose for whatever no rule decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<String>,
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// Workspace, project or repository, and the account for what lies under it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, String>,
    #[serde(flatten)]
    later: Map<String, Value>,
}

/// One account at one site.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// Unique at its site: the username, or for a token that belongs to nobody `x-token-auth`, with `:` and what it is bound to.
    pub name: String,
    /// The kind's word (DESIGN section 2).
    pub kind: Kind,
    /// The storage's word.
    pub storage: String,
    /// Unix seconds; that of the access token for a browser sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    /// The e-mail that the same person is known by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_login: Option<String>,
    /// The workspace, project or repository that an access token is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<String>,
    #[serde(flatten)]
    pub later: Map<String, Value>,
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
        let _lock = Lock::take(&folder.join("locks"), "accounts", LOCK_LIMIT)?;
        let mut index = Self::read(folder)?;
        let before = index.to_bytes();
        let result = change(&mut index)?;
        let after = index.to_bytes();
        if before != after {
            files::replace(&folder.join(FILE), &after)?;
        }
        Ok(result)
    }

    /// Puts a new index in place of a broken one; the broken one was copied when it was read.
    pub fn rebuild(folder: &Path, index: &Self) -> Result<()> {
        let _lock = Lock::take(&folder.join("locks"), "accounts", LOCK_LIMIT)?;
        files::replace(&folder.join(FILE), &index.to_bytes())
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
        if self.site(site).is_some_and(|entry| entry.accounts.is_empty() && entry.rules.is_empty()) {
            self.sites.remove(&site.to_string());
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("an index is plain data");
        bytes.push(b'\n');
        bytes
    }
}

impl Entry {
    /// Cloud or Data Center, where a sign-in found out.
    pub fn product(&self) -> Option<Product> {
        Product::from_word(self.product.as_deref()?)
    }

    /// Remembers what a sign-in found out.
    pub fn set_product(&mut self, product: Product) {
        self.product = Some(product.word().into());
    }

    /// The account of that name; case does not matter on either product.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.is_called(name))
    }

    /// Adds an account, or puts it in the place of the one of that name.
    pub fn keep(&mut self, account: Account) {
        match self.accounts.iter_mut().find(|known| known.is_called(&account.name)) {
            Some(known) => {
                *known = Account {
                    later: known.later.clone(),
                    bound: account.bound.clone().or(known.bound.take()),
                    ..account
                }
            }
            None => self.accounts.push(account),
        }
    }

    /// Forgets an account, and every rule that led to it.
    pub fn forget(&mut self, name: &str) {
        self.accounts.retain(|account| !account.is_called(name));
        self.rules.retain(|_, account| !account.eq_ignore_ascii_case(name));
        self.active.take_if(|active| active.eq_ignore_ascii_case(name));
    }

    /// The names, in the order of their sign-ins.
    pub fn names(&self) -> Vec<String> {
        self.accounts.iter().map(|account| account.name.clone()).collect()
    }
}

impl Account {
    /// A new account of which nothing else is known.
    pub fn new(name: impl Into<String>, kind: Kind, storage: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind,
            storage: storage.into(),
            expires: None,
            rest_login: None,
            bound: None,
            later: Map::new(),
        }
    }

    /// Whether a username, in any case, means this account.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.to_lowercase()
    }
}

fn keep_copy(path: &Path, content: &[u8]) -> Option<PathBuf> {
    let copy = path.with_extension("json.broken");
    files::replace(&copy, content).ok().map(|()| copy)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn forgetting_an_account_forgets_its_rules_and_that_it_was_active() {
        let mut entry = Entry { active: Some("Alice".into()), ..Entry::default() };
        entry.keep(Account::new("alice", Kind::ApiToken, "file"));
        entry.rules.insert("acme".into(), "alice".into());
        entry.forget("ALICE");
        assert!(entry.accounts.is_empty() && entry.rules.is_empty() && entry.active.is_none());
    }
}
