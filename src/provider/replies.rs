//! What an answer of a Data Center says of whoever asked: a name, a refusal of the secret, or a rule of its administrator.
//! Plug-ins answer in words and statuses of their own, so only what is known for certain counts against a secret.

use super::said;
use crate::error::{Error, Rule, shown};
use crate::http::Response;
use crate::site::Site;
use serde_json::Value;

/// Where people make, see and delete their HTTP access tokens.
pub fn manage_page(site: &Site) -> String {
    format!("{site}/plugins/servlet/access-tokens/manage")
}

/// Who asked, where it knows.
pub fn user(response: &Response) -> Option<String> {
    said::encoded_username(response.header("x-ausername")?)
}

/// What stops everything, since one more try only makes it worse: a CAPTCHA, a gateway before the server.
pub fn stop(site: &Site, response: &Response) -> Result<(), Error> {
    if wants_captcha(response) {
        return Err(Error::Captcha { site: site.short(), page: format!("{site}/login") });
    }
    match response.leads_to() {
        Some(to) => Err(Error::Redirected { host: site.authority(), to }),
        None => Ok(()),
    }
}

/// In Bitbucket's own form, and in the two headers of Jira's that a shared plug-in may send.
fn wants_captcha(response: &Response) -> bool {
    let header = |name| response.header(name).unwrap_or_default();
    header("x-authentication-denied-reason").starts_with("CAPTCHA")
        || header("x-seraph-loginreason").contains("AUTHENTICATION_DENIED")
        || exception(response).is_some_and(|name| name.ends_with("CaptchaRequiredAuthenticationException"))
}

/// Whether it wants a second factor, and says so.
pub fn wants_second_factor(response: &Response) -> bool {
    matches!(response.status, 401 | 403) && super::second_factor(response)
}

/// "Basic Authentication has been disabled on this instance." (data-center-helm-charts pull 1101)
pub fn has_no_basic(response: &Response) -> bool {
    let text = String::from_utf8_lossy(&response.body).to_lowercase();
    matches!(response.status, 401 | 403) && text.contains("basic auth") && text.contains("disabled")
}

/// Whether the secret itself is refused. A 401 in another exception's name is about something else: a directory that is
/// silent, an inactive user, a plug-in's rule; a page of HTML comes from something else altogether.
pub fn refuses_secret(response: &Response) -> bool {
    const WRONG: &str = "IncorrectPasswordAuthenticationException";
    let is_page = response.header("content-type").is_some_and(|media| media.starts_with("text/html"));
    response.status == 401 && !is_page && exception(response).is_none_or(|name| name.ends_with(WRONG))
}

/// What is left to say of an answer that proves nothing: the server's own words, if it has any.
pub fn rule(site: &Site, response: &Response) -> Error {
    if has_no_basic(response) {
        return Error::Rule { site: site.short(), rule: Rule::NoBasic { page: manage_page(site) } };
    }
    match words(response).filter(|_| matches!(response.status, 401 | 403)) {
        Some(said) => Error::Rule { site: site.short(), rule: Rule::Says { said } },
        None => response.leaves_open(site.authority()),
    }
}

/// The message of an error, safe to show.
pub fn words(response: &Response) -> Option<String> {
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let message = match &body {
        Some(body) => error_of(body)["message"].as_str().or(body["message"].as_str()).map(str::to_owned),
        None if response.header("content-type").is_some_and(|media| media.starts_with("text/plain")) => {
            Some(String::from_utf8_lossy(&response.body).into_owned())
        }
        None => None,
    };
    let message = message.map(|text| shown(text.trim().trim_end_matches('.')));
    message.filter(|text| !text.is_empty())
}

fn exception(response: &Response) -> Option<String> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    error_of(&body)["exceptionName"].as_str().map(str::to_owned)
}

fn error_of(body: &Value) -> &Value {
    &body["errors"][0]
}
