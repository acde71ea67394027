//! An OAuth 2.0 provider, enough of one for both products: clients, codes, tokens, rotation.
//! Knows nobody's permissions; `Settings` hold where the products differ.

mod authorize;
mod page;
mod settings;
mod token;

pub use settings::{DeadRefresh, Redirects, ScopeKey, Settings};

use std::collections::BTreeMap;

use crate::clock::Moment;
use crate::mint::Mint;

/// A registered client: a consumer on Cloud, an incoming link on Data Center.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// `client_secret`; none for a public client.
    pub secret: Option<String>,
    /// The name on the consent page.
    pub name: String,
    /// The registered redirect address.
    pub callback: String,
    /// What it may be granted.
    pub scopes: Vec<String>,
    /// Whose it is; with client credentials it acts for this workspace.
    pub workspace: String,
}

/// For whom a token speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A user, by username.
    User(String),
    /// The client itself, within its workspace.
    App(String),
}

impl Subject {
    fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::App(name) => name,
        }
    }
}

/// What was granted.
#[derive(Debug, Clone)]
pub struct Grant {
    /// To which client.
    pub client: String,
    /// By whom.
    pub subject: Subject,
    /// How far.
    pub scopes: Vec<String>,
}

#[derive(Debug, Clone)]
struct Code {
    text: String,
    grant: Grant,
    redirect: Option<String>,
    challenge: Option<String>,
    expires: Moment,
}

#[derive(Debug, Clone)]
struct Access {
    secret: String,
    grant: Grant,
    expires: Moment,
}

#[derive(Debug, Clone)]
struct Refresh {
    secret: String,
    grant: Grant,
    used: Moment,
    replaced: Option<Moment>,
}

/// How often a user's tokens were asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Codes turned into tokens.
    pub exchanges: u32,
    /// Successful refreshes.
    pub refreshes: u32,
    /// Refreshes refused because the refresh token was dead.
    pub refused: u32,
}

/// The provider of one site.
#[derive(Debug, Default)]
pub struct Provider {
    /// The registered clients.
    pub clients: Vec<Client>,
    /// Where this provider differs from others.
    pub settings: Settings,
    /// Maker of codes and tokens.
    pub mint: Mint,
    codes: Vec<Code>,
    access: Vec<Access>,
    refresh: Vec<Refresh>,
    counts: BTreeMap<String, Counts>,
}

impl Provider {
    /// A provider without clients; its secrets will name this site.
    pub fn new(site: &str, settings: Settings) -> Self {
        Self { settings, mint: Mint::new(site), ..Self::default() }
    }

    /// The grant behind an access token that is still good.
    pub fn bearer(&self, secret: &str, now: Moment) -> Option<Grant> {
        let mut all = self.access.iter();
        let found = all.find(|access| access.secret == secret && now < access.expires)?;
        Some(found.grant.clone())
    }

    /// How often this user's tokens were asked for.
    pub fn counts(&self, user: &str) -> Counts {
        self.counts.get(user).copied().unwrap_or_default()
    }

    /// Grants without a browser: an access token and a refresh token, for tests to start from.
    pub fn grant(&mut self, client: &str, user: &str, scopes: &[&str], now: Moment) -> (String, String) {
        let grant = Grant {
            client: client.to_owned(),
            subject: Subject::User(user.to_owned()),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        };
        (self.new_access(&grant, now), self.new_refresh(&grant, now))
    }

    /// Kills one access or refresh token; whether there was one.
    pub fn revoke(&mut self, secret: &str) -> bool {
        let before = self.access.len() + self.refresh.len();
        self.access.retain(|access| access.secret != secret);
        self.refresh.retain(|refresh| refresh.secret != secret);
        self.access.len() + self.refresh.len() < before
    }

    /// Kills every access token of a user; refresh tokens live on.
    pub fn revoke_all_access_tokens(&mut self, user: &str) {
        self.access.retain(|access| access.grant.subject.name() != user);
    }

    /// Kills every refresh token of a user; access tokens live on.
    pub fn revoke_all_refresh_tokens(&mut self, user: &str) {
        self.refresh.retain(|refresh| refresh.grant.subject.name() != user);
    }

    /// Follows a user who has got another name.
    pub fn rename(&mut self, old: &str, new: &str) {
        let access = self.access.iter_mut().map(|access| &mut access.grant);
        let refresh = self.refresh.iter_mut().map(|refresh| &mut refresh.grant);
        for grant in access.chain(refresh) {
            if grant.subject.name() == old {
                grant.subject = Subject::User(new.to_owned());
            }
        }
    }

    /// Every secret known here: of clients, codes and tokens, dead ones included.
    pub fn secrets(&self) -> Vec<String> {
        let clients = self.clients.iter().filter_map(|client| client.secret.clone());
        clients.chain(self.mint.made().iter().cloned()).collect()
    }

    fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    fn count(&mut self, user: &str) -> &mut Counts {
        self.counts.entry(user.to_owned()).or_default()
    }

    fn new_access(&mut self, grant: &Grant, now: Moment) -> String {
        let secret = self.mint.jwt("access", self.settings.token_length);
        self.access.push(Access {
            secret: secret.clone(),
            grant: grant.clone(),
            expires: now + self.settings.expires_in,
        });
        secret
    }

    fn new_refresh(&mut self, grant: &Grant, now: Moment) -> String {
        let secret = self.mint.jwt("refresh", self.settings.token_length);
        self.refresh.push(Refresh { secret: secret.clone(), grant: grant.clone(), used: now, replaced: None });
        secret
    }
}
