//! What one Data Center knows: people, projects, repositories, HTTP access tokens, OAuth grants,
//! failed logins. Data and its questions; no HTTP.

use std::collections::BTreeMap;

use crate::clock::Moment;
use crate::failures::Failures;
use crate::mint::Mint;
use crate::oauth::{Provider, Settings};
use crate::permission::Permission;

use super::plugins::PluginToken;

/// A user of the server.
#[derive(Debug, Clone)]
pub struct Person {
    /// What git takes; may hold `@`.
    pub name: String,
    /// The numeric id, sent as `X-AUSERID`.
    pub id: u32,
    /// The e-mail address.
    pub email: String,
    /// The password; empty if a directory elsewhere has it.
    pub password: String,
    /// Whether this is an administrator.
    pub admin: bool,
    /// Groups, for plug-ins that ask.
    pub groups: Vec<String>,
    /// Whether enrolled in two-step verification.
    pub two_step: bool,
    /// What a directory elsewhere keeps the same when the name changes; none for the server's own users.
    pub external: Option<String>,
}

impl Person {
    /// A user of the server's own, in no group.
    pub fn new(id: u32, name: &str, email: &str, password: &str) -> Self {
        Self {
            name: name.to_owned(),
            id,
            email: email.to_owned(),
            password: password.to_owned(),
            admin: false,
            groups: Vec::new(),
            two_step: false,
            external: None,
        }
    }

    /// The name as it stands in addresses.
    pub fn slug(&self) -> String {
        let plain = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' };
        self.name.to_lowercase().chars().map(plain).collect()
    }
}

/// A repository; a project key that begins with `~` is a person's own.
#[derive(Debug, Clone)]
pub struct Repo {
    /// The project's key, such as `PRJ` or `~alice`.
    pub project: String,
    /// Its name in addresses.
    pub slug: String,
    /// Whether anybody may read it, where the site allows that at all.
    pub public: bool,
}

/// To what an HTTP access token belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A person, by name.
    Person(String),
    /// A project, by key.
    Project(String),
    /// A repository, by project key and slug.
    Repository(String, String),
}

/// An HTTP access token.
#[derive(Debug, Clone)]
pub struct HttpToken {
    /// Its id in REST.
    pub id: String,
    /// The name given to it.
    pub name: String,
    /// The secret.
    pub secret: String,
    /// To what it belongs.
    pub owner: Owner,
    /// Such as `REPO_WRITE`.
    pub permissions: Vec<String>,
    /// When it was made.
    pub created: Moment,
    /// When it ends.
    pub expires: Option<Moment>,
}

/// What a new token without an end becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Endless {
    /// A token without an end.
    #[default]
    Allowed,
    /// A 400.
    Refused,
    /// One with the most days there are.
    GetsTheMost,
}

/// What an administrator demands of new tokens.
#[derive(Debug, Clone, Default)]
pub struct TokenPolicy {
    /// The greatest number of days.
    pub max_days: Option<u64>,
    /// What becomes of those who ask for no end.
    pub endless: Endless,
    /// How many one owner may have.
    pub most: Option<usize>,
}

/// Everything one Data Center knows.
#[derive(Debug)]
pub struct Directory {
    /// All users.
    pub people: Vec<Person>,
    /// Members of projects, by key and name.
    pub members: BTreeMap<String, BTreeMap<String, Permission>>,
    /// All repositories.
    pub repos: Vec<Repo>,
    /// All HTTP access tokens.
    pub tokens: Vec<HttpToken>,
    /// Incoming links and what they were granted.
    pub oauth: Provider,
    /// Failed logins.
    pub failures: Failures,
    /// After how many failures in a row a CAPTCHA is wanted.
    pub captcha_after: u32,
    /// Whether tokens of projects and repositories are taken in Basic under `x-token-auth`.
    pub token_basic: bool,
    /// What is demanded of new tokens.
    pub token_policy: TokenPolicy,
    /// Whether new tokens are of the older shape.
    pub short_tokens: bool,
    /// The tokens of a token plug-in.
    pub plugin_tokens: Vec<PluginToken>,
    /// Values of cookies that sign somebody in, and whom.
    pub cookies: BTreeMap<String, String>,
    pub(super) mint: Mint,
    tokens_made: u32,
}

impl Directory {
    /// An empty directory whose secrets will name this site.
    pub fn new(site: &str) -> Self {
        Self {
            people: Vec::new(),
            members: BTreeMap::new(),
            repos: Vec::new(),
            tokens: Vec::new(),
            oauth: Provider::new(site, Settings::data_center()),
            failures: Failures::default(),
            captcha_after: 5,
            token_basic: true,
            token_policy: TokenPolicy::default(),
            short_tokens: false,
            plugin_tokens: Vec::new(),
            cookies: BTreeMap::new(),
            mint: Mint::new(site),
            tokens_made: 0,
        }
    }

    /// A user by name, whatever its case.
    pub fn person(&self, name: &str) -> Option<&Person> {
        let same = |person: &&Person| person.name.eq_ignore_ascii_case(name);
        self.people.iter().find(same)
    }

    /// A user by name, to be changed.
    ///
    /// # Panics
    /// When there is nobody of this name: the test has a wrong name in it.
    pub fn person_mut(&mut self, name: &str) -> &mut Person {
        let found = self.people.iter_mut().find(|person| person.name == name);
        found.expect("a test names somebody who is in the directory")
    }

    /// A repository by its place; project keys have no case.
    pub fn repo(&self, project: &str, slug: &str) -> Option<&Repo> {
        let here = |repo: &&Repo| repo.project.eq_ignore_ascii_case(project) && repo.slug.eq_ignore_ascii_case(slug);
        self.repos.iter().find(here)
    }

    /// A token that has not ended.
    pub fn live_token(&self, secret: &str, now: Moment) -> Option<&HttpToken> {
        let live = |token: &&HttpToken| token.expires.is_none_or(|end| now < end);
        self.tokens.iter().find(|token| token.secret == secret).filter(live)
    }

    /// Whether this user must solve a CAPTCHA first.
    pub fn captcha_required(&self, name: &str) -> bool {
        self.failures.of(name).in_a_row >= self.captcha_after
    }

    /// Solves the CAPTCHA for a user.
    pub fn clear_captcha(&mut self, name: &str) {
        self.failures.forgive(name);
    }

    /// A cookie's value that signs this user in.
    pub fn hand_out_cookie(&mut self, name: &str) -> String {
        let value = self.mint.word("", "cookie", 40);
        self.cookies.insert(value.clone(), name.to_owned());
        value
    }

    /// Lets a user into a project.
    pub fn let_in(&mut self, name: &str, project: &str, permission: Permission) {
        let members = self.members.entry(project.to_owned()).or_default();
        members.insert(name.to_owned(), permission);
    }

    /// Adds a token and tells its id.
    pub fn add_token(&mut self, secret: &str, owner: Owner, permissions: &[&str]) -> String {
        self.tokens_made += 1;
        let id = format!("{:012}", self.tokens_made);
        self.tokens.push(HttpToken {
            id: id.clone(),
            name: format!("token {id}"),
            secret: secret.to_owned(),
            owner,
            permissions: permissions.iter().map(|one| (*one).to_owned()).collect(),
            created: 0,
            expires: None,
        });
        id
    }

    /// What a person may do with a repository.
    pub fn membership(&self, name: &str, repo: &Repo) -> Option<Permission> {
        if repo.project.eq_ignore_ascii_case(&format!("~{name}")) {
            return Some(Permission::Write);
        }
        let member = self.members.get(&repo.project).and_then(|all| all.get(name).copied());
        member.or(repo.public.then_some(Permission::Read))
    }
}
