//! One Bitbucket Data Center: its place, its authentication chain, its pages. Knows its own directory;
//! nothing of Cloud, of proxies or of logs.

mod access_tokens;
mod age;
mod attempt;
mod chain;
mod cookies;
mod directory;
mod front_door;
mod git;
mod handlers;
mod held;
mod ldap_directory;
mod people;
pub mod plugins;
mod refusal;
mod rest;
mod switches;
mod two_step;

pub use attempt::{Attempt, Errand};
pub use chain::{Chain, FailureHandler, Handler, Principal, SuccessHandler, Verdict, Via};
pub use cookies::Cookie;
pub use directory::{Directory, Endless, HttpToken, Owner, Person, Repo, TokenPolicy};
pub use front_door::{FrontDoor, GATEWAY_COOKIE, Gateway};
pub use held::{Held, Later, Settle, Settled};
pub use ldap_directory::LdapDirectory;
pub use refusal::{Reason, Refusal};
pub use switches::Switches;
pub use two_step::TwoStep;

use crate::clock::Moment;
use crate::exchange::{Answer, Authorization, Reply, Request, percent_encode};
use crate::ldap;
use crate::lfs::Lfs;
use chain::Outcome;

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
    /// What stands before it.
    pub front_door: FrontDoor,
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
            front_door: FrontDoor::default(),
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
        let count = |directory: &Directory| directory.tokens.len() + directory.plugin_tokens.len();
        let before = count(&self.directory);
        self.directory.tokens.retain(|token| token.secret != secret);
        self.directory.plugin_tokens.retain(|token| token.secret != secret);
        count(&self.directory) < before || self.directory.oauth.revoke(secret)
    }

    /// Every secret known here.
    pub fn secrets(&self) -> Vec<String> {
        let tokens = self.directory.tokens.iter().map(|token| token.secret.clone());
        let tokens = tokens.chain(self.directory.plugin_tokens.iter().map(|token| token.secret.clone()));
        let passwords = self.directory.people.iter().map(|person| person.password.clone());
        let passwords = passwords.filter(|password| !password.is_empty());
        let all = tokens.chain(passwords).chain(self.directory.cookies.keys().cloned());
        all.chain(self.directory.oauth.secrets()).collect()
    }

    /// Connects an LDAP directory, and takes over its users.
    pub fn connect(&mut self, ldap: LdapDirectory) -> ldap::Result<()> {
        self.directory.follow(&ldap)?;
        self.chain.add(Box::new(ldap));
        Ok(())
    }

    pub(crate) fn serves(&self, request: &Request) -> bool {
        request.scheme == self.scheme && request.host == self.authority
    }

    /// Answers one request to this host, or goes on with one that was held.
    pub(crate) fn answer(&mut self, request: &Request, settled: Option<Settled>, now: Moment) -> Answer {
        let request = match self.front_door.pass(request) {
            Ok(request) => request,
            Err(reply) => return reply.into(),
        };
        let full = request.path();
        let Some(path) = full.strip_prefix(&self.context).filter(|rest| rest.starts_with('/')) else {
            let page = "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>";
            return Reply::html(404, page).into();
        };
        let (authorization, tokens_everywhere) = (request.authorization(), !self.confines_tokens());
        let attempt = Attempt { request: &request, path, authorization, now, tokens_everywhere };
        let (answer, principal) = self.judged(&attempt, settled);
        self.marked(&attempt, answer, principal.as_ref())
    }

    fn judged(&mut self, attempt: &Attempt<'_>, settled: Option<Settled>) -> (Answer, Option<Principal>) {
        if let Some((_, tail)) = attempt.path.strip_prefix("/scm/").and_then(crate::git::split)
            && crate::lfs::is_transfer(tail)
        {
            // let in by the batch answer's own header, which no handler of the chain knows
            return (self.lfs.transfer(attempt.request, tail).into(), None);
        }
        if self.basic_is_off_for(attempt) {
            return (refusal::basic_is_off(attempt, self.switches.basic_off_status).into(), None);
        }
        match self.chain.run(attempt, &mut self.directory, settled) {
            Outcome::Held(held) => (Answer::Held(held), None),
            Outcome::Refused(reason) => {
                let reply = refusal::refuse(attempt, &reason, self.switches.captcha_status);
                (self.chain.dressed(attempt, &reason, reply).into(), None)
            }
            Outcome::Anonymous => (self.route(attempt, None), None),
            Outcome::Authenticated(principal) => (self.route(attempt, Some(&principal)), Some(principal)),
        }
    }

    fn basic_is_off_for(&self, attempt: &Attempt<'_>) -> bool {
        let Authorization::Basic { user, .. } = &attempt.authorization else {
            return false;
        };
        let allowed = &self.switches.basic_allowed_paths;
        let open = allowed.iter().any(|beginning| attempt.path.starts_with(beginning));
        !self.switches.basic && !open && !self.switches.basic_allowlist.contains(user)
    }

    fn route(&mut self, attempt: &Attempt<'_>, principal: Option<&Principal>) -> Answer {
        if let Some(errand) = attempt.git() {
            return self.git(attempt, errand, principal);
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
            "/plugins/servlet/applinks/whoami" if !bearer || principal.is_some() => Reply::text(200, name),
            "/login" => Reply::html(200, "<!doctype html><title>Log in</title><h1>Log in</h1>"),
            "/status" => Reply::json(200, &serde_json::json!({"state": "RUNNING"})),
            _ => Reply::redirect(302, &format!("{}/login", self.base())),
        }
    }

    fn marked(&mut self, attempt: &Attempt<'_>, answer: Answer, principal: Option<&Principal>) -> Answer {
        if matches!(answer, Answer::Held(_)) {
            return answer;
        }
        self.requests += 1;
        let mut marks = vec![("X-AREQUESTID".to_owned(), format!("*SANDBOXx{}x1", self.requests))];
        if let Some(principal) = principal {
            marks.push(("X-AUSERNAME".to_owned(), percent_encode(&principal.name)));
            marks.push(("X-AUSERID".to_owned(), principal.id.to_string()));
            marks.extend(self.chain.headers(attempt, principal, &mut self.directory));
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
            Answer::Held(held) => Answer::Held(held),
        }
    }
}
