//! What a Data Center tells of its doors to anybody: whether people get in by password at all.

use crate::http::{Http, Request};
use crate::site::Site;
use serde::Deserialize;
use std::time::Duration;

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
