//! The handlers every Data Center has: HTTP access tokens, OAuth tokens, embedded passwords.

use super::attempt::Attempt;
use super::chain::{Handler, Principal, Verdict, Via};
use super::directory::{Directory, HttpToken, Owner, Person};
use super::refusal::Reason;
use crate::exchange::Authorization;
use crate::oauth::Subject;

/// The Basic username of project and repository tokens.
const TOKEN_AUTH: &str = "x-token-auth";

/// HTTP access tokens, personal and others, in Basic or Bearer.
pub struct AccessTokens;

impl Handler for AccessTokens {
    fn weight(&self) -> u32 {
        60
    }

    fn name(&self) -> &'static str {
        "access-tokens"
    }

    fn captcha_support(&self) -> bool {
        false
    }

    fn authenticate(&mut self, attempt: &Attempt<'_>, directory: &mut Directory) -> Verdict {
        let (user, secret) = match &attempt.authorization {
            Authorization::Basic { user, secret } => (Some(user.as_str()), secret),
            Authorization::Bearer(secret) => (None, secret),
            _ => return Verdict::NotMine,
        };
        let token = directory.live_token(secret, attempt.now);
        let token = token.filter(|token| attempt.takes_tokens() && named(token, user, directory));
        let principal = token.and_then(|token| principal_of(token, directory));
        // an unknown secret may be a password: the embedded handler judges it
        principal.map_or(Verdict::NotMine, Verdict::Authenticated)
    }
}

fn named(token: &HttpToken, user: Option<&str>, directory: &Directory) -> bool {
    match (&token.owner, user) {
        (_, None) => true,
        (Owner::Person(owner), Some(user)) => owner.eq_ignore_ascii_case(user),
        (_, Some(user)) => directory.token_basic && user == TOKEN_AUTH,
    }
}

fn principal_of(token: &HttpToken, directory: &Directory) -> Option<Principal> {
    let (name, id) = match &token.owner {
        Owner::Person(owner) => {
            let person = directory.person(owner)?;
            (person.name.clone(), person.id)
        }
        Owner::Project(key) => (format!("access-token-user/{key}"), 9001),
        Owner::Repository(key, slug) => (format!("access-token-user/{key}/{slug}"), 9002),
    };
    let (owner, permissions) = (token.owner.clone(), Some(token.permissions.clone()));
    Some(Principal { name, id, owner, permissions, via: Via::Token })
}

/// OAuth access tokens, in Bearer, or in Basic under any name.
pub struct OAuthTokens;

impl Handler for OAuthTokens {
    fn weight(&self) -> u32 {
        70
    }

    fn name(&self) -> &'static str {
        "oauth"
    }

    fn captcha_support(&self) -> bool {
        false
    }

    fn authenticate(&mut self, attempt: &Attempt<'_>, directory: &mut Directory) -> Verdict {
        let (secret, bearer) = match &attempt.authorization {
            Authorization::Basic { secret, .. } => (secret, false),
            Authorization::Bearer(secret) => (secret, true),
            _ => return Verdict::NotMine,
        };
        if !attempt.takes_tokens() {
            return Verdict::NotMine;
        }
        match oauth_principal(secret, attempt, directory) {
            Some(principal) => Verdict::Authenticated(principal),
            // nobody after this handler takes Bearer
            None if bearer => Verdict::Failed(Reason::Incorrect),
            None => Verdict::NotMine,
        }
    }
}

fn oauth_principal(secret: &str, attempt: &Attempt<'_>, directory: &Directory) -> Option<Principal> {
    let grant = directory.oauth.bearer(secret, attempt.now)?;
    let Subject::User(name) = grant.subject else {
        return None;
    };
    let person = directory.person(&name)?;
    Some(Principal { permissions: Some(grant.scopes), ..Principal::person(person, Via::Token) })
}

/// Usernames and passwords of the server's own directory.
pub struct Embedded;

impl Handler for Embedded {
    fn weight(&self) -> u32 {
        100
    }

    fn name(&self) -> &'static str {
        "embedded"
    }

    fn authenticate(&mut self, attempt: &Attempt<'_>, directory: &mut Directory) -> Verdict {
        let Authorization::Basic { user, secret } = &attempt.authorization else {
            return Verdict::NotMine;
        };
        if directory.captcha_required(user) {
            return Verdict::Failed(Reason::Captcha);
        }
        match directory.person(user).filter(|person| person.password == *secret) {
            Some(person) => Verdict::Authenticated(Principal::person(person, Via::Password)),
            None => Verdict::Failed(Reason::Incorrect),
        }
    }
}

impl Principal {
    /// A person who may do all they may.
    pub fn person(person: &Person, via: Via) -> Self {
        let (name, owner) = (person.name.clone(), Owner::Person(person.name.clone()));
        Self { name, id: person.id, owner, permissions: None, via }
    }
}
