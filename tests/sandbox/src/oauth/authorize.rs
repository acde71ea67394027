//! The authorization endpoint (RFC 6749, 4.1.1): checks the request, shows the consent page, and
//! sends the browser back. Never redirects to an address it has not checked.

use std::collections::HashMap;
use url::Url;

use super::page;
use super::{Client, Code, Grant, Provider, Redirects, Subject};
use crate::clock::Moment;
use crate::exchange::{Reply, Request};

/// A checked request.
struct Asked {
    client: Client,
    redirect: String,
    sent_redirect: Option<String>,
    state: Option<String>,
    challenge: Option<String>,
    scopes: Vec<String>,
}

/// Why a request is not followed.
enum Trouble {
    Page(&'static str, String),
    Back(String, Option<String>, &'static str),
}

impl Provider {
    /// Answers the browser, in which this user is signed in.
    pub fn authorize(&mut self, request: &Request, user: Option<&str>, now: Moment) -> Reply {
        let asked = match self.check(request) {
            Ok(asked) => asked,
            Err(Trouble::Page(title, text)) => {
                return Reply::html(400, page::problem(title, &text));
            }
            Err(Trouble::Back(to, state, error)) => return back(&to, state, "error", error),
        };
        let Some(user) = user else {
            let text = "Nobody is signed in in this browser.";
            return Reply::html(200, page::problem("Log in to continue", text));
        };
        let form = request.form();
        match (request.method.as_str(), form.get("decision").map(String::as_str)) {
            ("POST", Some("allow")) => self.allow(asked, user, now),
            ("POST", _) => back(&asked.redirect, asked.state, "error", "access_denied"),
            _ => Reply::html(200, page::consent(&asked.client, user, &asked.scopes, &request.target)),
        }
    }

    fn allow(&mut self, asked: Asked, user: &str, now: Moment) -> Reply {
        let text = self.mint.word("", "code", 24);
        self.codes.push(Code {
            text: text.clone(),
            grant: Grant { client: asked.client.id, subject: Subject::User(user.to_owned()), scopes: asked.scopes },
            redirect: asked.sent_redirect,
            challenge: asked.challenge,
            expires: now + self.settings.code_life,
        });
        back(&asked.redirect, asked.state, "code", &text)
    }

    fn check(&self, request: &Request) -> Result<Asked, Trouble> {
        let query: HashMap<_, _> = url::form_urlencoded::parse(request.query().as_bytes()).into_owned().collect();
        let client = query.get("client_id").and_then(|id| self.client(id)).ok_or_else(unknown)?;
        let sent_redirect = query.get("redirect_uri").cloned();
        let redirect = sent_redirect.clone().unwrap_or_else(|| client.callback.clone());
        if !self.settings.redirects.accepts(&client.callback, &redirect) {
            return Err(Trouble::Page("Invalid redirect_uri", mismatch()));
        }
        let state = query.get("state").cloned();
        let error = |error| Trouble::Back(redirect.clone(), state.clone(), error);
        if query.get("response_type").map(String::as_str) != Some("code") {
            return Err(error("unsupported_response_type"));
        }
        let challenge = query.get("code_challenge").cloned();
        let plain = query.get("code_challenge_method").is_some_and(|method| method != "S256");
        if challenge.is_none() && client.secret.is_none() || challenge.is_some() && plain {
            return Err(error("invalid_request"));
        }
        let wanted = query.get("scope").map(String::as_str);
        let scopes = self.scopes(client, wanted).ok_or_else(|| error("invalid_scope"))?;
        let client = client.clone();
        Ok(Asked { client, redirect, sent_redirect, state, challenge, scopes })
    }

    fn scopes(&self, client: &Client, wanted: Option<&str>) -> Option<Vec<String>> {
        let wanted: Vec<String> = wanted.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let within = wanted.iter().all(|scope| covered(&client.scopes, scope));
        let narrow = self.settings.narrow_scopes && !wanted.is_empty();
        let within = within || !self.settings.checks_scopes;
        within.then(|| if narrow { wanted } else { client.scopes.clone() })
    }
}

/// A higher scope includes the lower, on both products.
fn covered(has: &[String], wanted: &str) -> bool {
    has.iter().any(|scope| {
        scope == wanted
            || scope.strip_suffix(":write") == Some(wanted)
            || (wanted == "REPO_READ" || wanted == "PUBLIC_REPOS") && scope.starts_with("REPO_")
    })
}

fn unknown() -> Trouble {
    let text = "No application is registered under this client_id.";
    Trouble::Page("Invalid client_id", text.to_owned())
}

fn mismatch() -> String {
    "The application asked to be answered at another address than the one it has registered.".to_owned()
}

fn back(to: &str, state: Option<String>, key: &str, value: &str) -> Reply {
    let Ok(mut url) = Url::parse(to) else {
        return Reply::html(400, page::problem("Invalid redirect_uri", &mismatch()));
    };
    url.query_pairs_mut().append_pair(key, value);
    if let Some(state) = state {
        url.query_pairs_mut().append_pair("state", &state);
    }
    Reply::redirect(302, url.as_str())
}

impl Redirects {
    fn accepts(self, registered: &str, asked: &str) -> bool {
        let prefix = || asked.starts_with(registered) && Url::parse(asked).is_ok();
        match self {
            Self::Exact => asked == registered,
            Self::Prefix => prefix() || loopback(registered, asked) == Some(true),
        }
    }
}

/// RFC 8252, 7.3: on the loopback address any port will do.
fn loopback(registered: &str, asked: &str) -> Option<bool> {
    let (registered, mut asked) = (Url::parse(registered).ok()?, Url::parse(asked).ok()?);
    let is_loopback = ["127.0.0.1", "[::1]"].contains(&registered.host_str()?);
    asked.set_port(registered.port()).ok()?;
    Some(is_loopback && registered.scheme() == "http" && asked.as_str().starts_with(registered.as_str()))
}
