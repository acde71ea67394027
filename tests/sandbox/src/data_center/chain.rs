//! HTTP authentication as Data Center does it: handlers asked in the order of their weights until one
//! of them knows the credential. A plug-in is one more handler; nothing else has to change.

use super::directory::{Directory, Owner};
use crate::clock::Moment;
use crate::exchange::{Authorization, Request};

/// One attempt to authenticate a request.
pub struct Attempt<'a> {
    /// The request itself.
    pub request: &'a Request,
    /// Its path below the context path.
    pub path: &'a str,
    /// What it offers.
    pub authorization: Authorization,
    /// The present moment.
    pub now: Moment,
}

impl Attempt<'_> {
    /// Tokens are honoured here only (BSERV-19859).
    pub fn takes_tokens(&self) -> bool {
        self.path.starts_with("/rest/") || self.path.starts_with("/scm/")
    }
}

/// Somebody who has been authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The name sent as `X-AUSERNAME`.
    pub name: String,
    /// The number sent as `X-AUSERID`.
    pub id: u32,
    /// What the credential belongs to.
    pub owner: Owner,
    /// To what the credential is limited; none for a password.
    pub permissions: Option<Vec<String>>,
}

/// Why a handler refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Wrong name, password or token.
    Incorrect,
    /// Too many failures; a CAPTCHA comes first.
    Captcha,
    /// What a plug-in says: the message and the exception's name.
    Other(String, String),
}

/// What a handler says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This is who it is.
    Authenticated(Principal),
    /// The credential is this handler's, and bad. No other handler is asked.
    Failed(Reason),
    /// Ask the next one.
    NotMine,
}

/// A way to authenticate a request.
pub trait Handler: Send {
    /// The lower, the earlier: Crowd SSO 20, plug-ins 50, embedded 100, remember-me 110.
    fn weight(&self) -> u32;

    /// A name by which it can be taken out again.
    fn name(&self) -> &'static str;

    /// Whether its failures lead to the CAPTCHA and its successes away from it (`captcha-support`).
    fn captcha_support(&self) -> bool {
        true
    }

    /// Judges the attempt.
    fn authenticate(&mut self, attempt: &Attempt<'_>, directory: &mut Directory) -> Verdict;
}

/// The handlers of one site.
#[derive(Default)]
pub struct Chain(Vec<Box<dyn Handler>>);

impl Chain {
    /// Adds a handler at its place.
    pub fn add(&mut self, handler: Box<dyn Handler>) {
        self.0.push(handler);
        self.0.sort_by_key(|handler| handler.weight());
    }

    /// Takes a handler out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|handler| handler.name() != name);
    }

    /// The names in the order in which they are asked.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|handler| handler.name()).collect()
    }

    /// Asks one after the other; none if nobody claims the request.
    pub fn run(&mut self, attempt: &Attempt<'_>, directory: &mut Directory) -> Option<Result<Principal, Reason>> {
        for handler in &mut self.0 {
            let verdict = handler.authenticate(attempt, directory);
            if handler.captcha_support() {
                count(&verdict, attempt, directory);
            }
            match verdict {
                Verdict::Authenticated(principal) => return Some(Ok(principal)),
                Verdict::Failed(reason) => return Some(Err(reason)),
                Verdict::NotMine => {}
            }
        }
        None
    }
}

fn count(verdict: &Verdict, attempt: &Attempt<'_>, directory: &mut Directory) {
    let Authorization::Basic { user, secret } = &attempt.authorization else {
        return;
    };
    match verdict {
        Verdict::Authenticated(_) => directory.failures.forgive(user),
        Verdict::Failed(_) => directory.failures.note(user, secret),
        Verdict::NotMine => {}
    }
}
