//! A site is understood in one way only: as it shows itself, and as the reader of addresses that opens connections does it
//! (the `url` crate, which is reqwest's).

use crate::accounts::{is_straight, place_in, typed_place};
use crate::site::Site;
use url::{Host, Url};

pub fn hold(bytes: &[u8]) {
    let (first, second) = super::two(bytes, b'\n');
    asked_for(first, second);
    if let Ok(text) = std::str::from_utf8(first) {
        typed(text);
        redirected(text);
        if let Some(site) = std::str::from_utf8(second).ok().and_then(|context| Site::cloud().under(context)) {
            assert!(site.is_cloud() && site.context().is_empty());
        }
    }
}

/// As Git names it: protocol and host.
fn asked_for(host: &[u8], path: &[u8]) {
    assert_eq!(Site::of_request(b"ssh", host), None);
    for protocol in [&b"https"[..], b"http"] {
        let Some(site) = Site::of_request(protocol, host) else { continue };
        settled(&site);
        assert_eq!(site.protocol().as_bytes(), protocol);
        assert_eq!(Some(&site), Site::of_request(protocol, site.authority().as_bytes()).as_ref());
        if site.is_cloud() {
            let name = String::from_utf8_lossy(host).to_ascii_lowercase();
            let name = name.strip_suffix(if protocol == b"https" { ":443" } else { ":80" }).unwrap_or(&name);
            assert!(["bitbucket.org", "www.bitbucket.org"].contains(&name), "a look-alike is the Cloud");
        }
        placed(&site, path);
    }
}

fn placed(site: &Site, path: &[u8]) {
    if let Some(context) = Site::context_in(path) {
        settled(&site.under(&context).expect("a context is plain"));
    }
    if let Some(place) = place_in(site, path) {
        assert!(!place.is_empty());
        assert!(!is_straight(&place) || !place.split('/').any(|segment| [".", "..", ""].contains(&segment)));
    }
    if let Ok(place) = typed_place(site, &String::from_utf8_lossy(path)) {
        assert!(is_straight(&place) && place.split('/').count() <= 2);
    }
}

/// As a person types it.
fn typed(text: &str) {
    let Ok(site) = Site::parse(text) else { return };
    settled(&site);
    let address = text.trim();
    let address = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    if let Ok(url) = Url::parse(&address) {
        let same = same_host(&site, &url) || site.is_cloud() && url.host_str() == Some("www.bitbucket.org");
        assert!(same, "two readers, two hosts: {site} {url}");
        assert_eq!((url.scheme(), port_of(&site)), (site.protocol(), url.port()));
    }
}

/// It shows itself as an address that is read as the same site, by us and by whoever connects to it.
fn settled(site: &Site) {
    let shown = site.to_string();
    assert!(shown.is_ascii() && !shown.contains(|c: char| c.is_ascii_control() || c == ' '));
    assert_eq!(site.authority(), site.authority().to_ascii_lowercase());
    assert_eq!(Site::parse(&shown).as_ref(), Ok(site));
    assert_eq!(
        Site::parse(&site.short()).ok().filter(|_| !site.is_plain_http()).as_ref(),
        Some(site).filter(|_| !site.is_plain_http())
    );
    assert!(site.same_origin(&site.origin()) && site.origin().context().is_empty());
    let punycode = site.authority().split('.').any(|label| label.starts_with("xn--"));
    match Url::parse(&shown) {
        Ok(url) => {
            assert!(same_host(site, &url), "two readers, two hosts: {shown} {url}");
            assert_eq!((url.scheme(), url.port()), (site.protocol(), port_of(site)));
            assert_eq!(url.path().trim_end_matches('/'), site.context());
            assert!(url.username().is_empty() && url.query().is_none() && url.fragment().is_none());
        }
        // a name that no reader can decode leads nowhere
        Err(_) => assert!(punycode, "nobody can connect to {shown}"),
    }
}

/// An IPv6 address is shown as it was written, so it is compared as an address.
fn same_host(site: &Site, url: &Url) -> bool {
    let authority = site.authority();
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => name,
        _ => &authority,
    };
    match url.host() {
        Some(Host::Ipv6(address)) => name.trim_matches(['[', ']']).parse() == Ok(address),
        Some(host) => host.to_string() == name,
        None => false,
    }
}

fn port_of(site: &Site) -> Option<u16> {
    let authority = site.authority();
    authority.rsplit_once(':').filter(|(_, port)| !port.contains(']')).and_then(|(_, port)| port.parse().ok())
}

/// A redirect address leads to this machine, whoever reads it.
fn redirected(text: &str) {
    let Ok(redirect) = crate::loopback::Redirect::parse(text) else { return };
    let url = Url::parse(text).expect("an address for everybody");
    let here = ["127.0.0.1", "[::1]", "localhost"].contains(&url.host_str().unwrap_or_default());
    assert!(here && url.scheme() == "http" && url.username().is_empty() && url.query().is_none());
    assert_eq!(crate::loopback::Redirect::parse(text), Ok(redirect));
}
