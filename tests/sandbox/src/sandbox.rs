//! The handle a test holds: starts everything, gives access to the state, and stops everything when
//! dropped. Offers the moves tests make often; the rest is reached through `cloud` and `data_center`.

use std::error::Error;
use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::ca::Authority;
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::data_center::DataCenter;
use crate::faults::Fault;
use crate::front::Shared;
use crate::git::Repositories;
use crate::log::Seen;

use crate::{proxy, seeds};

/// A running sandbox.
pub struct Sandbox {
    shared: Arc<Shared>,
    proxy: SocketAddr,
    proxy_by_tls: SocketAddr,
    loopback: SocketAddr,
    ipv6: Option<SocketAddr>,
    runtime: Option<Runtime>,
    folder: TempDir,
}

impl Sandbox {
    /// Starts a sandbox with everything in [`seeds`].
    ///
    /// # Panics
    /// When no port, folder or key can be had: then no test can run.
    pub fn start() -> Self {
        Self::try_start().expect("the sandbox needs a port on 127.0.0.1, a temporary folder and a key")
    }

    /// Starts a sandbox, or says why not.
    pub fn try_start() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::Builder::new().prefix("bitbucket-sandbox-").tempdir()?;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let bind = |address: &str| runtime.block_on(TcpListener::bind(address));
        let (proxy_listener, tls_listener) = (bind("127.0.0.1:0")?, bind("127.0.0.1:0")?);
        // a machine without IPv6 goes without
        let (plain_listener, ipv6_listener) = (bind("127.0.0.1:0")?, bind("[::1]:0").ok());
        let (proxy, proxy_by_tls) = (proxy_listener.local_addr()?, tls_listener.local_addr()?);
        let loopback = plain_listener.local_addr()?;
        let ipv6 = ipv6_listener.as_ref().map(TcpListener::local_addr).transpose()?;
        let shared = Arc::new(Shared {
            state: Mutex::new(seeds::state(&format!("http://{loopback}/bitbucket"))),
            repositories: Repositories::new(folder.path().join("repositories")),
            authority: Authority::new()?,
        });
        fs::create_dir(folder.path().join("repositories"))?;
        fs::write(folder.path().join("ca.pem"), shared.authority.pem())?;
        let (certificate, key) = shared.authority.client()?;
        fs::write(folder.path().join("client.pem"), certificate)?;
        fs::write(folder.path().join("client.key"), key)?;
        runtime.spawn(proxy::listen(proxy_listener, shared.clone()));
        runtime.spawn(proxy::listen_by_tls(tls_listener, shared.clone()));
        for listener in [Some(plain_listener), ipv6_listener].into_iter().flatten() {
            runtime.spawn(proxy::listen_plain(listener, loopback.to_string(), shared.clone()));
        }
        Ok(Self { shared, proxy, proxy_by_tls, loopback, ipv6, runtime: Some(runtime), folder })
    }

    /// The proxy, for `http.proxy`.
    pub fn proxy_url(&self) -> String {
        format!("http://{}", self.proxy)
    }

    /// The same proxy behind TLS, with a certificate of the throwaway CA for `localhost`.
    pub fn proxy_url_by_tls(&self) -> String {
        format!("https://localhost:{}", self.proxy_by_tls.port())
    }

    /// The throwaway CA, for `http.sslCAInfo`.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate that the company has given a person, and its key, for `http.sslCert` and `http.sslKey`.
    pub fn client_certificate(&self) -> (PathBuf, PathBuf) {
        (self.folder.path().join("client.pem"), self.folder.path().join("client.key"))
    }

    /// The Data Center in plain http, reached without the proxy.
    pub fn loopback_site(&self) -> String {
        format!("http://{}/bitbucket", self.loopback)
    }

    /// The same Data Center at an IPv6 address, if this machine has any.
    pub fn ipv6_site(&self) -> Option<String> {
        self.ipv6.map(|address| format!("http://{address}/bitbucket"))
    }

    /// A folder that goes when the sandbox goes.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The git config to include.
    pub fn git_config(&self) -> String {
        let ca = self.ca_file().to_string_lossy().replace('\\', "/");
        let (proxy, loopback) = (self.proxy_url(), self.loopback);
        format!(
            "[http]\n\tproxy = {proxy}\n\tsslCAInfo = \"{ca}\"\n\
             [http \"http://{loopback}\"]\n\tproxy =\n"
        )
    }

    /// Looks at Bitbucket Cloud or changes it.
    pub fn cloud<T>(&self, work: impl FnOnce(&mut Cloud) -> T) -> T {
        work(&mut self.shared.state().cloud)
    }

    /// Looks at a Data Center or changes it; `site` is its address or host.
    ///
    /// # Panics
    /// When there is no such site: the test has a wrong name in it.
    pub fn data_center<T>(&self, site: &str, work: impl FnOnce(&mut DataCenter) -> T) -> T {
        let mut state = self.shared.state();
        let mut sites = state.data_centers.iter_mut();
        let found = sites.find(|one| one.base() == site || one.authority() == site);
        work(found.expect("a test names one of the sandbox's Data Centers"))
    }

    /// Opens one more Data Center at this address, with the people and repositories that all of them have.
    pub fn opens(&self, base: &str) {
        self.shared.state().data_centers.push(seeds::data_center(base));
    }

    /// Sets a fault.
    pub fn fault(&self, fault: Fault) {
        self.shared.state().faults.add(fault);
    }

    /// Everything is well again.
    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.state().log.all()
    }

    /// Every request so far to this host.
    pub fn requests_to(&self, host: &str) -> Vec<Seen> {
        self.filtered(|seen| seen.host == host)
    }

    /// Every REST call so far.
    pub fn api_requests(&self) -> Vec<Seen> {
        self.filtered(Seen::is_api)
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.shared.state().log.clear();
    }

    /// New requests as they come.
    pub fn watch(&self) -> Receiver<Seen> {
        self.shared.state().log.listen()
    }

    fn filtered(&self, wanted: impl Fn(&Seen) -> bool) -> Vec<Seen> {
        let mut all = self.requests();
        all.retain(wanted);
        all
    }

    /// The sandbox's time.
    pub fn now(&self) -> Moment {
        self.shared.state().clock.now()
    }

    /// Puts the clock of all sites forward.
    pub fn advance(&self, by: Duration) {
        self.shared.state().clock.advance(by);
    }

    /// From now on every request seems to come from this address, such as that of a VPN.
    pub fn come_from(&self, address: IpAddr) {
        self.shared.state().client = Some(address);
    }

    /// Signs this user in in the browser, at every site.
    pub fn browser_user(&self, username: &str) {
        let mut state = self.shared.state();
        state.cloud.browser_user = Some(username.to_owned());
        for site in &mut state.data_centers {
            site.browser_user = Some(username.to_owned());
        }
    }

    /// Kills a secret wherever it is good; whether it was anywhere.
    pub fn revoke(&self, secret: &str) -> bool {
        let mut state = self.shared.state();
        let mut found = state.cloud.revoke(secret);
        for site in &mut state.data_centers {
            found |= site.revoke(secret);
        }
        found
    }

    /// Kills all OAuth access tokens of a user, at every site.
    pub fn revoke_all_access_tokens(&self, user: &str) {
        let mut state = self.shared.state();
        state.cloud.oauth.revoke_all_access_tokens(user);
        for site in &mut state.data_centers {
            site.directory.oauth.revoke_all_access_tokens(user);
        }
    }

    /// Sets the life of access tokens still to be granted, in seconds, at every site.
    pub fn set_expires_in(&self, seconds: u64) {
        let mut state = self.shared.state();
        state.cloud.oauth.settings.expires_in = seconds;
        for site in &mut state.data_centers {
            site.directory.oauth.settings.expires_in = seconds;
        }
    }

    /// The commit at the end of `main`, such as of `https://bitbucket.org/acme/app`.
    pub fn head_of(&self, url: &str) -> io::Result<String> {
        self.ref_of(url, "refs/heads/main")
    }

    /// The commit of a ref; repositories that nobody has touched have none yet.
    pub fn ref_of(&self, url: &str, name: &str) -> io::Result<String> {
        let url = url.split_once("://").map_or(url, |(_, rest)| rest);
        let key = url.trim_end_matches(".git").to_lowercase();
        self.shared.repositories.rev_parse(&key, name)
    }

    /// Every secret that exists: seeded, added or granted.
    pub fn secrets(&self) -> Vec<String> {
        let state = self.shared.state();
        let cloud = state.cloud.secrets();
        cloud.into_iter().chain(state.data_centers.iter().flat_map(DataCenter::secrets)).collect()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // a fault may hold a request for long; nobody waits for it
            runtime.shutdown_background();
        }
        let astray = std::mem::take(&mut self.shared.state().astray);
        assert!(astray.is_empty() || std::thread::panicking(), "secrets went astray: {astray:#?}");
    }
}
