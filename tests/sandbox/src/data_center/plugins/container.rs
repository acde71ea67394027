//! Container authentication: whoever stands before the server has authenticated the user, and says so in a header.
//! What the request itself offers does not matter.

use super::super::attempt::Attempt;
use super::super::chain::{Handler, Principal, Verdict, Via};
use super::super::directory::Directory;
use crate::exchange::percent_decode;

/// Believes a header.
pub struct Container {
    /// Its name, such as `X-Forwarded-User`.
    pub header: String,
}

impl Handler for Container {
    fn name(&self) -> &'static str {
        "container"
    }

    fn captcha_support(&self) -> bool {
        false
    }

    fn authenticate(&mut self, attempt: &Attempt<'_>, directory: &mut Directory) -> Verdict {
        let name = attempt.request.header(&self.header).map(percent_decode);
        let person = name.and_then(|name| directory.person(&name));
        person.map_or(Verdict::NotMine, |person| Verdict::Authenticated(Principal::person(person, Via::Session)))
    }
}
