//! One Bitbucket Data Center: its place, its authentication chain, its pages. Knows its own directory;
//! nothing of Cloud, of proxies or of logs.

mod access_tokens;
mod chain;
mod directory;
mod git;
mod handlers;
mod refusal;
mod rest;

pub use chain::{Attempt, Chain, Handler, Principal, Reason, Verdict};
pub use directory::{Directory, HttpToken, Owner, Person, Repo};

use crate::clock::Moment;
use crate::exchange::{Answer, Authorization, Reply, Request, percent_encode};
use crate::lfs::Lfs;

/// How an administrator has set up the site.
#[derive(Debug, Clone)]
pub struct Switches {
    /// "Allow basic authentication on API calls"; covers git and tokens in Basic, too.
    pub basic: bool,
    /// Users who may use Basic although it is off.
    pub basic_allowlist: Vec<String>,
    /// "Show default login form"; off means SSO only.
    pub login_form: bool,
    /// Whether there is an OAuth 2.0 provider (7.20 and later).
    pub oauth: bool,
    /// `feature.public.access`.
    pub public_access: bool,
    /// Whether LFS refuses the anonymous with 403.
    pub lfs_anonymous_403: bool,
    /// The version it claims to be.
    pub version: String,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            basic: true,
            basic_allowlist: Vec::new(),
            login_form: true,
            oauth: true,
            public_access: false,
            lfs_anonymous_403: false,
            version: "9.4.6".to_owned(),
        }
    }
}

/// One Data Center.
pub struct DataCenter {
    scheme: String,
    authority: String,
    context: String,
    /// Everything it knows.
    pub directory: Directory,
    /// The authentication handlers.
    pub chain: Chain,
    /// How it is set up.
    pub switches: Switches,
    /// Who is signed in in the browser.
    pub browser_user: Option<String>,
    requests: u64,
    lfs: Lfs,
}

impl DataCenter {
    /// A Data Center at this address, such as `https://code.corp.example/bitbucket`; its secrets
    /// will hold `word`.
    pub fn new(base: &str, word: &str) -> Self {
        let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
        let (authority, context) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut chain = Chain::default();
        chain.add(Box::new(handlers::AccessTokens));
        chain.add(Box::new(handlers::OAuthTokens));
        chain.add(Box::new(handlers::Embedded));
        Self {
            scheme: scheme.to_owned(),
            authority: authority.to_owned(),
            context: context.to_owned(),
            directory: Directory::new(word),
            chain,
            switches: Switches::default(),
            browser_user: None,
            requests: 0,
            lfs: Lfs::default(),
        }
    }

    /// Its address without a slash at the end.
    pub fn base(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.context)
    }

    /// Its host, with the port if it has one.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Kills a secret of any kind; whether there was one.
    pub fn revoke(&mut self, secret: &str) -> bool {
        let before = self.directory.tokens.len();
        self.directory.tokens.retain(|token| token.secret != secret);
        self.directory.tokens.len() < before || self.directory.oauth.revoke(secret)
    }

    /// Every secret known here.
    pub fn secrets(&self) -> Vec<String> {
        let tokens = self.directory.tokens.iter().map(|token| token.secret.clone());
        let passwords = self.directory.people.iter().map(|person| person.password.clone());
        tokens.chain(passwords).chain(self.directory.oauth.secrets()).collect()
    }

    pub(crate) fn serves(&self, request: &Request) -> bool {
        request.scheme == self.scheme && request.host == self.authority
    }

    /// Answers one request to this host.
    pub(crate) fn answer(&mut self, request: &Request, now: Moment) -> Answer {
        let full = request.path();
        let Some(path) = full.strip_prefix(&self.context).filter(|rest| rest.starts_with('/')) else {
            let page = "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>";
            return Reply::html(404, page).into();
        };
        let authorization = request.authorization();
        let attempt = Attempt { request, path, authorization, now };
        let (answer, principal) = self.judged(&attempt);
        self.marked(answer, principal.as_ref())
    }

    fn judged(&mut self, attempt: &Attempt<'_>) -> (Answer, Option<Principal>) {
        if let Some((_, tail)) = attempt.path.strip_prefix("/scm/").and_then(crate::git::split)
            && crate::lfs::is_transfer(tail)
        {
            // let in by the batch answer's own header, which no handler of the chain knows
            return (self.lfs.transfer(attempt.request, tail).into(), None);
        }
        if self.basic_is_off_for(&attempt.authorization) {
            return (refusal::basic_is_off().into(), None);
        }
        match self.chain.run(attempt, &mut self.directory).transpose() {
            Err(reason) => (refusal::refuse(attempt, &reason).into(), None),
            Ok(principal) => (self.route(attempt, principal.as_ref()), principal),
        }
    }

    fn basic_is_off_for(&self, authorization: &Authorization) -> bool {
        let Authorization::Basic { user, .. } = authorization else {
            return false;
        };
        !self.switches.basic && !self.switches.basic_allowlist.contains(user)
    }

    fn route(&mut self, attempt: &Attempt<'_>, principal: Option<&Principal>) -> Answer {
        if let Some((repo, tail)) = attempt.path.strip_prefix("/scm/").and_then(crate::git::split) {
            return self.git(attempt, repo, tail, principal);
        }
        match attempt.path.strip_prefix("/rest/") {
            Some(resource) => self.rest(attempt, resource, principal).into(),
            None => self.page(attempt, principal).into(),
        }
    }

    fn page(&self, attempt: &Attempt<'_>, principal: Option<&Principal>) -> Reply {
        let name = principal.map_or("", |principal| &principal.name);
        let bearer = matches!(attempt.authorization, Authorization::Bearer(_));
        match attempt.path {
            "/plugins/servlet/applinks/whoami" if !bearer => Reply::text(200, name),
            "/login" => Reply::html(200, "<!doctype html><title>Log in</title><h1>Log in</h1>"),
            "/status" => Reply::json(200, &serde_json::json!({"state": "RUNNING"})),
            _ => Reply::redirect(302, &format!("{}/login", self.base())),
        }
    }

    fn marked(&mut self, answer: Answer, principal: Option<&Principal>) -> Answer {
        self.requests += 1;
        let mut marks = vec![("X-AREQUESTID".to_owned(), format!("*SANDBOXx{}x1", self.requests))];
        if let Some(principal) = principal {
            marks.push(("X-AUSERNAME".to_owned(), percent_encode(&principal.name)));
            marks.push(("X-AUSERID".to_owned(), principal.id.to_string()));
        }
        let name = principal.map(|principal| principal.name.clone());
        match answer {
            Answer::Reply(mut reply) => {
                reply.headers.extend(marks);
                reply.user = reply.user.or(name);
                reply.into()
            }
            Answer::Git(mut call) => {
                call.headers.extend(marks);
                Answer::Git(call)
            }
        }
    }
}
