//! Cookies that sign somebody in, whatever else the request offers: Crowd's single sign-on, a session,
//! remember-me. The first comes from elsewhere; the others are handed out after a success.

use super::attempt::Attempt;
use super::chain::{Handler, Principal, SuccessHandler, Verdict, Via};
use super::directory::Directory;

/// One kind of cookie.
#[derive(Debug, Clone)]
pub struct Cookie {
    cookie: &'static str,
    name: &'static str,
    weight: u32,
}

impl Cookie {
    /// Crowd's, first of all: off unless `bitbucket.properties` says otherwise.
    pub fn crowd_sso() -> Self {
        Self { cookie: "crowd.token_key", name: "crowd-sso", weight: 20 }
    }

    /// The browser's session, which the server looks at before anything else.
    pub fn session() -> Self {
        Self { cookie: "BITBUCKETSESSIONID", name: "session", weight: 10 }
    }

    /// The last handler of all.
    pub fn remember_me() -> Self {
        Self { cookie: "_atl_bitbucket_remember_me", name: "remember-me", weight: 110 }
    }

    /// The same at another place in the order.
    #[must_use]
    pub fn at(self, weight: u32) -> Self {
        Self { weight, ..self }
    }
}

impl Handler for Cookie {
    fn weight(&self) -> u32 {
        self.weight
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn captcha_support(&self) -> bool {
        false
    }

    fn authenticate(&mut self, attempt: &Attempt<'_>, directory: &mut Directory) -> Verdict {
        let name = attempt.cookie(self.cookie).and_then(|value| directory.cookies.get(value));
        let person = name.and_then(|name| directory.person(name));
        person.map_or(Verdict::NotMine, |person| Verdict::Authenticated(Principal::person(person, Via::Session)))
    }
}

impl SuccessHandler for Cookie {
    fn name(&self) -> &'static str {
        self.name
    }

    fn confirm(&mut self, _: &Attempt<'_>, _: &Principal, _: &mut Directory) -> Verdict {
        Verdict::NotMine
    }

    fn headers(&mut self, _: &Attempt<'_>, principal: &Principal, directory: &mut Directory) -> Vec<(String, String)> {
        if principal.via == Via::Session {
            return Vec::new();
        }
        let value = directory.hand_out_cookie(&principal.name);
        vec![("Set-Cookie".to_owned(), format!("{}={value}; Path=/; Secure; HttpOnly", self.cookie))]
    }
}
