//! The way to the server, gone hop by hop: name, connection, certificate, and what the server says to anybody. Nothing secret
//! is sent, and every step has its limit.

use super::certificate::issuer;
use crate::config::Network;
use crate::error::{Error, Result, Wire};
use crate::http::Http;
use crate::provider::{Survey, locate, survey, usual_places};
use crate::site::{Product, Site};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// What the way is made of, before anybody goes it.
#[derive(Clone, Debug)]
pub struct Way {
    pub site: Site,
    pub product: Product,
    pub network: Network,
    /// The proxy on the way, without whoever signs in there.
    pub proxy: Option<String>,
    /// Where the proxy, and the certificates to trust, are set: a key and its file, or a variable.
    pub proxy_from: Option<Source>,
    pub trust_from: Option<String>,
    /// For what the server says to anybody.
    pub limit: Duration,
}

/// Who set something, and how it is unset.
#[derive(Clone, Debug)]
pub struct Source {
    pub place: String,
    pub unset: String,
}

/// How far one came.
#[derive(Debug)]
pub struct Facts {
    /// The first stop: the proxy, or the server itself.
    pub stop: String,
    /// Whether its name is.
    pub known: bool,
    pub connected: bool,
    /// What the server told, or where the way ended; `None` if nobody came as far.
    pub survey: Option<Result<Survey>>,
    /// Another address at this host where a Bitbucket answers, if none does at this one.
    pub instead: Option<Site>,
    /// Who issued the certificate that is shown there.
    pub issuer: Option<String>,
}

const STEP: Duration = Duration::from_secs(5);
/// The most that a look at the server may take.
pub const LOOK: Duration = Duration::from_secs(10);

/// Goes the way. Bounded by the limits above, whatever hangs.
pub fn go(way: &Way) -> Facts {
    let (host, port) = first_stop(way);
    let stop = format!("{host}:{port}");
    let addresses = resolved(&host, port);
    let connected = addresses.as_deref().is_some_and(is_open);
    let survey = connected.then(|| look(way));
    // whoever did not answer in time would not show a certificate either
    let silent = matches!(survey, None | Some(Err(Error::Offline { why: Wire::Timeout(_), .. })));
    let looks = !silent && !way.site.is_plain_http();
    let shown = looks.then(|| Http::certificate_of(&way.network, &way.site.to_string(), STEP)).flatten();
    let instead = survey.as_ref().is_some_and(is_no_bitbucket).then(|| elsewhere(way)).flatten();
    Facts { stop, known: addresses.is_some(), connected, survey, instead, issuer: shown.as_deref().and_then(issuer) }
}

fn look(way: &Way) -> Result<Survey> {
    survey(&Http::open(&way.network)?, &way.site, way.product, way.limit)
}

fn is_no_bitbucket(survey: &Result<Survey>) -> bool {
    survey.as_ref().is_ok_and(|survey| !survey.is_bitbucket)
}

/// Under one of the usual context paths.
fn elsewhere(way: &Way) -> Option<Site> {
    let places = usual_places(&way.site.under("")?);
    locate(&Http::open(&way.network).ok()?, &places, STEP).ok()?
}

fn first_stop(way: &Way) -> (String, u16) {
    let https = if way.site.is_plain_http() { 80 } else { 443 };
    match &way.proxy {
        Some(proxy) => host_and_port(proxy.split_once("://").map_or(proxy, |(_, place)| place), 1080),
        None => host_and_port(&way.site.authority(), https),
    }
}

fn host_and_port(authority: &str, usual: u16) -> (String, u16) {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(usual)),
        _ => (authority, usual),
    };
    (host.trim_matches(['[', ']']).to_owned(), port)
}

/// In a thread that is left behind where the resolver hangs; it knows no limit of its own.
fn resolved(host: &str, port: u16) -> Option<Vec<SocketAddr>> {
    let (said, heard) = channel();
    let name = (host.to_owned(), port);
    std::thread::spawn(move || said.send(name.to_socket_addrs().map(Iterator::collect::<Vec<_>>)));
    heard.recv_timeout(STEP).ok()?.ok().filter(|addresses| !addresses.is_empty())
}

fn is_open(addresses: &[SocketAddr]) -> bool {
    let end = Instant::now() + STEP;
    addresses.iter().any(|address| {
        let left = end.saturating_duration_since(Instant::now());
        !left.is_zero() && TcpStream::connect_timeout(address, left).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_stop_is_the_proxy_or_the_server() {
        let stop = |proxy: Option<&str>| {
            let (network, proxy) = (Network::default(), proxy.map(str::to_owned));
            let (site, product) = (Site::cloud(), Product::Cloud);
            first_stop(&Way { site, product, network, proxy, proxy_from: None, trust_from: None, limit: LOOK })
        };
        assert_eq!(stop(None), ("bitbucket.org".into(), 443));
        assert_eq!(stop(Some("http://proxy.corp:3128")), ("proxy.corp".into(), 3128));
        assert_eq!(stop(Some("socks5h://[::1]:1080")), ("::1".into(), 1080));
    }
}
