//! Git's network settings for one site: `http.<url>.*`, the `GIT_SSL_*` variables that beat them (git, "ENVIRONMENT
//! VARIABLES"; http.c), and the proxy variables as libcurl reads them.

use super::{Environment, Settings};
use crate::site::Site;
use std::path::PathBuf;

/// What a client needs to know to go the way that Git goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    pub proxy: Option<String>,
    pub ca_file: Option<PathBuf>,
    pub ca_folder: Option<PathBuf>,
    pub client_certificate: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub trust_anybody: bool,
}

impl Settings {
    /// The network settings for a URL of `site` (its API may live on another host than its repositories).
    pub fn network(&self, site: &Site, environment: &Environment) -> Network {
        let url = site.to_string();
        let path = |key: &str, variable: &str| {
            environment.path(variable).or_else(|| self.path("http", key, &url, environment.home().as_ref()))
        };
        let no_verify = environment.text("GIT_SSL_NO_VERIFY").is_some();
        Network {
            proxy: self.proxy(site, environment),
            ca_file: path("sslCAInfo", "GIT_SSL_CAINFO"),
            ca_folder: path("sslCAPath", "GIT_SSL_CAPATH"),
            client_certificate: path("sslCert", "GIT_SSL_CERT"),
            client_key: path("sslKey", "GIT_SSL_KEY"),
            trust_anybody: no_verify || self.flag("http", "sslVerify", &url) == Some(false),
        }
    }

    /// `http.proxy`, where an empty value means "none", then the variables; `NO_PROXY` speaks for both (CURLOPT_NOPROXY).
    fn proxy(&self, site: &Site, environment: &Environment) -> Option<String> {
        if no_proxy(environment, site) {
            return None;
        }
        if let Some(entry) = self.trusted("http", "proxy", &site.to_string()) {
            return Some(entry.value.clone()).filter(|proxy| !proxy.is_empty());
        }
        let own: &[&str] = if site.is_plain_http() { &["http_proxy"] } else { &["https_proxy", "HTTPS_PROXY"] };
        own.iter().chain(&["all_proxy", "ALL_PROXY"]).find_map(|name| environment.text(name))
    }
}

/// A list of hosts and domains; `*` is all of them (CURLOPT_NOPROXY).
fn no_proxy(environment: &Environment, site: &Site) -> bool {
    let list = environment.text("no_proxy").or_else(|| environment.text("NO_PROXY")).unwrap_or_default();
    let authority = site.authority();
    let host =
        authority.rsplit_once(':').filter(|_| !authority.ends_with(']')).map_or(authority.as_str(), |(host, _)| host);
    list.split([',', ' ']).map(|name| name.trim_start_matches('.').to_ascii_lowercase()).any(|name| {
        let below = host.strip_suffix(&name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        name == "*" || !name.is_empty() && (below || name == authority)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(address: &str) -> Site {
        Site::parse(address).expect("a site")
    }

    #[test]
    fn gits_proxy_setting_beats_the_variables_and_an_empty_one_means_none() {
        let environment = Environment::from([("https_proxy", "http://variable:1")]);
        let settings = Settings::parse(b"global\0http.https://git.corp.example.proxy\n\0global\0http.https://bitbucket.org.proxy\nhttp://setting:2\0");
        let proxy = |address: &str| settings.network(&site(address), &environment).proxy;
        assert_eq!(proxy("https://bitbucket.org").as_deref(), Some("http://setting:2"));
        assert_eq!(proxy("https://git.corp.example"), None);
        assert_eq!(proxy("https://other.example").as_deref(), Some("http://variable:1"));
    }

    #[test]
    fn no_proxy_means_whole_names_and_domains() {
        let environment =
            Environment::from([("NO_PROXY", "corp.example, .internal,[::1]"), ("ALL_PROXY", "http://p:1")]);
        let straight = |address: &str| Settings::default().network(&site(address), &environment).proxy.is_none();
        for address in ["https://corp.example", "https://git.corp.example:8443", "https://a.internal"] {
            assert!(straight(address), "{address}");
        }
        assert!(!straight("https://evilcorp.example") && !straight("https://bitbucket.org"));
    }

    #[test]
    fn a_repository_cannot_set_the_proxy_or_the_certificates() {
        let settings = Settings::parse(b"local\0http.proxy\nhttp://evil:1\0local\0http.sslverify\nfalse\0");
        assert_eq!(settings.network(&Site::cloud(), &Environment::default()), Network::default());
    }
}
