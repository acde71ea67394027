//! Jira's headers on a refusal. No capture of a Bitbucket shows them; a plug-in shared between the products may
//! send them all the same.

use super::super::attempt::Attempt;
use super::super::chain::FailureHandler;
use super::super::refusal::Reason;
use crate::exchange::Reply;

/// Adds them.
pub struct JiraHeaders {
    /// The site's address.
    pub base: String,
}

impl FailureHandler for JiraHeaders {
    fn name(&self) -> &'static str {
        "jira-headers"
    }

    fn dress(&mut self, attempt: &Attempt<'_>, reason: &Reason, reply: Reply) -> Reply {
        if !attempt.is_rest() {
            return reply;
        }
        match reason {
            Reason::Captcha => {
                let denied = format!("CAPTCHA_CHALLENGE; login-url={}/login", self.base);
                let reply = reply.header("X-Authentication-Denied-Reason", &denied);
                reply.header("X-Seraph-LoginReason", "AUTHENTICATION_DENIED")
            }
            _ => reply.header("X-Seraph-LoginReason", "AUTHENTICATED_FAILED"),
        }
    }
}
