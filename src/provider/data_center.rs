//! Bitbucket Data Center and Server, of any age: no "who am I", but a header on every answer to somebody it knows.

use super::{Check, Provider, Verdict, clean_name, refusal_of, second_factor};
use crate::credential::{Kind, Shape};
use crate::error::{Error, Result};
use crate::http::{Authorization, Http, Request, Response};
use crate::oauth::Endpoints;
use crate::secret::Secret;
use crate::site::Site;
use std::time::Duration;

pub struct DataCenter;

/// Answers anybody, and names whoever it knows (bitbucket-auth B3).
pub(super) const PROPERTIES: &str = "/rest/api/latest/application-properties";

impl Provider for DataCenter {
    fn check(&self, check: &Check<'_>) -> Result<Verdict> {
        let response = match check.ask(format!("{}{PROPERTIES}", check.site), authorization(check)) {
            Ok(response) => response,
            Err(error) => return Ok(Verdict::Unknown(error)),
        };
        stop_if_it_must(check, &response)?;
        if second_factor(&response) {
            return Ok(Verdict::SecondFactor);
        }
        Ok(match (response.status, user(&response)) {
            (200, Some(username)) => Verdict::Good { username, scopes: Vec::new() },
            // known, and not permitted: Data Center says 401 for that too
            (_, Some(username)) => Verdict::Good { username, scopes: Vec::new() },
            (401, None) if !names_exception(&response, "AuthorisationException") => {
                Verdict::Refused(refusal_of(check.record.kind))
            }
            (200, None) => unproven(check),
            (status, None) => Verdict::Unknown(check.unexpected(status)),
        })
    }

    fn kind_of(&self, secret: &Secret) -> Result<Kind> {
        Ok(match Shape::of(secret) {
            Shape::HttpToken => Kind::HttpToken,
            _ => Kind::Password,
        })
    }

    fn token_page(&self, site: &Site) -> Vec<String> {
        vec![
            "Best is an HTTP access token (project read, repository write); a password works where the server allows it.".into(),
            format!("  {site}/plugins/servlet/access-tokens/manage"),
        ]
    }

    /// confluence.atlassian.com, "Bitbucket OAuth 2.0 provider API" (7.20 and later). The redirect address has the site in it,
    /// so that an answer meant for one server never reaches a sign-in at another (RFC 8252, section 8.10).
    fn oauth(&self, site: &Site) -> Endpoints {
        Endpoints {
            authorize: format!("{site}/rest/oauth2/latest/authorize"),
            token: format!("{site}/rest/oauth2/latest/token"),
            issuer: site.to_string(),
            redirect: format!(
                "http://127.0.0.1:34106/{}{}",
                site.authority().replace([':', '[', ']'], "-"),
                site.context()
            ),
            reading: "REPO_READ",
            writing: "REPO_READ REPO_WRITE",
            secret_in_header: false,
        }
    }

    fn grants_page(&self, site: &Site) -> String {
        format!("{site}/account, under \"Authorized applications\"")
    }

    fn asks_for(&self) -> &'static str {
        "HTTP access token or password"
    }

    fn login_question(&self, kind: Kind) -> Option<&'static str> {
        (kind == Kind::Password).then_some("Username")
    }
}

/// Bearer for tokens: it needs no name, and tells whose they are. Nothing is tried a second way: each try may count
/// towards the CAPTCHA (K11 of the security checklist).
fn authorization(check: &Check<'_>) -> Authorization {
    match check.record.kind {
        Kind::Password => check.basic(&check.record.username),
        _ => check.bearer(),
    }
}

/// The username, percent-encoded in the header (eclipse-che pull 796).
fn user(response: &Response) -> Option<String> {
    let name = response.header("x-ausername")?;
    clean_name(&crate::protocol::percent_decoded(name)?)
}

/// A 200 that knows nobody: the secret was not looked at, so Git's own request must judge, if there is one to make.
fn unproven(check: &Check<'_>) -> Verdict {
    match check.place {
        Some(place) => check.ask_as_git(&format!("{}/scm/{place}.git", check.site), authorization(check)),
        None => check.unread(),
    }
}

fn stop_if_it_must(check: &Check<'_>, response: &Response) -> Result<()> {
    let denied = response.header("x-authentication-denied-reason").unwrap_or_default();
    if denied.starts_with("CAPTCHA") || names_exception(response, "CaptchaRequiredAuthenticationException") {
        return Err(Error::Captcha { site: check.site.short(), page: format!("{}/login", check.site) });
    }
    match response.leads_to() {
        Some(to) => Err(Error::Redirected { host: check.site.authority(), to }),
        None => Ok(()),
    }
}

fn names_exception(response: &Response, exception: &str) -> bool {
    response.body.windows(exception.len()).any(|part| part == exception.as_bytes())
}

/// The context path under which a Bitbucket answers on this host, or `None` if none does. Asks nobody's secret.
pub fn find_context(http: &Http, origin: &Site, limit: Duration) -> Result<Option<Site>> {
    // the usual ones: the root, and what Atlassian's own guides use
    for context in ["", "/bitbucket", "/stash"] {
        let Some(site) = origin.under(context) else { continue };
        if is_bitbucket(http, &site, limit)? {
            return Ok(Some(site));
        }
    }
    Ok(None)
}

/// Whether a Bitbucket answers at this very address.
fn is_bitbucket(http: &Http, site: &Site, limit: Duration) -> Result<bool> {
    let response = http.send(Request::get(format!("{site}{PROPERTIES}"), limit).over_http_if(true))?;
    let text = String::from_utf8_lossy(&response.body);
    Ok(response.status == 200 && text.contains("\"displayName\"") && text.contains("Bitbucket"))
}
