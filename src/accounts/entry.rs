//! What is known of one site: its accounts, which is active, and the rules. It knows of no file.

use crate::credential::Kind;
use crate::site::Product;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What is known about one site.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    /// `false` where a sign-in found that the server takes no tokens as Basic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basic: Option<bool>,
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
    /// A repository that the credential opened: where the server can be asked about one that has no profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub works_at: Option<String>,
    /// Usernames that the same person had before; addresses may still hold them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
    #[serde(flatten)]
    pub later: Map<String, Value>,
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

    /// The account of that name, or that had it once; case does not matter on either product.
    pub fn account(&self, name: &str) -> Option<&Account> {
        let now = self.accounts.iter().find(|account| account.is_called(name));
        now.or_else(|| self.accounts.iter().find(|account| account.former.iter().any(|former| same(former, name))))
    }

    /// Adds an account, or puts it in the place of the one of that name.
    pub fn keep(&mut self, account: Account) {
        match self.accounts.iter_mut().find(|known| known.is_called(&account.name)) {
            Some(known) => {
                *known = Account {
                    later: known.later.clone(),
                    former: known.former.clone(),
                    bound: account.bound.clone().or(known.bound.take()),
                    ..account
                }
            }
            None => self.accounts.push(account),
        }
    }

    /// Forgets an account, and every choice of a person that led to it.
    pub fn forget(&mut self, name: &str) {
        self.rules.retain(|_, account| !same(account, name));
        self.active.take_if(|active| same(active, name));
        self.discard(name);
    }

    /// Takes away an account whose secret is dead. What a person chose stays: whoever signs in again finds it.
    pub fn discard(&mut self, name: &str) {
        self.accounts.retain(|account| !account.is_called(name));
        if self.free().next().is_none() {
            self.active = None;
        }
    }

    /// Gives an account another name, and leads there whatever led to the old one. If that name is there already, the
    /// one who has it stays, and the old account goes.
    pub fn rename(&mut self, old: &str, new: &str) {
        let Some(place) = self.accounts.iter().position(|account| account.is_called(old)) else { return };
        let account = self.accounts.remove(place);
        let rules = self.rules.values_mut();
        let choices = rules.chain(self.active.as_mut()).filter(|name| same(name, old));
        choices.for_each(|name| *name = new.to_owned());
        let mut former = account.former.clone();
        if !same(old, new) && !is_fixed(old) {
            former.push(account.name.clone());
        }
        match self.accounts.iter_mut().find(|known| known.is_called(new)) {
            Some(known) => known.former.append(&mut former),
            None => self.accounts.insert(place, Account { name: new.to_owned(), former, ..account }),
        }
    }

    /// Binds a place to an account; of a place that is written in two cases the last counts.
    pub fn bind(&mut self, place: &str, name: &str) {
        self.unbind(place);
        self.rules.insert(place.to_owned(), name.to_owned());
    }

    /// Removes the rule for exactly this place; tells whom it led to.
    pub fn unbind(&mut self, place: &str) -> Option<String> {
        let key = self.rules.keys().find(|key| same(key, place))?.clone();
        self.rules.remove(&key)
    }

    /// The accounts that may answer for anything: those not bound to one place.
    pub fn free(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter(|account| account.bound.is_none())
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
            works_at: None,
            former: Vec::new(),
            later: Map::new(),
        }
    }

    /// Whether a username, in any case, means this account.
    pub fn is_called(&self, name: &str) -> bool {
        same(&self.name, name)
    }

    /// Whether an e-mail means this account.
    pub fn has_login(&self, name: &str) -> bool {
        self.rest_login.as_ref().is_some_and(|login| same(login, name))
    }

    /// The repository whose answer judges this credential, if it has no profile to ask for.
    pub fn judge(&self) -> Option<&str> {
        self.bound.as_deref().filter(|bound| bound.contains('/')).or(self.works_at.as_deref())
    }
}

/// Whether a name is one of those that Bitbucket gives to all tokens of a kind, perhaps with our number behind it.
pub fn is_fixed(name: &str) -> bool {
    [super::ACCESS_TOKEN_USER, super::API_TOKEN_USER].contains(&name.split(':').next().unwrap_or_default())
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(names: &[&str]) -> Entry {
        let accounts = names.iter().map(|name| Account::new(*name, Kind::ApiToken, "file")).collect();
        Entry { accounts, ..Entry::default() }
    }

    #[test]
    fn forgetting_an_account_forgets_its_rules_and_that_it_was_active() {
        let mut entry = entry(&["alice"]);
        entry.active = Some("Alice".into());
        entry.bind("acme", "alice");
        entry.forget("ALICE");
        assert!(entry.accounts.is_empty() && entry.rules.is_empty() && entry.active.is_none());
    }

    #[test]
    fn a_dead_secret_takes_no_choice_of_a_person_with_it() {
        let mut entry = entry(&["alice", "bob"]);
        entry.active = Some("alice".into());
        entry.bind("acme", "alice");
        entry.discard("alice");
        assert_eq!((entry.active.as_deref(), entry.rules["acme"].as_str()), (Some("alice"), "alice"));
        entry.discard("bob");
        assert_eq!(entry.active, None, "whoever comes first is welcome");
    }

    #[test]
    fn a_renamed_account_keeps_its_rules_and_its_old_name_still_means_it() {
        let mut entry = entry(&["alice", "bob"]);
        entry.active = Some("Alice".into());
        entry.bind("acme", "alice");
        entry.rename("alice", "alicia");
        assert_eq!(entry.names(), ["alicia", "bob"]);
        assert_eq!((entry.active.as_deref(), entry.rules["acme"].as_str()), (Some("alicia"), "alicia"));
        assert_eq!(entry.account("ALICE").map(|account| account.name.as_str()), Some("alicia"));
        entry.keep(Account::new("alice", Kind::ApiToken, "file"));
        assert_eq!(
            entry.account("alice").map(|account| account.name.as_str()),
            Some("alice"),
            "a new owner of the name"
        );
    }

    #[test]
    fn a_new_sign_in_forgets_no_former_name() {
        let mut entry = entry(&["alice"]);
        entry.rename("alice", "alicia");
        entry.keep(Account::new("alicia", Kind::Oauth, "file"));
        assert_eq!(entry.account("alice").map(|account| account.name.as_str()), Some("alicia"));
    }

    #[test]
    fn a_name_that_bitbucket_gives_to_many_is_nobodys_former_name() {
        let mut entry = entry(&[crate::accounts::API_TOKEN_USER]);
        entry.rename(crate::accounts::API_TOKEN_USER, "alice");
        assert!(entry.account("alice").is_some_and(|account| account.former.is_empty()));
    }

    #[test]
    fn what_a_token_is_for_outlives_the_token() {
        let mut entry = entry(&[]);
        let account = Account::new("x-token-auth:acme/app", Kind::AccessToken, "file");
        entry.keep(Account { bound: Some("acme/app".into()), ..account.clone() });
        entry.keep(account);
        assert_eq!(entry.accounts[0].bound.as_deref(), Some("acme/app"));
    }

    #[test]
    fn two_sign_ins_of_one_person_become_one() {
        let mut entry = entry(&["alice", "alicia"]);
        entry.bind("acme", "alice");
        entry.rename("alice", "alicia");
        assert_eq!((entry.names(), entry.rules["acme"].as_str()), (vec!["alicia".to_owned()], "alicia"));
    }

    #[test]
    fn one_place_has_one_rule_whatever_its_case() {
        let mut entry = entry(&["alice", "bob"]);
        entry.bind("PRJ", "alice");
        entry.bind("prj", "bob");
        assert_eq!(entry.rules.len(), 1);
        assert_eq!(entry.unbind("Prj").as_deref(), Some("bob"));
    }
}
