//! How a Data Center says no: JSON under `/rest`, git packets and statuses under `/scm`.

use serde_json::json;

use super::chain::{Attempt, Reason};
use crate::exchange::Reply;
use crate::git;

/// The challenge of git and REST alike.
const CHALLENGE: &str = "Basic realm=\"Atlassian Bitbucket\"";
const INCORRECT: &str = "Authentication failed. Please check your credentials and try again.";
const CAPTCHA: &str = "CAPTCHA required";
const CAPTCHA_MORE: &str = "Your Bitbucket account has been marked as requiring a CAPTCHA to be solved \
    before it may be used again.";

/// Refuses a credential.
pub fn refuse(attempt: &Attempt<'_>, reason: &Reason) -> Reply {
    match reason {
        Reason::Captcha if attempt.path.starts_with("/scm/") => {
            remote_error(attempt, &format!("{CAPTCHA}\n{CAPTCHA_MORE}"))
        }
        Reason::Captcha => {
            let message = format!("{CAPTCHA}. {CAPTCHA_MORE}");
            rest(401, &message, "auth.CaptchaRequiredAuthenticationException").header("X-ASEN", "SEN-SANDBOX")
        }
        Reason::Incorrect => rest(401, INCORRECT, "auth.IncorrectPasswordAuthenticationException"),
        Reason::Other(message, exception) => rest(401, message, exception),
    }
}

/// Refuses an authenticated caller who may not; the same 401, told apart by the exception.
pub fn not_permitted() -> Reply {
    rest(401, "You are not permitted to access this resource", "AuthorisationException")
}

/// Asks for a credential.
pub fn challenge() -> Reply {
    Reply::text(401, INCORRECT).header("WWW-Authenticate", CHALLENGE)
}

/// Refuses Basic where an administrator has switched it off; the status is as remembered from
/// reports, the vendor's pages do not name it.
pub fn basic_is_off() -> Reply {
    Reply::text(403, "Basic Authentication has been disabled on this instance.")
}

/// An error in JSON.
pub fn rest(status: u16, message: &str, exception: &str) -> Reply {
    let exception = format!("com.atlassian.bitbucket.{exception}");
    let error = json!({"context": null, "message": message, "exceptionName": exception});
    let reply = Reply::json(status, &json!({"errors": [error]}));
    match status {
        401 => reply.header("WWW-Authenticate", CHALLENGE),
        _ => reply,
    }
}

/// An ERR packet in a 200, so that git takes the credential for good.
pub fn remote_error(attempt: &Attempt<'_>, text: &str) -> Reply {
    let service = attempt.request.param("service").unwrap_or_else(|| "git-upload-pack".to_owned());
    let body =
        format!("{}0000{}", git::packet(&format!("# service={service}\n")), git::packet(&format!("ERR {text}\n")));
    let content_type = format!("application/x-{service}-advertisement");
    Reply::typed(200, &content_type, body).header("Cache-Control", "no-cache")
}
