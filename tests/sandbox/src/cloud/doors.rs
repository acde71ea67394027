//! Who is calling bitbucket.org? Two doors, git and REST, which take the same secrets under
//! different names. Judges credentials; what their owner may do is asked elsewhere.

use super::Cloud;
use super::model::{Kind, Reach, Token, User};
use crate::clock::Moment;
use crate::exchange::Authorization;
use crate::oauth::{Grant, Subject};

/// The git username under which access tokens and OAuth tokens are taken.
pub const TOKEN_AUTH: &str = "x-token-auth";
/// The git username under which API tokens are taken besides their owner's.
pub const API_TOKEN_AUTH: &str = "x-bitbucket-api-token-auth";

/// A caller whose credential is good.
#[derive(Debug, Clone)]
pub struct Caller {
    /// For whom the credential speaks.
    pub reach: Reach,
    /// What it may do.
    pub scopes: Vec<String>,
}

impl Caller {
    /// A name for logs.
    pub fn name(&self) -> String {
        match &self.reach {
            Reach::User(name) => name.clone(),
            Reach::Repository(workspace, slug) => format!("token of {workspace}/{slug}"),
            Reach::Project(workspace, key) => format!("token of {workspace} {key}"),
            Reach::Workspace(workspace) => format!("token of {workspace}"),
        }
    }
}

/// Why a credential is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Wrong, expired, or under the wrong name.
    Wrong,
    /// A Bearer token that is wrong, expired, or not taken here.
    WrongBearer,
    /// An API token without scopes, at REST.
    Unscoped,
    /// An app password after its end.
    AppPassword,
    /// An account password after its end.
    AccountPassword,
    /// Classic mode: the password is right, and a second factor is wanted.
    TwoFactor,
}

type Judged = Result<Caller, Refusal>;

impl Cloud {
    /// Judges what git sent; none if it sent nothing.
    pub fn git_caller(&self, auth: &Authorization, now: Moment) -> Option<Judged> {
        Some(match auth {
            Authorization::Anonymous => return None,
            Authorization::Basic { user, secret } => self.git_basic(user, secret, now),
            Authorization::Bearer(secret) => self.oauth_caller(secret, now),
            Authorization::Other => Err(Refusal::Wrong),
        })
    }

    /// Judges what a REST client sent; none if it sent nothing.
    pub fn rest_caller(&self, auth: &Authorization, now: Moment) -> Option<Judged> {
        Some(match auth {
            Authorization::Anonymous => return None,
            Authorization::Basic { user, secret } => self.rest_basic(user, secret, now),
            Authorization::Bearer(secret) => self.rest_bearer(secret, now),
            Authorization::Other => Err(Refusal::Wrong),
        })
    }

    fn git_basic(&self, user: &str, secret: &str, now: Moment) -> Judged {
        if !self.switches.classic && secret.starts_with("ATBB") {
            return Err(Refusal::AppPassword);
        }
        if let Some(token) = self.live_token(secret, now) {
            let named = match (&token.kind, &token.reach) {
                (Kind::AccessToken, _) => user == TOKEN_AUTH,
                (Kind::ApiToken, _) if user == API_TOKEN_AUTH => true,
                (_, Reach::User(owner)) => same(owner, user),
                _ => false,
            };
            let usable = named && !token.scopes.is_empty();
            return usable.then(|| token.caller()).ok_or(Refusal::Wrong);
        }
        if let Some(grant) = self.oauth.bearer(secret, now) {
            let named = user == TOKEN_AUTH || matches!(&grant.subject, Subject::User(owner) if same(owner, user));
            return named.then(|| grant.into()).ok_or(Refusal::Wrong);
        }
        self.by_password(user, secret)
    }

    fn rest_basic(&self, user: &str, secret: &str, now: Moment) -> Judged {
        let Some(token) = self.live_token(secret, now) else {
            return self.by_password(user, secret).map_err(|refusal| match refusal {
                Refusal::TwoFactor => refusal,
                _ => Refusal::Wrong,
            });
        };
        let owner = match &token.reach {
            Reach::User(owner) => self.user(owner),
            _ => None,
        };
        let named = owner.is_some_and(|owner| match token.kind {
            Kind::ApiToken => same(&owner.email, user),
            Kind::AppPassword => self.switches.classic && same(&owner.username, user),
            Kind::AccessToken => false,
        });
        match named {
            true if token.scopes.is_empty() => Err(Refusal::Unscoped),
            true => Ok(token.caller()),
            false => Err(Refusal::Wrong),
        }
    }

    fn rest_bearer(&self, secret: &str, now: Moment) -> Judged {
        match self.live_token(secret, now) {
            Some(token) if token.kind == Kind::AccessToken => Ok(token.caller()),
            _ => self.oauth_caller(secret, now),
        }
    }

    fn oauth_caller(&self, secret: &str, now: Moment) -> Judged {
        let grant = self.oauth.bearer(secret, now).ok_or(Refusal::WrongBearer)?;
        Ok(grant.into())
    }

    fn by_password(&self, user: &str, secret: &str) -> Judged {
        let right =
            |known: &&User| (same(&known.username, user) || same(&known.email, user)) && known.password == secret;
        match self.users.iter().find(right) {
            None => Err(Refusal::Wrong),
            Some(_) if !self.switches.classic => Err(Refusal::AccountPassword),
            Some(user) if user.two_factor => Err(Refusal::TwoFactor),
            Some(user) => Ok(Caller {
                reach: Reach::User(user.username.clone()),
                scopes: ["account", "repository:write"].map(str::to_owned).to_vec(),
            }),
        }
    }

    fn live_token(&self, secret: &str, now: Moment) -> Option<&Token> {
        let live = |token: &&Token| token.expires.is_none_or(|end| now < end);
        self.tokens.iter().find(|token| token.secret == secret).filter(live)
    }
}

impl Token {
    fn caller(&self) -> Caller {
        Caller { reach: self.reach.clone(), scopes: self.scopes.clone() }
    }
}

impl From<Grant> for Caller {
    fn from(grant: Grant) -> Self {
        let reach = match grant.subject {
            Subject::User(name) => Reach::User(name),
            Subject::App(workspace) => Reach::Workspace(workspace),
        };
        Self { reach, scopes: grant.scopes }
    }
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
