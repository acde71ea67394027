//! Everything the sandbox remembers, behind one lock, and which site a host's name leads to.

use serde_json::json;
use std::net::IpAddr;

use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::data_center::{DataCenter, Settled};
use crate::exchange::{Answer, Reply, Request};
use crate::faults::Faults;
use crate::log::{Log, Seen};

/// Both products and what was asked of them.
#[derive(Default)]
pub struct State {
    /// The clock of all sites.
    pub clock: Clock,
    /// Bitbucket Cloud.
    pub cloud: Cloud,
    /// Every Data Center.
    pub data_centers: Vec<DataCenter>,
    /// The request log.
    pub log: Log,
    /// What goes wrong at present.
    pub faults: Faults,
    /// Where every request seems to come from; the loopback if nowhere.
    pub client: Option<IpAddr>,
    /// Requests that took a secret to a host that is none of the sandbox's, or over a wire in the clear; `clear_log` keeps them.
    pub astray: Vec<String>,
}

impl State {
    /// Lets the site that the host's name leads to answer, or go on with a request that was held.
    pub fn answer(&mut self, request: &Request, settled: Option<Settled>) -> Answer {
        let now = self.clock.now();
        if let Some(site) = self.data_centers.iter_mut().find(|site| site.serves(request)) {
            return site.answer(request, settled, now);
        }
        match (request.scheme.as_str(), request.host.as_str()) {
            ("https", "bitbucket.org" | "api.bitbucket.org") => self.cloud.answer(request, now),
            ("https", "www.bitbucket.org") => {
                let to = format!("https://bitbucket.org{}", request.target);
                Reply::redirect(301, &to).into()
            }
            // the worst case: something that answers in the name of the true site, in the clear
            ("http", "bitbucket.org" | "api.bitbucket.org") => ask("Bitbucket.org HTTP").into(),
            _ => ask("Atlassian Bitbucket").into(),
        }
    }

    /// Logs a request, and remembers it where a secret went astray with it. All secrets hold `canary`.
    pub fn note(&mut self, seen: Seen) {
        if seen.carries("canary") && !self.may_hear_secrets(&seen) {
            self.astray.push(seen.to_string());
        }
        self.log.note(seen);
    }

    fn may_hear_secrets(&self, seen: &Seen) -> bool {
        let at = format!("{}://{}", seen.scheme, seen.host);
        let is_own = seen.scheme == "https" && self.knows(&seen.host);
        is_own || self.data_centers.iter().any(|site| site.base().starts_with(&at))
    }

    /// Whether this name belongs to the sandbox's own sites.
    pub fn knows(&self, host: &str) -> bool {
        host == "bitbucket.org"
            || host.ends_with(".bitbucket.org") && ["api", "www"].contains(&host.trim_end_matches(".bitbucket.org"))
            || self.data_centers.iter().any(|site| site.authority() == host)
    }

    /// Whether nobody reaches this host without a certificate of their own.
    pub fn demands_certificate(&self, host: &str) -> bool {
        self.data_centers.iter().any(|site| site.authority() == host && site.switches.client_certificate)
    }
}

/// The attacker's site: asks everybody for a password and takes none.
fn ask(realm: &str) -> Reply {
    Reply::json(401, &json!({"errors": [{"message": "Please sign in."}]}))
        .header("WWW-Authenticate", &format!("Basic realm=\"{realm}\""))
}
