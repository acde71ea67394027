//! Approval on a phone, like SecSign ID: git over Basic is held until its user says yes. Hears of every success, so a
//! wrong password rings no phone. Where the plug-in's papers are silent, both can be set.

mod board;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::super::attempt::{Attempt, Errand};
use super::super::chain::{Principal, SuccessHandler, Verdict, Via};
use super::super::directory::Directory;
use super::super::held::{Later, Settle};
use super::super::refusal::{Reason, Refusal};
use super::address::{Range, any_holds};
use crate::exchange::Authorization;
use crate::git::Service;
use board::Board;

/// What is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guards {
    /// Pushes.
    Writes,
    /// Clones and fetches, too.
    All,
}

/// How often a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Once for a clone, a fetch or a push: at its first request.
    Operation,
    /// At every request git makes.
    Request,
}

/// How an administrator has set up the plug-in.
#[derive(Debug, Clone)]
pub struct PhoneSettings {
    /// What is guarded.
    pub guards: Guards,
    /// How often a person is asked.
    pub asks: Asks,
    /// For how long by the sandbox's clock an approval is good for further requests.
    pub remember: Duration,
    /// For how long in real time a request is held.
    pub limit: Duration,
    /// Only members of these groups are asked; everybody if there are none.
    pub groups: Vec<String>,
    /// Users who have an ID on a phone.
    pub enrolled: BTreeSet<String>,
    /// Whether users without one get in by password alone.
    pub others_pass: bool,
    /// Where nobody is asked.
    pub trusted: Vec<Range>,
    /// The header in which a proxy names the client.
    pub client_header: Option<String>,
    /// Whether tokens in Basic are guarded as passwords are; Bearer never is.
    pub tokens_too: bool,
    /// What REST over Basic with a password is told; nothing if it passes.
    pub rest: Option<Reason>,
    /// Whether REST over Basic is held as git is, each request for itself.
    pub holds_rest: bool,
    /// What is told after a no.
    pub denied: Reason,
    /// What is told when nobody has answered.
    pub late: Reason,
}

impl PhoneSettings {
    /// The vendor's defaults for these users: writes only, each asked for, others by password alone.
    pub fn of(enrolled: &[&str]) -> Self {
        Self {
            guards: Guards::Writes,
            asks: Asks::Operation,
            remember: Duration::ZERO,
            limit: Duration::from_secs(60),
            groups: Vec::new(),
            enrolled: enrolled.iter().map(|&name| name.to_owned()).collect(),
            others_pass: true,
            trusted: Vec::new(),
            client_header: None,
            tokens_too: false,
            rest: None,
            holds_rest: false,
            denied: Refusal::new(401, "The sign-in was denied on the phone.").into(),
            late: Refusal::new(401, "The sign-in was not approved in time.").into(),
        }
    }
}

/// The plug-in and everybody's phone in one; clones are the same phones.
#[derive(Clone)]
pub struct Phone {
    settings: Arc<PhoneSettings>,
    board: Arc<Board>,
}

impl Phone {
    /// Set up so.
    pub fn new(settings: PhoneSettings) -> Self {
        Self { settings: Arc::new(settings), board: Arc::default() }
    }

    /// Says yes to everything that waits for this user; how much that was.
    pub fn approve(&self, user: &str) -> usize {
        self.board.answer(user, true)
    }

    /// Says no to everything that waits for this user; how much that was.
    pub fn deny(&self, user: &str) -> usize {
        self.board.answer(user, false)
    }

    /// From now on this user answers each push at once.
    pub fn always(&self, user: &str, yes: bool) {
        self.board.always(user, yes);
    }

    /// How many pushes this user's phone has got.
    pub fn push_count(&self, user: &str) -> usize {
        self.board.pushes(user)
    }

    /// What waits for this user: methods and paths.
    pub fn waiting(&self, user: &str) -> Vec<String> {
        self.board.waiting(user)
    }

    /// Whether this user's phone has got so many pushes within the limit; returns as soon as it has.
    pub fn rings(&self, user: &str, count: usize, limit: Duration) -> bool {
        self.board.rings(user, count, limit)
    }

    fn asks_for(&self, errand: Errand<'_>) -> bool {
        let guarded = errand.service == Service::Write || self.settings.guards == Guards::All;
        guarded && (self.settings.asks == Asks::Request || errand.tail == "/info/refs")
    }

    fn is_exempt(&self, attempt: &Attempt<'_>, principal: &Principal, directory: &Directory) -> bool {
        let settings = &self.settings;
        let basic = matches!(attempt.authorization, Authorization::Basic { .. });
        let by_token = principal.via == Via::Token && !settings.tokens_too;
        let groups = directory.person(&principal.name).map(|person| person.groups.as_slice()).unwrap_or_default();
        let in_group = settings.groups.is_empty() || groups.iter().any(|group| settings.groups.contains(group));
        let trusted = any_holds(&settings.trusted, attempt.client(settings.client_header.as_deref()));
        !basic || by_token || !in_group || trusted
    }

    fn hold(&self, attempt: &Attempt<'_>, principal: &Principal) -> Verdict {
        let what = format!("{} {}", attempt.request.method, attempt.request.target);
        let answer = self.board.push(&principal.name, what);
        let (board, settings, principal) = (self.board.clone(), self.settings.clone(), principal.clone());
        let late = settings.late.clone();
        let wait = async move {
            let yes = answer.await.unwrap_or(false);
            let settle: Settle = Box::new(move |attempt, _| match yes {
                true => {
                    board.remember(&principal.name, attempt.now + settings.remember.as_secs());
                    Verdict::NotMine
                }
                false => Verdict::Failed(settings.denied.clone()),
            });
            settle
        };
        Verdict::Later(Later::new(self.settings.limit, wait, Box::new(move |_, _| Verdict::Failed(late))))
    }
}

impl SuccessHandler for Phone {
    fn name(&self) -> &'static str {
        "phone"
    }

    fn confirm(&mut self, attempt: &Attempt<'_>, principal: &Principal, directory: &mut Directory) -> Verdict {
        if self.is_exempt(attempt, principal, directory) {
            return Verdict::NotMine;
        }
        if let Some(refusal) = self.settings.rest.clone().filter(|_| attempt.is_rest()) {
            return Verdict::Failed(refusal);
        }
        let held = match attempt.is_rest() {
            true => self.settings.holds_rest,
            false => attempt.git().is_some_and(|errand| self.asks_for(errand)),
        };
        if !held {
            return Verdict::NotMine;
        }
        match self.settings.enrolled.contains(&principal.name) {
            false if self.settings.others_pass => Verdict::NotMine,
            false => Verdict::Failed(self.settings.denied.clone()),
            true if self.board.remembers(&principal.name, attempt.now) => Verdict::NotMine,
            true => self.hold(attempt, principal),
        }
    }
}
