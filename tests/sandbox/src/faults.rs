//! Faults on demand: what should go wrong, where, and how often.
//! Decides only; `front` carries them out.

use std::time::Duration;

use crate::exchange::{Reply, Request};

/// One thing that goes wrong at one place, until its count is used up or it is cleared.
#[derive(Debug, Clone)]
pub struct Fault {
    host: String,
    prefix: String,
    method: Option<String>,
    left: Option<u32>,
    pub(crate) reply: Option<Reply>,
    pub(crate) delay: Option<Duration>,
    pub(crate) cut: Option<usize>,
    pub(crate) slow: bool,
}

impl Fault {
    /// A fault for every request to this host whose path begins so.
    pub fn at(host: &str, path_prefix: &str) -> Self {
        Self {
            host: host.to_owned(),
            prefix: path_prefix.to_owned(),
            method: None,
            left: None,
            reply: None,
            delay: None,
            cut: None,
            slow: false,
        }
    }

    /// Only for this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only for so many requests.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.left = Some(count);
        self
    }

    /// Answers with this status and an empty body instead of asking the site.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.instead(Reply::status(status))
    }

    /// Adds a header to the answer, such as `Retry-After`.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.reply = self.reply.map(|reply| reply.header(name, value));
        self
    }

    /// Gives the answer a body in plain text.
    #[must_use]
    pub fn body(mut self, text: &str) -> Self {
        let reply = self.reply.take().unwrap_or_else(|| Reply::status(200));
        let body = text.to_owned().into();
        self.instead(Reply { body, ..reply }.header("Content-Type", "text/plain"))
    }

    /// Answers with a web page where something else was due.
    #[must_use]
    pub fn html(self, status: u16) -> Self {
        let page = "<!doctype html><title>Sorry</title><h1>Bitbucket is having a moment</h1>";
        self.instead(Reply::html(status, page))
    }

    /// Answers 200 with JSON that ends in the middle.
    #[must_use]
    pub fn wrong_json(self) -> Self {
        self.instead(Reply::typed(200, "application/json", r#"{"type": "user", "usern"#))
    }

    /// Answers 200 with so many bytes of JSON.
    #[must_use]
    pub fn big_body(self, bytes: usize) -> Self {
        let body = format!("\"{}\"", "a".repeat(bytes.saturating_sub(2)));
        self.instead(Reply::typed(200, "application/json", body))
    }

    /// Answers 302 to this address.
    #[must_use]
    pub fn redirect(self, to: &str) -> Self {
        self.instead(Reply::redirect(302, to))
    }

    /// Answers with this reply instead of asking the site.
    #[must_use]
    pub fn instead(mut self, reply: Reply) -> Self {
        self.reply = Some(reply);
        self
    }

    /// Holds the request back for so long in real time.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Breaks the connection after so many bytes of the body; the site has done its work by then.
    #[must_use]
    pub fn cut(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }

    /// Sends the body at one byte a second.
    #[must_use]
    pub fn slow(mut self) -> Self {
        self.slow = true;
        self
    }

    fn matches(&self, request: &Request) -> bool {
        self.left != Some(0)
            && self.host == request.host
            && request.target.starts_with(&self.prefix)
            && self.method.as_ref().is_none_or(|method| *method == request.method)
    }
}

/// All faults now set.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Sets one more; the oldest that matches is used.
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Everything is well again.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault this request meets, counted down.
    pub fn take(&mut self, request: &Request) -> Option<Fault> {
        let fault = self.0.iter_mut().find(|fault| fault.matches(request))?;
        fault.left = fault.left.map(|left| left - 1);
        Some(fault.clone())
    }
}
