//! How a Data Center says no: JSON under `/rest`, git packets and statuses under `/scm`.

use serde_json::json;

use super::attempt::Attempt;
use crate::exchange::Reply;
use crate::git;

/// The challenge of git and REST alike.
const CHALLENGE: &str = "Basic realm=\"Atlassian Bitbucket\"";
const INCORRECT: &str = "Authentication failed. Please check your credentials and try again.";
const CAPTCHA: &str = "CAPTCHA required";
const CAPTCHA_MORE: &str = "Your Bitbucket account has been marked as requiring a CAPTCHA to be solved \
    before it may be used again.";

/// Why a handler refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Wrong name, password or token.
    Incorrect,
    /// Too many failures; a CAPTCHA comes first.
    Captcha,
    /// What a plug-in says.
    Says(Refusal),
}

/// A refusal in a plug-in's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// Whether git hears it as an ERR packet in a 200 instead, as the built-in failure handler of SCM requests
    /// does (bitbucket-server 5.0.7, "HTTP Authentication Failure Handler Plugin Module").
    pub packet: bool,
    /// The message.
    pub message: String,
    /// The exception's name.
    pub exception: String,
}

impl Refusal {
    /// With this status and these words.
    pub fn new(status: u16, message: &str) -> Self {
        Self {
            status,
            packet: false,
            message: message.to_owned(),
            exception: "auth.AuthenticationException".to_owned(),
        }
    }

    /// The same in another exception's name.
    #[must_use]
    pub fn named(self, exception: &str) -> Self {
        Self { exception: exception.to_owned(), ..self }
    }

    /// The same, as an ERR packet where git asks.
    #[must_use]
    pub fn as_packet(self) -> Self {
        Self { packet: true, ..self }
    }
}

impl From<Refusal> for Reason {
    fn from(refusal: Refusal) -> Self {
        Self::Says(refusal)
    }
}

/// Refuses a credential; `captcha` is the status with which REST names a CAPTCHA.
pub fn refuse(attempt: &Attempt<'_>, reason: &Reason, captcha: u16) -> Reply {
    match reason {
        Reason::Incorrect => rest(401, INCORRECT, "auth.IncorrectPasswordAuthenticationException"),
        Reason::Captcha => captcha_required(attempt, captcha),
        Reason::Says(refusal) => said(attempt, refusal),
    }
}

fn captcha_required(attempt: &Attempt<'_>, status: u16) -> Reply {
    let words = format!("{CAPTCHA}\n{CAPTCHA_MORE}");
    remote_error(attempt, &words).unwrap_or_else(|| {
        let message = format!("{CAPTCHA}. {CAPTCHA_MORE}");
        rest(status, &message, "auth.CaptchaRequiredAuthenticationException").header("X-ASEN", "SEN-SANDBOX")
    })
}

fn said(attempt: &Attempt<'_>, refusal: &Refusal) -> Reply {
    let packet = refusal.packet.then(|| remote_error(attempt, &refusal.message)).flatten();
    packet.unwrap_or_else(|| match attempt.is_rest() {
        true => rest(refusal.status, &refusal.message, &refusal.exception),
        false => challenging(Reply::text(refusal.status, refusal.message.clone())),
    })
}

/// Refuses an authenticated caller who may not; the same 401, told apart by the exception.
pub fn not_permitted() -> Reply {
    rest(401, "You are not permitted to access this resource", "AuthorisationException")
}

/// Asks for a credential.
pub fn challenge() -> Reply {
    challenging(Reply::text(401, INCORRECT))
}

/// Refuses Basic where an administrator has switched it off (data-center-helm-charts pull 1101).
pub fn basic_is_off(attempt: &Attempt<'_>, status: u16) -> Reply {
    let message = "Basic Authentication has been disabled on this instance.";
    challenging(match attempt.is_rest() {
        true => Reply::json(status, &json!({"message": message})),
        false => Reply::text(status, message),
    })
}

/// An error in JSON.
pub fn rest(status: u16, message: &str, exception: &str) -> Reply {
    let exception = format!("com.atlassian.bitbucket.{exception}");
    let error = json!({"context": null, "message": message, "exceptionName": exception});
    challenging(Reply::json(status, &json!({"errors": [error]})))
}

fn challenging(reply: Reply) -> Reply {
    match reply.status {
        401 => reply.header("WWW-Authenticate", CHALLENGE),
        _ => reply,
    }
}

/// An ERR packet in a 200, so that git takes the credential for good; none if it is not git who asks.
pub fn remote_error(attempt: &Attempt<'_>, text: &str) -> Option<Reply> {
    let errand = attempt.git().filter(|errand| !errand.is_lfs())?;
    let error = git::packet(&format!("ERR {text}\n"));
    let (service, part, body) = match errand.tail.strip_prefix("/git-") {
        Some(service) => (format!("git-{service}"), "result", error),
        None => {
            let service = attempt.request.param("service").unwrap_or_else(|| "git-upload-pack".to_owned());
            let head = git::packet(&format!("# service={service}\n"));
            (service, "advertisement", format!("{head}0000{error}"))
        }
    };
    Some(Reply::typed(200, &format!("application/x-{service}-{part}"), body).header("Cache-Control", "no-cache"))
}
