//! The way to a server: Git's own settings made into a client, once for each site.

use super::World;
use crate::error::Result;
use crate::http::Http;
use crate::prompt::Spinner;
use crate::site::Site;
use std::ops::Deref;
use std::rc::Rc;
use std::time::Duration;

/// A client, and a sign of life for as long as it is held.
pub struct Call {
    http: Rc<Http>,
    _sign: Option<Spinner>,
}

impl Deref for Call {
    type Target = Http;

    fn deref(&self) -> &Http {
        &self.http
    }
}

impl World {
    /// The client for one site, with Git's own network settings; opened at the first call.
    pub fn http(&self, site: &Site) -> Result<Call> {
        let sign = self.spinner(&format!("asking {}", site.short()));
        Ok(Call { http: self.connection(site)?, _sign: sign })
    }

    fn connection(&self, site: &Site) -> Result<Rc<Http>> {
        if let Some(open) = self.connections.borrow().get(site) {
            return Ok(open.clone());
        }
        let settings = self.settings()?;
        let network = settings.network(site, &self.environment)?;
        for key in settings.ignored_of_network(site) {
            self.warn(&format!(
                "`{key}` in this repository's own config is ignored; set it with `git config --global`"
            ));
        }
        if network.trust_anybody {
            self.warn(&format!(
                "WARNING: `http.sslVerify` is off, so anybody on the way can read what is sent to {site}"
            ));
        }
        let http = Rc::new(Http::open(&network)?);
        self.connections.borrow_mut().insert(site.clone(), http.clone());
        Ok(http)
    }

    /// The limit for one answer of the server.
    pub fn limit(&self, site: &Site, signing_in: bool) -> Result<Duration> {
        Ok(Duration::from_secs(self.settings()?.timeout(site, signing_in)))
    }
}
