//! The way to the server, judged stop by stop, up to where it ends: proxy, name, connection, certificate, clock.

use super::report::Finding;
use super::way::{Facts, Way};
use crate::calendar::http_date;
use crate::error::{Error, Wire, shown};

/// Seconds by which clocks may differ: what tokens that are refreshed early allow for.
const APART: u64 = crate::credential::EARLY;

/// Each stop judged, up to the one where the way ends.
pub fn judge(way: &Way, facts: &Facts, now: u64) -> Vec<Finding> {
    let mut findings = vec![proxy(way)];
    match (facts.known, facts.connected, &facts.survey) {
        (false, ..) => findings.push(unknown_name(way, facts)),
        (true, false, _) => findings.push(unreachable(way, facts)),
        (true, true, survey) => {
            findings.push(Finding::ok("network.connection", format!("{} answers", shown(&facts.stop))));
            findings.extend(trust(way, facts));
            match survey {
                Some(Ok(survey)) => findings.extend(clock(survey.date.as_deref(), now)),
                Some(Err(error)) if !is_about_trust(error) => findings.push(Finding::error("network.answer", error)),
                _ => {}
            }
        }
    }
    findings
}

fn proxy(way: &Way) -> Finding {
    match (&way.proxy, &way.proxy_from) {
        (Some(proxy), from) => {
            let from = from.as_ref().map(|from| format!(", set in {}", from.place)).unwrap_or_default();
            Finding::ok("network.proxy", format!("by the proxy {}{from}", shown(proxy)))
        }
        (None, _) => Finding::ok("network.proxy", "no proxy"),
    }
}

fn unknown_name(way: &Way, facts: &Facts) -> Finding {
    let text = format!("the name of {} is not known here", shown(&facts.stop));
    Finding::bad("network.name", text, where_to_look(way))
}

fn unreachable(way: &Way, facts: &Facts) -> Finding {
    let what = if way.proxy.is_some() { "the proxy " } else { "" };
    Finding::bad("network.connection", format!("{what}{} does not answer", shown(&facts.stop)), where_to_look(way))
}

fn where_to_look(way: &Way) -> String {
    match (&way.proxy, &way.proxy_from) {
        (Some(_), Some(from)) => {
            format!(
                "set it right: `git config --global http.proxy http://HOST:PORT`; if none is needed: {}",
                from.unset
            )
        }
        _ => "look at your network; if it wants a proxy: `git config --global http.proxy http://HOST:PORT`".into(),
    }
}

fn is_about_trust(error: &Error) -> bool {
    use Wire::{ClientCertificate, NoRoots, OtherName, OutOfDate, Tls};
    match error {
        Error::Offline { why, .. } => matches!(why, Tls | NoRoots | OtherName | OutOfDate | ClientCertificate),
        error => matches!(error, Error::File { .. } | Error::Pem { .. }),
    }
}

fn trust(way: &Way, facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "network.certificate";
    if way.site.is_plain_http() {
        return Some(match way.site.is_loopback() {
            true => Finding::ok(CHECK, "plain http, on this machine"),
            false => Finding::warn(CHECK, "plain http: whoever is on the way can read what is sent", "ask for https"),
        });
    }
    let from = way.trust_from.as_ref().map_or("the system's CAs".to_owned(), |from| from.clone());
    if way.network.trust_anybody {
        let text = "`http.sslVerify` is off: anybody on the way can read what is sent";
        let remedy = "`git config --global --unset http.sslVerify`, or `unset GIT_SSL_NO_VERIFY`";
        return Some(Finding::bad(CHECK, text, remedy));
    }
    let by = facts.issuer.as_ref().map(|issuer| format!(", issued by {issuer},")).unwrap_or_default();
    match facts.survey.as_ref()? {
        Ok(_) => Some(Finding::ok(CHECK, format!("the certificate{by} is trusted through {from}"))),
        Err(error) if is_about_trust(error) => {
            let remedy = format!(
                "put that CA's certificate into a file: `git config --global http.{}.sslCAInfo FILE`",
                way.site
            );
            let unknown = matches!(error, Error::Offline { why: Wire::Tls, .. });
            let remedy = error.hint().filter(|_| !unknown).unwrap_or(remedy);
            Some(Finding::bad(CHECK, format!("{error}{by} by {from}"), remedy))
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
    use super::super::way::Source;
    use super::*;
    use crate::config::Network;
    use crate::error::Result;
    use crate::provider::Survey;
    use crate::site::{Product, Site};

    fn way(proxy: Option<&str>) -> Way {
        let source = Source {
            place: "`http.proxy` in /x (global)".into(),
            unset: "`git config --global --unset http.proxy`".into(),
        };
        Way {
            site: Site::cloud(),
            product: Product::Cloud,
            network: Network::default(),
            proxy: proxy.map(str::to_owned),
            proxy_from: proxy.map(|_| source),
            trust_from: None,
            limit: std::time::Duration::ZERO,
        }
    }

    fn facts(survey: Option<Result<Survey>>) -> Facts {
        Facts { stop: "h:443".into(), known: true, connected: survey.is_some(), survey, instead: None, issuer: None }
    }

    fn bad(findings: &[Finding]) -> Vec<&str> {
        findings.iter().filter(|finding| finding.verdict == Verdict::Bad).map(|finding| finding.check).collect()
    }

    #[test]
    fn the_way_is_judged_up_to_where_it_ends() {
        let nobody = Facts { known: false, ..facts(None) };
        assert_eq!(bad(&judge(&way(None), &nobody, 0)), ["network.name"]);
        let closed = judge(&way(Some("http://p:1")), &facts(None), 0);
        assert_eq!(bad(&closed), ["network.connection"]);
        assert!(closed[1].remedy.as_ref().is_some_and(|remedy| remedy.contains("--unset http.proxy")));
        let offline = |why| facts(Some(Err(Error::Offline { host: "h".into(), why })));
        let untrusted = Facts { issuer: Some("Acme Root".into()), ..offline(Wire::Tls) };
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
