//! Faults on demand: what should go wrong, where, and how often.
//! Decides only; `front` carries them out.

use std::time::Duration;

use crate::ca::Certificate;
use crate::exchange::{Reply, Request};

/// One thing that goes wrong at one place, until its count is used up or it is cleared.
#[derive(Debug, Clone)]
pub struct Fault {
    host: String,
    prefix: String,
    method: Option<String>,
    spared: u32,
    left: Option<u32>,
    pub(crate) door: Option<Door>,
    pub(crate) closed: bool,
    pub(crate) reply: Option<Reply>,
    pub(crate) delay: Option<Duration>,
    pub(crate) cut: Option<(usize, Ending)>,
    pub(crate) slow: bool,
}

/// What goes wrong before a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The proxy does not get through.
    Refused,
    /// The certificate is not the right one.
    Shows(Certificate),
}

/// How an answer breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The connection ends.
    Fin,
    /// The connection is reset (RFC 9293, 3.5.2).
    Reset,
    /// Nothing comes any more, and nothing ends.
    Silence,
}

impl Fault {
    /// A fault for every request to this host whose path begins so.
    pub fn at(host: &str, path_prefix: &str) -> Self {
        Self {
            host: host.to_owned(),
            prefix: path_prefix.to_owned(),
            method: None,
            spared: 0,
            left: None,
            door: None,
            closed: false,
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

    /// Only after so many requests that it would have met.
    #[must_use]
    pub fn after(mut self, count: u32) -> Self {
        self.spared = count;
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

    /// Lets nobody connect to this host, whatever the path.
    #[must_use]
    pub fn refused(mut self) -> Self {
        self.door = Some(Door::Refused);
        self
    }

    /// Shows this certificate for this host, whatever the path.
    #[must_use]
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.door = Some(Door::Shows(certificate));
        self
    }

    /// Ends the connection in the place of an answer; the site has done its work by then.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.closed = true;
        self
    }

    /// Breaks the connection after so many bytes of the body; the site has done its work by then.
    #[must_use]
    pub fn cut(mut self, bytes: usize) -> Self {
        self.cut = Some((bytes, Ending::Fin));
        self
    }

    /// The same with a reset.
    #[must_use]
    pub fn reset(mut self, bytes: usize) -> Self {
        self.cut = Some((bytes, Ending::Reset));
        self
    }

    /// Falls silent after the headers and so many bytes of the body.
    #[must_use]
    pub fn stall(mut self, bytes: usize) -> Self {
        self.cut = Some((bytes, Ending::Silence));
        self
    }

    /// Sends the body at one byte a second.
    #[must_use]
    pub fn slow(mut self) -> Self {
        self.slow = true;
        self
    }

    fn meets(&self, request: &Request) -> bool {
        self.door.is_none()
            && self.host == request.host
            && request.target.starts_with(&self.prefix)
            && self.method.as_ref().is_none_or(|method| *method == request.method)
    }

    /// Whether it is its turn; counts.
    fn strikes(&mut self) -> bool {
        if self.spared > 0 || self.left == Some(0) {
            self.spared = self.spared.saturating_sub(1);
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        true
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
        self.0.iter_mut().filter(|fault| fault.meets(request)).find_map(|fault| fault.strikes().then(|| fault.clone()))
    }

    /// What a connection to this host meets, counted down.
    pub fn at_door(&mut self, host: &str) -> Option<Door> {
        let mut faults = self.0.iter_mut().filter(|fault| fault.door.is_some() && fault.host == host);
        faults.find_map(|fault| fault.door.filter(|_| fault.strikes()))
    }
}
