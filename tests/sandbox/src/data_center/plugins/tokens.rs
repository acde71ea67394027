//! A token plug-in like resolution's API Token Authentication: tokens that go where a password goes, or as Bearer,
//! limited by method, address and time. Where its papers are silent, both can be set.

use super::super::attempt::Attempt;
use super::super::chain::{Handler, Principal, Verdict, Via};
use super::super::directory::Directory;
use super::super::refusal::{Reason, Refusal};
use super::address::{Range, any_holds};
use crate::clock::Moment;
use crate::exchange::Authorization;

/// A token of the plug-in's; the directory keeps them.
#[derive(Debug, Clone)]
pub struct PluginToken {
    /// The secret.
    pub secret: String,
    /// Whose it is.
    pub user: String,
    /// When it ends.
    pub expires: Option<Moment>,
    /// Good for GET, HEAD and OPTIONS only.
    pub read_only: bool,
    /// Where it may be used from; anywhere if none.
    pub ranges: Vec<Range>,
}

impl PluginToken {
    /// Reads and writes, from anywhere, for ever.
    pub fn new(secret: &str, user: &str) -> Self {
        let (secret, user) = (secret.to_owned(), user.to_owned());
        Self { secret, user, expires: None, read_only: false, ranges: Vec::new() }
    }
}

/// The plug-in.
pub struct TokenPlugin {
    /// Whether Basic takes its tokens.
    pub basic: bool,
    /// Whether Bearer does.
    pub bearer: bool,
    /// Whether git's POST for a fetch passes with a read-only token, although it is a POST.
    pub fetch_posts: bool,
    /// The header in which a proxy names the client.
    pub client_header: Option<String>,
    /// What a read-only token is told when it would write.
    pub read_only: Reason,
    /// What a caller from the wrong address is told.
    pub elsewhere: Reason,
    /// Whether its refusals count as failed logins.
    pub counts: bool,
}

impl Default for TokenPlugin {
    fn default() -> Self {
        Self {
            basic: true,
            bearer: true,
            fetch_posts: true,
            client_header: None,
            read_only: Refusal::new(403, "This API token is read-only.").into(),
            // nothing tells it from a wrong token, which is the worst that can be met
            elsewhere: Reason::Incorrect,
            counts: true,
        }
    }
}

impl Handler for TokenPlugin {
    fn name(&self) -> &'static str {
        "token-plugin"
    }

    fn captcha_support(&self) -> bool {
        self.counts
    }

    fn authenticate(&mut self, attempt: &Attempt<'_>, directory: &mut Directory) -> Verdict {
        let (user, secret) = match &attempt.authorization {
            Authorization::Basic { user, secret } if self.basic => (Some(user), secret),
            Authorization::Bearer(secret) if self.bearer => (None, secret),
            _ => return Verdict::NotMine,
        };
        let token = directory.plugin_tokens.iter().find(|token| token.secret == *secret);
        let token = token.filter(|token| user.is_none_or(|user| token.user.eq_ignore_ascii_case(user)));
        let Some((token, person)) = token.and_then(|token| Some((token, directory.person(&token.user)?))) else {
            // it may be a password, or a token of the server's own
            return Verdict::NotMine;
        };
        match self.objection(attempt, token) {
            Some(reason) => Verdict::Failed(reason),
            None => Verdict::Authenticated(Principal::person(person, Via::Token)),
        }
    }
}

impl TokenPlugin {
    fn objection(&self, attempt: &Attempt<'_>, token: &PluginToken) -> Option<Reason> {
        if token.expires.is_some_and(|end| attempt.now >= end) {
            return Some(Reason::Incorrect);
        }
        let client = attempt.client(self.client_header.as_deref());
        if !token.ranges.is_empty() && !any_holds(&token.ranges, client) {
            return Some(self.elsewhere.clone());
        }
        (token.read_only && !self.reads(attempt)).then(|| self.read_only.clone())
    }

    fn reads(&self, attempt: &Attempt<'_>) -> bool {
        let fetches = attempt.git().is_some_and(|errand| errand.tail == "/git-upload-pack");
        ["GET", "HEAD", "OPTIONS"].contains(&attempt.request.method.as_str()) || fetches && self.fetch_posts
    }
}

/// The plug-in's switch "no password sign-in for the API": Basic that is no token of any kind is refused unread.
pub struct NoPasswords {
    /// What is told.
    pub reason: Reason,
}

impl Default for NoPasswords {
    fn default() -> Self {
        Self { reason: Refusal::new(401, "Passwords are not accepted here. Use an API token.").into() }
    }
}

impl Handler for NoPasswords {
    /// Behind all tokens, before passwords.
    fn weight(&self) -> u32 {
        95
    }

    fn name(&self) -> &'static str {
        "no-passwords"
    }

    fn captcha_support(&self) -> bool {
        false
    }

    fn authenticate(&mut self, attempt: &Attempt<'_>, _: &mut Directory) -> Verdict {
        let basic = matches!(attempt.authorization, Authorization::Basic { .. });
        match basic && attempt.takes_tokens() {
            true => Verdict::Failed(self.reason.clone()),
            false => Verdict::NotMine,
        }
    }
}
