//! Two-step verification as newer servers have it: an enrolled user's password alone opens nothing over Basic.
//! Tokens are judged before. What exactly is answered is not documented, so both can be set.

use super::attempt::Attempt;
use super::chain::{Handler, Verdict};
use super::directory::Directory;
use super::refusal::{Reason, Refusal};
use crate::exchange::Authorization;

/// Refuses the passwords of enrolled users.
pub struct TwoStep {
    /// What they are told.
    pub reason: Reason,
    /// Whether such a refusal counts as a failed login.
    pub counts: bool,
}

impl Default for TwoStep {
    fn default() -> Self {
        let reason = Refusal::new(401, "Two-step verification is on for your account. Use an HTTP access token.");
        Self { reason: reason.into(), counts: false }
    }
}

impl Handler for TwoStep {
    /// Behind all tokens, before passwords.
    fn weight(&self) -> u32 {
        90
    }

    fn name(&self) -> &'static str {
        "two-step"
    }

    fn captcha_support(&self) -> bool {
        self.counts
    }

    fn authenticate(&mut self, attempt: &Attempt<'_>, directory: &mut Directory) -> Verdict {
        let Authorization::Basic { user, .. } = &attempt.authorization else {
            return Verdict::NotMine;
        };
        match directory.person(user).is_some_and(|person| person.two_step) {
            true => Verdict::Failed(self.reason.clone()),
            false => Verdict::NotMine,
        }
    }
}
