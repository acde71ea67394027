//! HTTP authentication as Data Center does it: handlers asked in the order of their weights until one
//! of them knows the credential, then those that hear of every success or failure. A plug-in is one more
//! handler; nothing else has to change.

use super::attempt::Attempt;
use super::directory::{Directory, Owner};
use super::held::{Held, Later, Settled, resumed};
use super::refusal::Reason;
use crate::exchange::{Authorization, Reply};

/// With what somebody has come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// A password.
    Password,
    /// A token of any kind.
    Token,
    /// A cookie, or the word of something in front of the server.
    Session,
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
    /// To what the credential is limited; none if it may do all its owner may.
    pub permissions: Option<Vec<String>>,
    /// What the credential was.
    pub via: Via,
}

/// What a handler says.
pub enum Verdict {
    /// This is who it is.
    Authenticated(Principal),
    /// The credential is this handler's, and bad. No other handler is asked.
    Failed(Reason),
    /// Ask the next one.
    NotMine,
    /// Nothing yet.
    Later(Later),
}

/// A way to authenticate a request.
pub trait Handler: Send {
    /// The lower, the earlier: Crowd SSO 20, plug-ins 50, embedded 100, remember-me 110.
    fn weight(&self) -> u32 {
        50
    }

    /// A name by which it can be taken out again.
    fn name(&self) -> &'static str;

    /// Whether its failures lead to the CAPTCHA and its successes away from it (`captcha-support`).
    fn captcha_support(&self) -> bool {
        true
    }

    /// Judges the attempt.
    fn authenticate(&mut self, attempt: &Attempt<'_>, directory: &mut Directory) -> Verdict;
}

/// Hears of everybody who has been authenticated, and may still object or make the request wait.
pub trait SuccessHandler: Send {
    /// The lower, the earlier.
    fn weight(&self) -> u32 {
        50
    }

    /// A name by which it can be taken out again.
    fn name(&self) -> &'static str;

    /// `NotMine` is no objection; `Authenticated` changes who it is.
    fn confirm(&mut self, attempt: &Attempt<'_>, principal: &Principal, directory: &mut Directory) -> Verdict;

    /// Headers for the answer, such as a cookie.
    fn headers(
        &mut self,
        _attempt: &Attempt<'_>,
        _principal: &Principal,
        _directory: &mut Directory,
    ) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// Hears of every failure, and may change what is answered.
pub trait FailureHandler: Send {
    /// A name by which it can be taken out again.
    fn name(&self) -> &'static str;

    /// Changes the answer.
    fn dress(&mut self, attempt: &Attempt<'_>, reason: &Reason, reply: Reply) -> Reply;
}

/// What the chain has come to.
pub enum Outcome {
    /// Nobody claims the request.
    Anonymous,
    /// This is who it is.
    Authenticated(Principal),
    /// It is refused.
    Refused(Reason),
    /// It has to wait.
    Held(Held),
}

/// The handlers of one site.
#[derive(Default)]
pub struct Chain {
    handlers: Vec<Box<dyn Handler>>,
    success: Vec<Box<dyn SuccessHandler>>,
    failure: Vec<Box<dyn FailureHandler>>,
}

impl Chain {
    /// Adds a handler at its place.
    pub fn add(&mut self, handler: Box<dyn Handler>) {
        self.handlers.push(handler);
        self.handlers.sort_by_key(|handler| handler.weight());
    }

    /// Adds a success handler at its place.
    pub fn on_success(&mut self, handler: Box<dyn SuccessHandler>) {
        self.success.push(handler);
        self.success.sort_by_key(|handler| handler.weight());
    }

    /// Adds a failure handler behind the others.
    pub fn on_failure(&mut self, handler: Box<dyn FailureHandler>) {
        self.failure.push(handler);
    }

    /// Takes out every handler of this name.
    pub fn remove(&mut self, name: &str) {
        self.handlers.retain(|handler| handler.name() != name);
        self.success.retain(|handler| handler.name() != name);
        self.failure.retain(|handler| handler.name() != name);
    }

    /// The names in the order in which they are asked.
    pub fn names(&self) -> Vec<&'static str> {
        self.handlers.iter().map(|handler| handler.name()).collect()
    }

    /// Asks one after the other, or goes on where a held request was held.
    pub fn run(&mut self, attempt: &Attempt<'_>, directory: &mut Directory, settled: Option<Settled>) -> Outcome {
        if let Some(principal) = settled.as_ref().and_then(Settled::principal).cloned() {
            return self.confirm(attempt, directory, principal, settled);
        }
        match self.authenticate(attempt, directory, settled) {
            Outcome::Authenticated(principal) => self.confirm(attempt, directory, principal, None),
            other => other,
        }
    }

    fn authenticate(
        &mut self,
        attempt: &Attempt<'_>,
        directory: &mut Directory,
        mut settled: Option<Settled>,
    ) -> Outcome {
        for handler in &mut self.handlers {
            let verdict = resumed(&mut settled, handler.name(), attempt, directory)
                .unwrap_or_else(|| handler.authenticate(attempt, directory));
            if handler.captcha_support() {
                count(&verdict, attempt, directory);
            }
            match verdict {
                Verdict::Authenticated(principal) => return Outcome::Authenticated(principal),
                Verdict::Failed(reason) => return Outcome::Refused(reason),
                Verdict::Later(later) => return Outcome::Held(Held::new(handler.name(), None, later)),
                Verdict::NotMine => {}
            }
        }
        Outcome::Anonymous
    }

    fn confirm(
        &mut self,
        attempt: &Attempt<'_>,
        directory: &mut Directory,
        mut principal: Principal,
        mut settled: Option<Settled>,
    ) -> Outcome {
        for handler in &mut self.success {
            let verdict = resumed(&mut settled, handler.name(), attempt, directory)
                .unwrap_or_else(|| handler.confirm(attempt, &principal, directory));
            match verdict {
                Verdict::Authenticated(other) => principal = other,
                Verdict::Failed(reason) => return Outcome::Refused(reason),
                Verdict::Later(later) => return Outcome::Held(Held::new(handler.name(), Some(principal), later)),
                Verdict::NotMine => {}
            }
        }
        Outcome::Authenticated(principal)
    }

    /// What success handlers add to the answer.
    pub fn headers(
        &mut self,
        attempt: &Attempt<'_>,
        principal: &Principal,
        directory: &mut Directory,
    ) -> Vec<(String, String)> {
        self.success.iter_mut().flat_map(|handler| handler.headers(attempt, principal, directory)).collect()
    }

    /// A refusal as the failure handlers leave it.
    pub fn dressed(&mut self, attempt: &Attempt<'_>, reason: &Reason, reply: Reply) -> Reply {
        self.failure.iter_mut().fold(reply, |reply, handler| handler.dress(attempt, reason, reply))
    }
}

fn count(verdict: &Verdict, attempt: &Attempt<'_>, directory: &mut Directory) {
    let Authorization::Basic { user, secret } = &attempt.authorization else {
        return;
    };
    match verdict {
        Verdict::Authenticated(_) => directory.failures.forgive(user),
        Verdict::Failed(_) => directory.failures.note(user, secret),
        Verdict::NotMine | Verdict::Later(_) => {}
    }
}
