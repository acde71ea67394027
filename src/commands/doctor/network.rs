//! The way to the server, hop by hop: proxy, name, connection, certificate, clock. Nothing secret is sent, and every step has
//! its limit.

use super::certificate::issuer;
use super::report::Finding;
use crate::calendar::http_date;
use crate::config::Network;
use crate::error::{Error, Result, Wire, shown};
use crate::http::Http;
use crate::provider::{Survey, survey};
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
    /// Where the proxy, and the certificates to trust, are set: a key and its file, or a variable.
    pub proxy_from: Option<Source>,
    pub trust_from: Option<String>,
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
    /// `None` where the name is not known.
    pub addresses: Option<usize>,
    pub connected: bool,
    /// What the server told, or where the way ended; `None` if nobody came as far.
    pub survey: Option<Result<Survey>>,
    /// Who issued a certificate that is not trusted.
    pub stranger: Option<String>,
}

const STEP: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_secs(10);
/// Seconds by which clocks may differ: what tokens that are refreshed early allow for.
const APART: u64 = crate::credential::EARLY;

/// Goes the way. Bounded by the limits above, whatever hangs.
pub fn go(way: &Way) -> Facts {
    let (host, port) = first_stop(way);
    let stop = format!("{host}:{port}");
    let addresses = resolved(&host, port);
    let connected = addresses.as_deref().is_some_and(is_open);
    let survey = connected.then(|| look(way, &way.network, LOOK));
    let untrusted = matches!(survey, Some(Err(Error::Offline { why: Wire::Tls, .. })));
    let stranger = untrusted.then(|| who_issued(way)).flatten();
    Facts { stop, addresses: addresses.map(|all| all.len()), connected, survey, stranger }
}

fn look(way: &Way, network: &Network, limit: Duration) -> Result<Survey> {
    survey(&Http::open(network)?, &way.site, way.product, limit)
}

/// Asks once more without trust, only to name the CA that is missing: no secret is sent, and the answer counts for nothing.
fn who_issued(way: &Way) -> Option<String> {
    let trusting = Network { trust_anybody: true, ca_file: None, ca_folder: None, ..way.network.clone() };
    issuer(&look(way, &trusting, STEP).ok()?.certificate?)
}

fn first_stop(way: &Way) -> (String, u16) {
    let https = if way.site.is_plain_http() { 80 } else { 443 };
    match &way.network.proxy {
        Some(proxy) => host_and_port(bare(proxy), if proxy.starts_with("socks") { 1080 } else { 80 }),
        None => host_and_port(&way.site.authority(), https),
    }
}

/// An address without scheme, user, password and path.
fn bare(proxy: &str) -> &str {
    let rest = proxy.split_once("://").map_or(proxy, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
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

/// Each stop judged, up to the one where the way ends.
pub fn judge(way: &Way, facts: &Facts, now: u64) -> Vec<Finding> {
    let mut findings = vec![proxy(way)];
    match (facts.addresses, facts.connected, &facts.survey) {
        (None, ..) => findings.push(unknown_name(way, facts)),
        (Some(_), false, _) => findings.push(unreachable(way, facts)),
        (Some(count), true, survey) => {
            findings
                .push(Finding::ok("network.name", format!("{} is known ({count} addresses) and answers", facts.stop)));
            findings.extend(trust(way, facts));
            match survey {
                Some(Ok(survey)) => findings.extend(clock(survey.date.as_deref(), now)),
                Some(Err(error)) if !is_about_trust(error) => findings.push(ended(way, error)),
                _ => {}
            }
        }
    }
    findings
}

fn proxy(way: &Way) -> Finding {
    match (&way.network.proxy, &way.proxy_from) {
        (Some(proxy), from) => {
            let from = from.as_ref().map(|from| format!(", set in {}", from.place)).unwrap_or_default();
            Finding::ok("network.proxy", format!("by the proxy {}{from}", shown(bare(proxy))))
        }
        (None, _) => Finding::ok("network.proxy", "no proxy"),
    }
}

fn unknown_name(way: &Way, facts: &Facts) -> Finding {
    let text = format!("the name of {} is not known here", shown(&facts.stop));
    Finding::bad("network.name", text, where_to_look(way))
}

fn unreachable(way: &Way, facts: &Facts) -> Finding {
    let what = if way.network.proxy.is_some() { "the proxy " } else { "" };
    Finding::bad("network.connection", format!("{what}{} does not answer", shown(&facts.stop)), where_to_look(way))
}

fn where_to_look(way: &Way) -> String {
    match (&way.network.proxy, &way.proxy_from) {
        (Some(_), Some(from)) => {
            format!(
                "set it right: `git config --global http.proxy http://HOST:PORT`; if none is needed: {}",
                from.unset
            )
        }
        _ => "look at your network; if it wants a proxy: `git config --global http.proxy http://HOST:PORT`".into(),
    }
}

/// The proxy that does not lead there, an outage, a gateway.
fn ended(way: &Way, error: &Error) -> Finding {
    let by_proxy = matches!(error, Error::Offline { .. }) && way.network.proxy.is_some();
    let finding = Finding::error("network.answer", error);
    if by_proxy { Finding { remedy: Some(where_to_look(way)), ..finding } } else { finding }
}

fn is_about_trust(error: &Error) -> bool {
    matches!(
        error,
        Error::Offline { why: Wire::Tls | Wire::NoRoots, .. } | Error::File { .. } | Error::UnsafeFile { .. }
    )
}

fn trust(way: &Way, facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "network.certificate";
    if way.site.is_plain_http() {
        let text = "plain http: whoever is on the way can read what is sent";
        let safe = way.site.is_loopback();
        return Some(if safe {
            Finding::ok(CHECK, "plain http, on this machine")
        } else {
            Finding::warn(CHECK, text, "ask for https")
        });
    }
    let from = way.trust_from.as_ref().map_or("the system's CAs".to_owned(), |from| from.clone());
    if way.network.trust_anybody {
        let text = "`http.sslVerify` is off: anybody on the way can read what is sent";
        let remedy = "`git config --global --unset http.sslVerify`, or `unset GIT_SSL_NO_VERIFY`";
        return Some(Finding::bad(CHECK, text, remedy));
    }
    match facts.survey.as_ref()? {
        Ok(survey) => {
            let issuer = survey.certificate.as_deref().and_then(issuer).unwrap_or_else(|| "somebody unnamed".into());
            Some(Finding::ok(CHECK, format!("the certificate is issued by {issuer}, trusted through {from}")))
        }
        Err(error) if is_about_trust(error) => {
            let by = facts.stranger.as_ref().map(|issuer| format!(", issued by {issuer}")).unwrap_or_default();
            let remedy = format!(
                "put that CA's certificate into a file: `git config --global http.{}.sslCAInfo FILE`",
                way.site
            );
            Some(Finding::bad(CHECK, format!("{error}{by} (looked in {from})"), remedy))
        }
        Err(_) => None,
    }
}

fn clock(date: Option<&str>, now: u64) -> Option<Finding> {
    const CHECK: &str = "network.clock";
    let theirs = http_date(date?)?;
    let apart = theirs.abs_diff(now);
    if apart < APART {
        return Some(Finding::ok(CHECK, format!("this clock and the server's are {apart} s apart")));
    }
    let side = if theirs > now { "behind" } else { "ahead of" };
    let minutes = apart / 60;
    let text = format!("this clock is {minutes} minutes {side} the server's, so tokens seem to end at the wrong time");
    Some(Finding::bad(CHECK, text, set_clock()))
}

fn set_clock() -> &'static str {
    match std::env::consts::OS {
        "windows" => "set it: `w32tm /resync`",
        "macos" => "set it: `sudo sntp -sS time.apple.com`",
        _ => "set it: `sudo timedatectl set-ntp true`",
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;

    fn way(proxy: Option<&str>) -> Way {
        let source = Source {
            place: "`http.proxy` in /x (global)".into(),
            unset: "`git config --global --unset http.proxy`".into(),
        };
        Way {
            site: Site::cloud(),
            product: Product::Cloud,
            network: Network { proxy: proxy.map(str::to_owned), ..Network::default() },
            proxy_from: proxy.map(|_| source),
            trust_from: None,
        }
    }

    fn facts(survey: Option<Result<Survey>>) -> Facts {
        Facts { stop: "h:443".into(), addresses: Some(1), connected: survey.is_some(), survey, stranger: None }
    }

    fn bad(findings: &[Finding]) -> Vec<&str> {
        findings.iter().filter(|finding| finding.verdict == Verdict::Bad).map(|finding| finding.check).collect()
    }

    #[test]
    fn the_first_stop_is_the_proxy_without_its_password() {
        let stop = |proxy| first_stop(&way(proxy));
        assert_eq!(stop(None), ("bitbucket.org".into(), 443));
        assert_eq!(stop(Some("http://al:canary@proxy.corp:3128/")), ("proxy.corp".into(), 3128));
        assert_eq!(stop(Some("socks5h://p")), ("p".into(), 1080));
        assert_eq!(stop(Some("[::1]:8080")), ("::1".into(), 8080));
        let way = way(Some("http://al:canary@proxy.corp:3128"));
        let shown = format!("{:?}", judge(&way, &facts(None), 0));
        assert!(shown.contains("proxy.corp:3128") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn the_way_is_judged_up_to_where_it_ends() {
        let nobody = Facts { addresses: None, ..facts(None) };
        assert_eq!(bad(&judge(&way(None), &nobody, 0)), ["network.name"]);
        let closed = judge(&way(Some("http://p:1")), &facts(None), 0);
        assert_eq!(bad(&closed), ["network.connection"]);
        assert!(closed[1].remedy.as_ref().is_some_and(|remedy| remedy.contains("--unset http.proxy")));
        let offline = |why| facts(Some(Err(Error::Offline { host: "h".into(), why })));
        let untrusted = Facts { stranger: Some("Acme Root".into()), ..offline(Wire::Tls) };
        let untrusted = judge(&way(None), &untrusted, 0);
        assert_eq!(bad(&untrusted), ["network.certificate"]);
        assert!(untrusted[2].text.contains("issued by Acme Root"), "{}", untrusted[2].text);
        assert_eq!(bad(&judge(&way(None), &offline(Wire::Timeout(9)), 0)), ["network.answer"]);
    }

    #[test]
    fn clocks_may_differ_by_what_tokens_allow_for() {
        let at = |now| clock(Some("Sun, 06 Nov 1994 08:49:37 GMT"), now).expect("a date");
        assert_eq!(at(784_111_777 + 299).verdict, Verdict::Ok);
        let ahead = at(784_111_777 + 3600);
        assert_eq!(ahead.verdict, Verdict::Bad);
        assert!(ahead.text.contains("60 minutes ahead of"), "{}", ahead.text);
        assert!(at(784_111_777 - 86_400).text.contains("1440 minutes behind"));
        assert_eq!(clock(None, 0), None);
    }

    #[test]
    fn trusting_anybody_is_bad_however_well_it_works() {
        let mut way = way(None);
        way.network.trust_anybody = true;
        assert_eq!(bad(&judge(&way, &facts(Some(Ok(Survey::default()))), 0)), ["network.certificate"]);
    }
}
