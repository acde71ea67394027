//! Everything that can happen to a request, and the words for it where an answer says nothing about a secret.

use bitbucket_sandbox::{Certificate, Fault};
use std::time::Duration;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody gets through to the host.
    Refused,
    SelfSigned,
    OtherName,
    Expired,
    /// The connection ends in the place of an answer.
    Closed,
    /// The connection is reset in the middle of the answer.
    Reset,
    /// Nothing ever comes.
    Hang,
    /// Nothing comes after the headers.
    Stall,
    /// A byte a second.
    Slow,
    S401,
    S403,
    S404,
    S410,
    S429,
    S429After,
    S500,
    Page502,
    Page200,
    WrongJson,
    /// 5 MiB.
    Huge,
    /// 302 to another host.
    Elsewhere,
}

use Kind::{
    Closed, Elsewhere, Expired, Hang, Huge, OtherName, Page200, Page502, Refused, Reset, S401, S403, S404, S410, S429,
    S429After, S500, SelfSigned, Slow, Stall, WrongJson,
};

/// Before anything is sent.
pub const AT_THE_DOOR: [Kind; 4] = [Refused, SelfSigned, OtherName, Expired];

/// Those that wait come first, so that the others pass meanwhile.
pub const ALL: [Kind; 21] = [
    Hang, Stall, Slow, Refused, SelfSigned, OtherName, Expired, Closed, Reset, S401, S403, S404, S410, S429, S429After,
    S500, Page502, Page200, WrongJson, Huge, Elsewhere,
];

/// Nobody is told of this host.
pub const OTHER_HOST: &str = "sso.evil.example";

impl Kind {
    pub fn set(self, at: Fault) -> Fault {
        match self {
            Refused => at.refused(),
            SelfSigned => at.certificate(Certificate::SelfSigned),
            OtherName => at.certificate(Certificate::OtherName),
            Expired => at.certificate(Certificate::Expired),
            Closed => at.closed(),
            Reset => at.reset(20),
            Hang => at.delay(Duration::from_secs(3600)),
            Stall => at.stall(0),
            Slow => at.slow(),
            S401 => at.status(401),
            S403 => at.status(403),
            S404 => at.status(404),
            S410 => at.status(410),
            S429 => at.status(429),
            S429After => at.status(429).header("Retry-After", "77"),
            S500 => at.status(500),
            Page502 => at.html(502),
            Page200 => at.html(200),
            WrongJson => at.wrong_json(),
            Huge => at.big_body(5 << 20),
            Elsewhere => at.redirect(&format!("https://{OTHER_HOST}/login")),
        }
    }

    /// Whether it ends by our own limit, which is shortened then.
    pub fn waits(self) -> bool {
        matches!(self, Hang | Stall | Slow)
    }

    /// What is said where it leaves everything open.
    pub fn words(self) -> &'static str {
        match self {
            Refused => "the proxy does not reach ",
            SelfSigned => " is not trusted",
            OtherName => " is made for another name",
            Expired => " is out of date",
            Closed | Reset => "the connection to ",
            Hang | Stall | Slow => " did not answer within ",
            S401 => " answered 401, which says nothing about the sign-in",
            S403 => " answered 403, which says nothing about the sign-in",
            S404 => " answered 404, which says nothing about the sign-in",
            S410 => " answered 410, which says nothing about the sign-in",
            S429 => " has had too many requests",
            S429After => " has had too many requests, and wants 77 s of peace",
            S500 => " answered 500, which says nothing about the sign-in",
            Page502 => " answered 502, which says nothing about the sign-in",
            Page200 | WrongJson => " answered what Bitbucket does not say",
            Huge => " sent far more than an answer",
            Elsewhere => " sends us on to sso.evil.example; no secret is sent there",
        }
    }
}
