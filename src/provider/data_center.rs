//! Bitbucket Data Center and Server, of any age: no "who am I", but a header on every answer to somebody it knows.

use super::{Check, Provider, Recipe, Verdict, clean_name, refusal_of, second_factor};
use crate::credential::{Kind, Shape};
use crate::error::{Error, Result, Unclear};
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
            (200, None) if is_properties(&response) => unproven(check),
            (_, None) => Verdict::Unknown(check.open(&response)),
        })
    }

    fn kind_of(&self, secret: &Secret) -> Result<Kind> {
        Ok(match Shape::of(secret) {
            Shape::HttpToken => Kind::HttpToken,
            _ => Kind::Password,
        })
    }

    fn recipe(&self, site: &Site) -> Recipe {
        Recipe {
            make: "Make an HTTP access token",
            page: format!("{site}/plugins/servlet/access-tokens/manage"),
            beware: "",
            choices: &[("permissions", &["project read", "repository write"])],
            besides: "",
        }
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
    match check.place.filter(|place| place.split('/').count() == 2) {
        Some(place) => check.ask_as_git(&format!("{}/scm/{place}.git", check.site), authorization(check)),
        None => check.unclear(Unclear::KnowsNobody),
    }
}

fn stop_if_it_must(check: &Check<'_>, response: &Response) -> Result<()> {
    let denied = response.header("x-authentication-denied-reason").unwrap_or_default();
    if denied.starts_with("CAPTCHA") || names_exception(response, "CaptchaRequiredAuthenticationException") {
        return Err(Error::Captcha { site: check.site.short(), page: format!("{}/login", check.site) });
    }
    match (response.leads_to(), response.status) {
        (Some(to), _) => Err(Error::Redirected { host: check.site.authority(), to }),
        (None, 404) => Err(Error::NoBitbucket { site: check.site.to_string() }),
        _ => Ok(()),
    }
}

fn names_exception(response: &Response, exception: &str) -> bool {
    response.body.windows(exception.len()).any(|part| part == exception.as_bytes())
}

/// The addresses at which a Bitbucket may be that was named without its path: the root, and what Atlassian's own guides use.
pub fn usual_places(site: &Site) -> Vec<Site> {
    match site.context() {
        "" => ["", "/bitbucket", "/stash"].iter().filter_map(|context| site.under(context)).collect(),
        _ => vec![site.clone()],
    }
}

/// The first of these places at which a Bitbucket answers; `None` if none does, an error where an outage or a gateway
/// leaves that open. Nobody's secret is sent.
pub fn locate(http: &Http, places: &[Site], limit: Duration) -> Result<Option<Site>> {
    let mut open = None;
    for site in places {
        match is_bitbucket(http, site, limit) {
            Ok(true) => return Ok(Some(site.clone())),
            Ok(false) => {}
            Err(error @ Error::Offline { .. }) => return Err(error),
            Err(error) => open = open.or(Some(error)),
        }
    }
    open.map_or(Ok(None), Err)
}

/// Whether a Bitbucket answers at this very address.
fn is_bitbucket(http: &Http, site: &Site, limit: Duration) -> Result<bool> {
    let response = http.send(Request::get(format!("{site}{PROPERTIES}"), limit).over_http_if(true))?;
    let host = site.authority();
    match (response.status, response.leads_to()) {
        (_, Some(to)) => Err(Error::Redirected { host, to }),
        (429, _) => Err(Error::TooMany { host, wait: response.retry_after() }),
        (status @ 500.., _) => Err(Error::Unexpected { host, status }),
        (status, _) => Ok(status == 200 && is_properties(&response)),
    }
}

fn is_properties(response: &Response) -> bool {
    let text = String::from_utf8_lossy(&response.body);
    text.contains("\"displayName\"") && text.contains("Bitbucket")
}
