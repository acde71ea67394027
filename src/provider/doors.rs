//! What a Data Center tells of its doors: whether people get in by password at all, whether tokens may go as Basic, and
//! whether a token may write. Asked at a sign-in, and by whoever wants to explain a refusal.

use super::data_center::PROPERTIES;
use super::{Check, replies};
use crate::credential::Kind;
use crate::error::Result;
use crate::http::{Http, Request, Response};
use crate::secret::Secret;
use crate::site::Site;
use serde::Deserialize;
use std::time::Duration;

/// What git wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    Fetch,
    Push,
}

/// Whether passwords can be typed at its own login form, or only single sign-on lets people in. `None` where it does not
/// tell: a server before 7.12, a gateway, an outage. No secret is sent.
pub fn has_login_form(http: &Http, site: &Site, limit: Duration) -> Option<bool> {
    #[derive(Deserialize)]
    struct Options {
        results: Vec<LoginOption>,
    }
    #[derive(Deserialize)]
    struct LoginOption {
        #[serde(rename = "type")]
        kind: String,
    }
    let address = format!("{site}/rest/authconfig/1.0/login-options");
    let response = http.send(Request::get(address, limit).over_http_if(true)).ok()?;
    let options: Options = serde_json::from_slice(&response.body).ok().filter(|_| response.status == 200)?;
    Some(options.results.iter().any(|option| option.kind == "LOGIN_FORM"))
}

/// Whether a token that was just found good as Bearer is taken under its owner's name as Basic, too, as Git sends it
/// unless told otherwise. `None` where the answer is about something else. A right secret is no failed sign-in.
pub fn takes_basic(check: &Check<'_>) -> Option<bool> {
    let response = check.ask(format!("{}{PROPERTIES}", check.site), check.basic(&check.record.username)).ok()?;
    match replies::user(&response) {
        Some(_) => Some(true),
        None if replies::stop(check.site, &response).is_err() || replies::wants_second_factor(&response) => None,
        None if replies::has_no_basic(&response) || replies::refuses_secret(&response) => Some(false),
        None => None,
    }
}

/// Whether a token may do what git wants in a repository (`PRJ/app`), although its first request, a GET, was answered well:
/// a read-only token is refused only at the POST behind it. Sends what Git sends to try its way before a large push, and what
/// changes nothing: a flush packet (git, `probe_rpc`). `None` where neither yes nor no came, and for a password, which might
/// ring a phone.
pub fn allows(check: &Check<'_>, place: &str, errand: Errand) -> Result<Option<bool>> {
    if check.record.kind == Kind::Password {
        return Ok(None);
    }
    let response = tried(check, place, errand)?;
    replies::stop(check.site, &response)?;
    // what git is told in an ERR packet comes with a 200
    let told = response.body.get(4..8) == Some(b"ERR ");
    Ok(match response.status {
        200 if !told => Some(true),
        403 => Some(false),
        _ => None,
    })
}

fn tried(check: &Check<'_>, place: &str, errand: Errand) -> Result<Response> {
    let (service, media) = match errand {
        Errand::Fetch => ("git-upload-pack", "application/x-git-upload-pack-request"),
        Errand::Push => ("git-receive-pack", "application/x-git-receive-pack-request"),
    };
    let address = format!("{}/scm/{place}.git/{service}", check.site);
    let request = Request::post_as(address, media, Secret::new("0000"), check.limit).with(&check.bearer());
    check.http.send(request.over_http_if(true))
}
