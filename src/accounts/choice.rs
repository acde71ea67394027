//! Who? The username in the request › this repository's own setting › the most specific rule › the setting › the active
//! account › the only one. Never a guess between two people.

use super::place::{check_place, lies_under};
use super::{ACCESS_TOKEN_USER, API_TOKEN_USER, Account, Entry};
use crate::credential::Kind;
use crate::error::Result;

/// What a request says about whom it wants.
#[derive(Debug, Default, Clone, Copy)]
pub struct Wanted<'a> {
    pub username: Option<&'a str>,
    /// Workspace or project and repository, as `place_in` gives it.
    pub place: Option<&'a str>,
    /// `bitbucket.account` of the repository itself.
    pub here: Option<&'a str>,
    /// `bitbucket.account` from anywhere else.
    pub setting: Option<&'a str>,
}

/// Whom the index names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    One {
        name: String,
        why: Why,
    },
    /// Somebody who is not signed in.
    Unknown {
        name: String,
    },
    Several {
        names: Vec<String>,
    },
    Nobody,
}

/// What decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    Username,
    Here,
    Rule(String),
    Bound(String),
    Setting,
    Active,
    Only,
}

impl Why {
    /// In words, for `accounts` and the trace.
    pub fn words(&self) -> String {
        match self {
            Self::Username => "named in the address".into(),
            Self::Here => "this repository's `bitbucket.account`".into(),
            Self::Rule(place) => format!("rule for {place}"),
            Self::Bound(place) => format!("token made for {place}"),
            Self::Setting => "`bitbucket.account`".into(),
            Self::Active => "active".into(),
            Self::Only => "the only one".into(),
        }
    }

    /// One word that never changes, for scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Here => "here",
            Self::Rule(_) => "rule",
            Self::Bound(_) => "token",
            Self::Setting => "setting",
            Self::Active => "active",
            Self::Only => "only",
        }
    }
}

impl Entry {
    /// Chooses by the order above; an error where a rule would depend on a path that two readers understand differently.
    pub fn choose(&self, wanted: Wanted<'_>) -> Result<Choice> {
        if let Some(place) = wanted.place.filter(|_| self.depends_on_places()) {
            check_place(place)?;
        }
        let named = wanted.username.and_then(|name| self.by_username(name, wanted.place));
        let here = || wanted.here.map(|name| self.named(name, Why::Here));
        let setting = || wanted.setting.map(|name| self.named(name, Why::Setting));
        let chosen = named.or_else(here).or_else(|| self.by_place(wanted.place)).or_else(setting);
        Ok(chosen.unwrap_or_else(|| self.by_default()))
    }

    fn depends_on_places(&self) -> bool {
        !self.rules.is_empty() || self.accounts.iter().any(|account| account.bound.is_some())
    }

    fn named(&self, name: &str, why: Why) -> Choice {
        match self.account(name) {
            Some(account) => Choice::One { name: account.name.clone(), why },
            None => Choice::Unknown { name: name.to_owned() },
        }
    }

    /// `None` where a fixed name of tokens leaves the choice to the place.
    fn by_username(&self, name: &str, place: Option<&str>) -> Option<Choice> {
        let known = self.account(name).or_else(|| self.accounts.iter().find(|account| account.has_login(name)));
        match (known, fixed_name(name)) {
            (Some(account), _) if account.bound.is_none() => {
                Some(Choice::One { name: account.name.clone(), why: Why::Username })
            }
            (_, Some(fits)) => Some(self.among(fits, place)),
            (Some(account), None) => Some(Choice::One { name: account.name.clone(), why: Why::Username }),
            (None, None) => Some(Choice::Unknown { name: name.to_owned() }),
        }
    }

    fn among(&self, fits: fn(&Account) -> bool, place: Option<&str>) -> Choice {
        let mut fitting = self.clone();
        fitting.accounts.retain(fits);
        let names = fitting.names();
        let is_among = |name: &String| names.iter().any(|one| one.eq_ignore_ascii_case(name));
        fitting.rules.retain(|_, name| is_among(name));
        fitting.active = fitting.active.take_if(|active| is_among(active));
        fitting.by_place(place).unwrap_or_else(|| fitting.by_default())
    }

    /// A rule holds for whom it names even where that one is not signed in: nobody else is meant.
    fn by_place(&self, place: Option<&str>) -> Option<Choice> {
        let place = place?;
        let rules = self.rules.iter().map(|(under, name)| (under, name, Why::Rule(under.clone()), true));
        let tokens = self.accounts.iter().filter_map(|account| {
            let bound = account.bound.as_ref()?;
            Some((bound, &account.name, Why::Bound(bound.clone()), false))
        });
        // the longest wins, and of equals the rule, which a person wrote
        let lying = rules.chain(tokens).filter(|(under, ..)| lies_under(place, under));
        let (_, name, why, _) = lying.max_by_key(|(under, .., rule)| (under.len(), *rule))?;
        Some(self.named(name, why))
    }

    /// Whom it means where nothing more exact is said.
    pub fn by_default(&self) -> Choice {
        let free: Vec<&Account> = self.free().collect();
        match (&self.active, free.as_slice()) {
            (_, []) => Choice::Nobody,
            (active, [only]) if active.as_ref().is_none_or(|active| only.is_called(active)) => {
                Choice::One { name: only.name.clone(), why: Why::Only }
            }
            (Some(active), _) => self.named(active, Why::Active),
            (None, several) => Choice::Several { names: several.iter().map(|account| account.name.clone()).collect() },
        }
    }
}

/// The accounts that one of Bitbucket's fixed usernames can mean.
fn fixed_name(name: &str) -> Option<fn(&Account) -> bool> {
    match name {
        ACCESS_TOKEN_USER => Some(|account| matches!(account.kind, Kind::AccessToken | Kind::Oauth)),
        API_TOKEN_USER => Some(|account| account.kind == Kind::ApiToken),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(names: &[&str]) -> Entry {
        let mut entry = Entry::default();
        entry.accounts = names.iter().map(|name| Account::new(*name, Kind::ApiToken, "file")).collect();
        entry
    }

    fn chosen(entry: &Entry, wanted: Wanted<'_>) -> String {
        match entry.choose(wanted) {
            Ok(Choice::One { name, why }) => format!("{name}: {}", why.words()),
            Ok(other) => format!("{other:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn who_is_used_goes_by_address_then_repository_then_rule_then_setting_then_active() {
        let mut entry = entry(&["alice", "bob", "carol", "dave", "eve"]);
        entry.active = Some("eve".into());
        entry.rules.insert("acme".into(), "carol".into());
        let all = Wanted { username: Some("ALICE"), here: Some("bob"), place: Some("acme/app"), setting: Some("dave") };
        assert_eq!(chosen(&entry, all), "alice: named in the address");
        let all = Wanted { username: None, ..all };
        assert_eq!(chosen(&entry, all), "bob: this repository's `bitbucket.account`");
        let all = Wanted { here: None, ..all };
        assert_eq!(chosen(&entry, all), "carol: rule for acme");
        let all = Wanted { place: Some("globex/site"), ..all };
        assert_eq!(chosen(&entry, all), "dave: `bitbucket.account`");
        assert_eq!(chosen(&entry, Wanted { setting: None, ..all }), "eve: active");
        entry.accounts.truncate(4);
        assert_eq!(entry.by_default(), Choice::Unknown { name: "eve".into() }, "nobody takes her place unasked");
        entry.accounts.truncate(1);
        assert_eq!(entry.by_default(), Choice::Unknown { name: "eve".into() }, "not even the only one");
    }

    #[test]
    fn between_two_people_nobody_is_guessed() {
        let two = entry(&["alice", "bob"]);
        assert_eq!(two.choose(Wanted::default()), Ok(Choice::Several { names: vec!["alice".into(), "bob".into()] }));
        assert_eq!(chosen(&entry(&["alice"]), Wanted::default()), "alice: the only one");
        assert_eq!(entry(&[]).choose(Wanted::default()), Ok(Choice::Nobody));
        let stranger = Wanted { username: Some("mallory"), ..Wanted::default() };
        assert_eq!(two.choose(stranger), Ok(Choice::Unknown { name: "mallory".into() }));
    }

    #[test]
    fn a_rule_holds_for_whole_segments_only() {
        let mut entry = entry(&["alice", "bob"]);
        entry.active = Some("bob".into());
        entry.rules.insert("acme".into(), "alice".into());
        let at = |place: &str| chosen(&entry, Wanted { place: Some(place), ..Wanted::default() });
        assert_eq!(at("acme/app"), "alice: rule for acme");
        assert_eq!(at("ACME/app"), "alice: rule for acme");
        assert_eq!(at("acme-evil/app"), "bob: active");
        for crooked in ["acme/../globex/x", "acme//x", "./acme/x", "acme%2fx", "acme\\x"] {
            assert!(at(crooked).contains("two ways"), "{crooked}");
        }
    }

    #[test]
    fn a_rule_for_somebody_who_is_not_signed_in_means_nobody_else() {
        let mut entry = entry(&["alice"]);
        entry.bind("acme", "carol");
        let wanted = Wanted { place: Some("acme/app"), ..Wanted::default() };
        assert_eq!(entry.choose(wanted), Ok(Choice::Unknown { name: "carol".into() }));
    }

    #[test]
    fn a_crooked_path_matters_only_where_an_account_depends_on_it() {
        let at = Wanted { place: Some("acme/../globex/x"), ..Wanted::default() };
        assert_eq!(chosen(&entry(&["alice"]), at), "alice: the only one");
    }

    #[test]
    fn tokens_of_two_repositories_each_answer_for_their_own() {
        let mut entry = entry(&["alice"]);
        for bound in ["acme/app", "acme/lib", "globex"] {
            let name = format!("{ACCESS_TOKEN_USER}:{bound}");
            entry.keep(Account { bound: Some(bound.into()), ..Account::new(name, Kind::AccessToken, "file") });
        }
        let at = |username, place| chosen(&entry, Wanted { username, place: Some(place), ..Wanted::default() });
        assert_eq!(at(None, "acme/lib"), "x-token-auth:acme/lib: token made for acme/lib");
        assert_eq!(at(Some(ACCESS_TOKEN_USER), "globex/site"), "x-token-auth:globex: token made for globex");
        assert_eq!(at(None, "acme/other"), "alice: the only one");
        assert_eq!(at(Some("alice"), "acme/app"), "alice: named in the address");
    }

    #[test]
    fn a_token_of_one_place_that_bears_the_fixed_name_itself_is_one_among_its_like() {
        let mut entry = entry(&[]);
        for (name, bound) in [(ACCESS_TOKEN_USER, "acme/app"), ("x-token-auth:globex", "globex")] {
            entry.keep(Account { bound: Some(bound.into()), ..Account::new(name, Kind::AccessToken, "file") });
        }
        let at = |place| {
            chosen(&entry, Wanted { username: Some(ACCESS_TOKEN_USER), place: Some(place), ..Wanted::default() })
        };
        assert_eq!(at("globex/site"), "x-token-auth:globex: token made for globex");
        assert_eq!(at("acme/app"), "x-token-auth: token made for acme/app");
        assert_eq!(at("other/app"), "Nobody");
    }

    #[test]
    fn an_email_in_the_address_means_its_owner() {
        let mut entry = entry(&["alice", "bob"]);
        entry.accounts[1].rest_login = Some("bob@acme.example".into());
        let wanted = Wanted { username: Some("Bob@acme.example"), ..Wanted::default() };
        assert_eq!(chosen(&entry, wanted), "bob: named in the address");
    }
}
