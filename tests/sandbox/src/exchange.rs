//! One request and one reply, as the sites see them: whole bodies, decoded paths.
//! Knows HTTP, and next to nothing of Bitbucket.

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::HeaderMap;
use hyper::body::Bytes;
use serde_json::Value;
use std::collections::HashMap;
use std::net::IpAddr;

use crate::data_center::Held;
use crate::git;

/// A request as it reached a site.
#[derive(Debug, Clone)]
pub struct Request {
    /// `https` or `http`.
    pub scheme: String,
    /// The host, with the port where it is not the scheme's own.
    pub host: String,
    /// The method in capitals.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body, chunks joined.
    pub body: Bytes,
    /// Where the connection comes from.
    pub client: IpAddr,
}

/// What the `Authorization` header offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorization {
    /// No header.
    Anonymous,
    /// RFC 7617.
    Basic {
        /// Before the first colon.
        user: String,
        /// After it.
        secret: String,
    },
    /// RFC 6750.
    Bearer(String),
    /// A scheme nobody here knows.
    Other,
}

impl Request {
    /// The path, percent-decoded.
    pub fn path(&self) -> String {
        let raw = self.target.split('?').next().unwrap_or_default();
        percent_decode(raw)
    }

    /// The query without its question mark.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// One parameter of the query.
    pub fn param(&self, name: &str) -> Option<String> {
        pairs(self.query().as_bytes()).remove(name)
    }

    /// The body read as a form.
    pub fn form(&self) -> HashMap<String, String> {
        pairs(&self.body)
    }

    /// The body read as JSON, or null.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// One header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The credential offered.
    pub fn authorization(&self) -> Authorization {
        match self.header("authorization") {
            None => Authorization::Anonymous,
            Some(value) => Authorization::parse(value),
        }
    }
}

impl Authorization {
    /// Reads the header's value.
    pub fn parse(value: &str) -> Self {
        let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
        match scheme.to_ascii_lowercase().as_str() {
            "basic" => Self::basic(rest.trim()).unwrap_or(Self::Other),
            "bearer" => Self::Bearer(rest.trim().to_owned()),
            _ => Self::Other,
        }
    }

    fn basic(encoded: &str) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (user, secret) = text.split_once(':')?;
        Some(Self::Basic { user: user.to_owned(), secret: secret.to_owned() })
    }

    /// `Basic` or `Bearer`, for people's eyes.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Anonymous => "-",
            Self::Basic { .. } => "Basic",
            Self::Bearer(_) => "Bearer",
            Self::Other => "other",
        }
    }
}

/// What a site wants done with a request.
pub enum Answer {
    /// Say this.
    Reply(Reply),
    /// Let `git http-backend` answer.
    Git(git::Call),
    /// Wait, and ask the site again.
    Held(Held),
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

/// A finished reply.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// Who the site took the caller for; goes into the log, not to the caller.
    pub user: Option<String>,
}

impl Reply {
    /// A reply without a body.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// A reply in plain text, which git shows as `remote:` lines.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self::typed(status, "text/plain; charset=utf-8", body.into())
    }

    /// A reply in JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::typed(status, "application/json", body.to_string())
    }

    /// A web page.
    pub fn html(status: u16, body: impl Into<String>) -> Self {
        Self::typed(status, "text/html; charset=utf-8", body.into())
    }

    /// A redirection.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::status(status).header("Location", location)
    }

    /// A reply of any content type.
    pub fn typed(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self { status, body: body.into(), ..Self::default() }.header("Content-Type", content_type)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Notes for the log who was served.
    #[must_use]
    pub fn served(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }
}

/// Decodes `%41`; leaves what is not a valid escape.
pub fn percent_decode(text: &str) -> String {
    // `+` means itself in a path, and a space only in a form
    let kept = text.replace('+', "%2B");
    url::form_urlencoded::parse(format!("x={}", kept.replace('&', "%26")).as_bytes())
        .map(|(_, value)| value.into_owned())
        .next()
        .unwrap_or_default()
}

/// Encodes a name as Java's `URLEncoder` does, which is what `X-AUSERNAME` holds.
pub fn percent_encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn pairs(text: &[u8]) -> HashMap<String, String> {
    url::form_urlencoded::parse(text).into_owned().collect()
}
