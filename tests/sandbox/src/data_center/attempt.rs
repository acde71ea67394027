//! One request as the handlers see it: what it offers, what it wants, where it comes from.
//! Reads; decides nothing.

use std::net::IpAddr;

use crate::clock::Moment;
use crate::exchange::{Authorization, Request};
use crate::git::{self, Service};
use crate::lfs;

/// One attempt to authenticate a request.
pub struct Attempt<'a> {
    /// The request itself.
    pub request: &'a Request,
    /// Its path below the context path.
    pub path: &'a str,
    /// What it offers.
    pub authorization: Authorization,
    /// The present moment.
    pub now: Moment,
    /// Whether the server is too old to confine tokens to `/rest` and `/scm`.
    pub tokens_everywhere: bool,
}

/// What git wants under `/scm`.
#[derive(Debug, Clone, Copy)]
pub struct Errand<'a> {
    /// The repository, such as `prj/app`.
    pub place: &'a str,
    /// What follows it, such as `/info/refs`.
    pub tail: &'a str,
    /// Whether it reads or writes.
    pub service: Service,
}

impl Errand<'_> {
    /// Whether this is Git LFS, not git itself.
    pub fn is_lfs(&self) -> bool {
        self.tail.starts_with("/info/lfs/")
    }
}

impl Attempt<'_> {
    /// Whether tokens are honoured at this path (BSERV-19859).
    pub fn takes_tokens(&self) -> bool {
        self.tokens_everywhere || self.is_rest() || self.path.starts_with("/scm/")
    }

    /// Whether this is a REST call.
    pub fn is_rest(&self) -> bool {
        self.path.starts_with("/rest/")
    }

    /// What git wants; none if this is not git's request.
    pub fn git(&self) -> Option<Errand<'_>> {
        let (place, tail) = self.path.strip_prefix("/scm/").and_then(git::split)?;
        let service = match lfs::is_batch(tail) {
            true => lfs::service(self.request),
            false => git::service(self.request, tail),
        };
        Some(Errand { place: place.strip_suffix(".git").unwrap_or(place), tail, service })
    }

    /// Where the request comes from: the connection, or what a proxy has written into this header.
    pub fn client(&self, header: Option<&str>) -> IpAddr {
        let listed = header.and_then(|name| self.request.header(name));
        // each proxy appends the address it saw, so only the last is its word
        let last = listed.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        last.unwrap_or(self.request.client)
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let mut pairs = self.request.header("cookie")?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}
