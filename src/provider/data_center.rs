//! Bitbucket Data Center and Server, of any age: no "who am I", but a header on every answer to somebody it knows.

use super::survey::is_in_trouble;
use super::{Check, Provider, Recipe, Verdict, refusal_of, replies};
use crate::credential::{Kind, Shape};
use crate::error::{Error, Result, Rule, Unclear, shown};
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
        replies::stop(check.site, &response)?;
        match (replies::user(&response), response.status) {
            // also where the status is 401: known, and not permitted
            (Some(username), _) => named(check, username),
            (None, 200) if is_properties(&response) => Ok(unproven(check)),
            (None, 404) => Err(Error::NoBitbucket { site: check.site.to_string() }),
            (None, _) => Ok(refused_as(check.site, &response, check.record.kind)),
        }
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
            page: replies::manage_page(site),
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

/// Somebody else than was asked for: renamed, or signed in by something that stands in front (container authentication, a
/// proxy). A request without any secret tells which.
fn named(check: &Check<'_>, username: String) -> Result<Verdict> {
    let asked = &check.record.username;
    if asked.is_empty() || crate::accounts::is_fixed(asked) || asked.to_lowercase() == username.to_lowercase() {
        return Ok(Verdict::Good { username, scopes: Vec::new() });
    }
    match known_without_a_secret(check).filter(|anybody| *anybody == username) {
        Some(found) => {
            let rule = Rule::KnowsEverybodyAs { found: shown(&found) };
            Err(Error::Rule { site: check.site.short(), rule })
        }
        None => Ok(Verdict::Good { username, scopes: Vec::new() }),
    }
}

fn known_without_a_secret(check: &Check<'_>) -> Option<String> {
    let request = Request::get(format!("{}{PROPERTIES}", check.site), check.limit).over_http_if(true);
    replies::user(&check.http.send(request).ok()?)
}

/// What a refusal without a name says of a secret of this kind.
pub(super) fn refused_as(site: &Site, response: &Response, kind: Kind) -> Verdict {
    match response {
        response if replies::wants_second_factor(response) => Verdict::SecondFactor,
        response if replies::has_no_basic(response) => Verdict::Unknown(replies::rule(site, response)),
        response if replies::refuses_secret(response) => Verdict::Refused(refusal_of(kind)),
        response => Verdict::Unknown(replies::rule(site, response)),
    }
}

/// A 200 that knows nobody: the secret was not looked at, and a refusal at Git's own door would say no more. For a password
/// that door is not tried: there it may ring a phone.
fn unproven(check: &Check<'_>) -> Verdict {
    let place = check.place.filter(|place| check.record.kind != Kind::Password && place.split('/').count() == 2);
    let as_git = |place| check.ask_as_git(&format!("{}/scm/{place}.git", check.site), authorization(check));
    match place.map(as_git) {
        Some(verdict @ Verdict::Nameless { .. }) => verdict,
        _ => check.unclear(Unclear::KnowsNobody),
    }
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
    match response.leads_to().is_some() || is_in_trouble(response.status) {
        true => Err(response.leaves_open(site.authority())),
        false => Ok(response.status == 200 && is_properties(&response)),
    }
}

fn is_properties(response: &Response) -> bool {
    let text = String::from_utf8_lossy(&response.body);
    text.contains("\"displayName\"") && text.contains("Bitbucket")
}
