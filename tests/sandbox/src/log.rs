//! What was asked: every request with everything a test may want to know, raw secrets included,
//! and a line for people in which they are masked.

use hyper::HeaderMap;
use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::SystemTime;

use crate::exchange::{Authorization, Reply, Request};

/// One request and what became of it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `https` or `http`.
    pub scheme: String,
    /// The host, with its port where it is not the scheme's own.
    pub host: String,
    /// The method; `CONNECT` for a tunnel to a host that is none of ours.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The raw `Authorization` header.
    pub authorization: Option<String>,
    /// All headers.
    pub headers: HeaderMap,
    /// How long the request's body was.
    pub body_len: usize,
    /// The request's body.
    pub body: Vec<u8>,
    /// What was answered.
    pub status: u16,
    /// Who the site took the caller for.
    pub user: Option<String>,
    /// When it was answered, by the machine's clock.
    pub at: SystemTime,
}

impl Seen {
    pub(crate) fn new(request: &Request, reply: &Reply) -> Self {
        Self {
            scheme: request.scheme.clone(),
            host: request.host.clone(),
            method: request.method.clone(),
            target: request.target.clone(),
            authorization: request.header("authorization").map(str::to_owned),
            headers: request.headers.clone(),
            body_len: request.body.len(),
            body: request.body.to_vec(),
            status: reply.status,
            user: reply.user.clone(),
            at: SystemTime::now(),
        }
    }

    pub(crate) fn tunnel(host: &str, headers: &HeaderMap, status: u16) -> Self {
        Self {
            scheme: "https".to_owned(),
            host: host.trim_end_matches(":443").to_owned(),
            method: "CONNECT".to_owned(),
            target: host.to_owned(),
            authorization: None,
            headers: headers.clone(),
            body_len: 0,
            body: Vec::new(),
            status,
            user: None,
            at: SystemTime::now(),
        }
    }

    /// Whether this was a REST call, at either product.
    pub fn is_api(&self) -> bool {
        self.host == "api.bitbucket.org" || self.target.contains("/rest/")
    }

    /// The credential the request carried.
    pub fn credential(&self) -> Authorization {
        match &self.authorization {
            None => Authorization::Anonymous,
            Some(value) => Authorization::parse(value),
        }
    }

    /// Whether this text stands anywhere in the request, base64 of Basic opened.
    pub fn carries(&self, text: &str) -> bool {
        let in_basic = match self.credential() {
            Authorization::Basic { user, secret } => user.contains(text) || secret.contains(text),
            _ => false,
        };
        in_basic
            || self.target.contains(text)
            || String::from_utf8_lossy(&self.body).contains(text)
            || self.headers.values().any(|value| String::from_utf8_lossy(value.as_bytes()).contains(text))
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // a query may hold a code or a state, which are secrets too
        let path = if self.method == "CONNECT" { "" } else { self.target.split('?').next().unwrap_or_default() };
        let auth = match self.credential() {
            Authorization::Basic { user, secret } if secret.is_empty() => format!("Basic {user}:"),
            Authorization::Basic { user, .. } => format!("Basic {user}:****"),
            other => other.kind().to_owned(),
        };
        let user = self.user.as_deref().unwrap_or("-");
        let (status, method, scheme, host) = (self.status, &self.method, &self.scheme, &self.host);
        write!(f, "{status} {method:<7} {scheme}://{host}{path}  [{auth}] as {user}")
    }
}

/// Every request so far, and who wants to hear of new ones.
#[derive(Debug, Default)]
pub struct Log {
    seen: Vec<Seen>,
    listeners: Vec<Sender<Seen>>,
}

impl Log {
    /// Notes one request.
    pub fn note(&mut self, seen: Seen) {
        let told = |listener: &Sender<Seen>| listener.send(seen.clone()).is_ok();
        self.listeners.retain(told);
        self.seen.push(seen);
    }

    /// All requests, oldest first.
    pub fn all(&self) -> Vec<Seen> {
        self.seen.clone()
    }

    /// Forgets all requests.
    pub fn clear(&mut self) {
        self.seen.clear();
    }

    /// New requests as they come.
    pub fn listen(&mut self) -> Receiver<Seen> {
        let (sender, receiver) = channel();
        self.listeners.push(sender);
        receiver
    }
}
