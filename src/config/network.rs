//! Git's network settings for one site: `http.<url>.*`, the `GIT_SSL_*` variables that beat them (git, "ENVIRONMENT
//! VARIABLES"; http.c), and the proxy.

use super::proxy::Proxy;
use super::{Entry, Environment, Settings};
use crate::error::Result;
use crate::site::Site;
use std::path::PathBuf;

/// What a client needs to know to go the way that Git goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    pub proxy: Option<Proxy>,
    pub ca_file: Option<PathBuf>,
    pub ca_folder: Option<PathBuf>,
    /// Whom an https proxy is trusted by, besides.
    pub proxy_ca_file: Option<PathBuf>,
    pub client_certificate: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub trust_anybody: bool,
    /// Without TLS, so that no certificate is needed.
    pub plain: bool,
}

/// Git's keys that decide over the way to a server, which a repository's own config may not.
const KEYS: [&str; 8] =
    ["proxy", "proxyauthmethod", "proxysslcainfo", "sslcainfo", "sslcapath", "sslcert", "sslkey", "sslverify"];

impl Settings {
    /// The network settings for a URL of `site` (its API may live on another host than its repositories); an error where the
    /// proxy makes no sense.
    pub fn network(&self, site: &Site, environment: &Environment) -> Result<Network> {
        let url = site.to_string();
        let path = |key: &str, variable: &str| {
            environment.path(variable).or_else(|| self.path("http", key, &url, environment.home().as_ref()))
        };
        // Git asks only whether it is set
        let no_verify = environment.said("GIT_SSL_NO_VERIFY").is_some();
        Ok(Network {
            proxy: Proxy::choose(self, site, environment)?,
            ca_file: path("sslCAInfo", "GIT_SSL_CAINFO"),
            ca_folder: path("sslCAPath", "GIT_SSL_CAPATH"),
            proxy_ca_file: path("proxySSLCAInfo", "GIT_PROXY_SSL_CAINFO"),
            client_certificate: path("sslCert", "GIT_SSL_CERT"),
            client_key: path("sslKey", "GIT_SSL_KEY"),
            trust_anybody: no_verify || self.flag("http", "sslVerify", &url) == Some(false),
            plain: site.is_plain_http(),
        })
    }

    /// Git's network keys that only the repository sets, and that we therefore go without.
    pub fn ignored_of_network(&self, site: &Site) -> Vec<String> {
        let url = site.to_string();
        let repository = |key: &&&str| self.best("http", key, &url, |_| true).is_some_and(|entry| !entry.is_trusted());
        let own = KEYS.iter().filter(repository).map(|key| format!("http.{key}"));
        let remotes = self.section("remote").filter(|entry| entry.key != "url" && !entry.is_trusted());
        let here = |name: &Option<String>| self.remotes_at(site).any(|remote| Some(remote) == name.as_deref());
        own.chain(remotes.filter(|entry| here(&entry.url)).map(|entry| format!("remote.*.{}", entry.key))).collect()
    }

    /// `remote.<name>.key` of the remote that lives at this site, since Git tells its helpers no remote's name.
    pub(super) fn of_remote(&self, site: &Site, key: &str) -> Option<&Entry> {
        let of = |name: &str| {
            let named = |entry: &&Entry| entry.url.as_deref() == Some(name) && entry.key == key && entry.is_trusted();
            self.section("remote").filter(named).last()
        };
        self.remotes_at(site).find_map(of)
    }

    fn remotes_at(&self, site: &Site) -> impl Iterator<Item = &str> {
        let here = |entry: &&Entry| Site::parse(&entry.value).is_ok_and(|there| there.same_origin(site));
        let addresses = self.section("remote").filter(|entry| entry.key == "url").filter(here);
        addresses.filter_map(|entry| entry.url.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_cannot_set_the_proxy_or_the_certificates_and_is_told_on() {
        let settings = Settings::parse(
            b"local\0http.proxy\nhttp://evil:1\0local\0http.sslverify\nfalse\0local\0remote.origin.url\nhttps://bitbucket.org/a/b\0local\0remote.origin.proxy\nevil:1\0",
        );
        assert_eq!(settings.network(&Site::cloud(), &Environment::default()), Ok(Network::default()));
        assert_eq!(settings.ignored_of_network(&Site::cloud()), ["http.proxy", "http.sslverify", "remote.*.proxy"]);
    }

    #[test]
    fn certificates_are_checked_unless_git_would_not() {
        let trusting = |variables: Environment| {
            Settings::default().network(&Site::cloud(), &variables).expect("no proxy").trust_anybody
        };
        assert!(!trusting(Environment::default()));
        assert!(trusting(Environment::from([("GIT_SSL_NO_VERIFY", "")])));
    }
}
