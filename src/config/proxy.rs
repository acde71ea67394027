//! The proxy for one site: chosen as Git chooses it (http.c: the remote's, `http.proxy`, then the variables) and taken apart as
//! Git and libcurl take it apart. What makes no sense is an error, since going another way than Git would be no help.

use super::no_proxy::NoProxy;
use super::{Environment, Settings};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::site::Site;
use std::fmt;

/// A proxy, and the hosts that are reached without it. It shows itself without whoever signs in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    scheme: &'static str,
    host: String,
    /// `user:password`, percent-encoded as it was written.
    login: Option<Secret>,
    except: NoProxy,
}

/// Words in front of `://` that Git knows, and what they mean to libcurl.
const SCHEMES: [(&str, &str); 7] = [
    ("http", "http"),
    ("https", "https"),
    ("socks5h", "socks5h"),
    ("socks5", "socks5"),
    ("socks4a", "socks4a"),
    ("socks4", "socks4"),
    ("socks", "socks4"),
];

impl Proxy {
    /// The proxy for a site's hosts; `None` where there is none, or an empty setting says so.
    pub fn choose(settings: &Settings, site: &Site, environment: &Environment) -> Result<Option<Self>> {
        let Some((origin, address)) = chosen(settings, site, environment).filter(|(_, address)| !address.is_empty())
        else {
            return Ok(None);
        };
        let bad = || Error::BadProxy { origin: origin.clone() };
        let except = environment.said("no_proxy").or_else(|| environment.said("NO_PROXY")).unwrap_or_default();
        let proxy = Self::parse(&address, NoProxy::new(&except)).ok_or_else(bad)?;
        match method(settings, site, environment) {
            // what was to be shown by a riddle only must not be shown in the clear
            Some(method) if proxy.login.is_some() => Err(Error::ProxyMethod { method }),
            _ => Ok(Some(proxy)),
        }
    }

    /// `[scheme://][user[:password]@]host[:port][/]`; libcurl's ports where none is given.
    fn parse(address: &str, except: NoProxy) -> Option<Self> {
        let (word, rest) = address.split_once("://").unwrap_or(("http", address));
        let (_, scheme) = SCHEMES.into_iter().find(|(known, _)| word.eq_ignore_ascii_case(known))?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        // Git takes the first `@`, so one in a password has to be written `%40`
        let (login, host) = authority.split_once('@').map_or((None, authority), |(login, host)| (Some(login), host));
        let place = Site::of_request(b"https", host.as_bytes()).filter(|_| path.len() < 2)?;
        let given = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        let port = if scheme == "https" { 443 } else { 1080 };
        let host = if given { host.to_ascii_lowercase() } else { format!("{}:{port}", place.authority()) };
        let login = login.map(|login| Secret::new(encoded(login)));
        Some(Self { scheme, host, login, except })
    }

    /// Whether the way to the proxy itself is by TLS.
    pub fn speaks_tls(&self) -> bool {
        self.scheme == "https"
    }

    /// The whole address for whoever connects to `host`, the sign-in included; `None` where it is reached without.
    pub fn on_the_way_to(&self, host: &str) -> Option<Secret> {
        let login = self.login.as_ref().map(|login| [login.expose(), b"@"].concat()).unwrap_or_default();
        let url = [self.scheme.as_bytes(), b"://", &login, self.host.as_bytes()].concat();
        (!self.except.covers(host)).then(|| Secret::new(url))
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)
    }
}

/// Who says it, and what.
fn chosen(settings: &Settings, site: &Site, environment: &Environment) -> Option<(String, String)> {
    let remote = settings.of_remote(site, "proxy").map(|entry| ("remote.*.proxy".to_owned(), entry.value.clone()));
    let setting = || {
        let entry = settings.trusted("http", "proxy", &site.to_string())?;
        Some(("http.proxy".to_owned(), entry.value.clone()))
    };
    // lower case first; `HTTP_PROXY` is no such variable, since a web server sets it from a request's header
    let own: &[&str] = if site.is_plain_http() { &["http_proxy"] } else { &["https_proxy", "HTTPS_PROXY"] };
    let names = own.iter().chain(&["all_proxy", "ALL_PROXY"]);
    let variable = || names.clone().find_map(|name| Some(((*name).to_owned(), environment.said(name)?)));
    remote.or_else(setting).or_else(variable)
}

/// The way of signing in at the proxy, where it is one that we do not speak.
fn method(settings: &Settings, site: &Site, environment: &Environment) -> Option<&'static str> {
    let setting = || settings.trusted("http", "proxyAuthMethod", &site.to_string());
    let entry = settings.of_remote(site, "proxyauthmethod").or_else(setting).map(|entry| entry.value.clone());
    let word = environment.said("GIT_HTTP_PROXY_AUTHMETHOD").or(entry)?;
    ["digest", "negotiate", "ntlm"].into_iter().find(|method| *method == word)
}

/// Whatever has no place in an address becomes `%XX`; what is encoded already stays.
fn encoded(login: &str) -> Vec<u8> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:%".contains(&byte);
    let encode = |byte: u8| if plain(byte) { vec![byte] } else { format!("%{byte:02X}").into_bytes() };
    login.bytes().flat_map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(address: &str) -> Option<(String, String)> {
        let proxy = Proxy::parse(address, NoProxy::default())?;
        let whole = proxy.on_the_way_to("h.example").expect("nothing is excepted");
        Some((proxy.to_string(), whole.expose_text().expect("text").to_owned()))
    }

    #[test]
    fn an_address_is_read_as_git_and_libcurl_read_it() {
        for (address, whole) in [
            ("proxy.example:3128", "http://proxy.example:3128"),
            ("http://Proxy.example", "http://proxy.example:1080"),
            ("http://proxy.example:80/", "http://proxy.example:80"),
            ("https://proxy.example", "https://proxy.example:443"),
            ("socks5h://[::1]:9", "socks5h://[::1]:9"),
            ("socks://127.0.0.1", "socks4://127.0.0.1:1080"),
            ("SOCKS5://[::1]", "socks5://[::1]:1080"),
        ] {
            assert_eq!(parsed(address), Some((whole.to_owned(), whole.to_owned())), "{address}");
        }
    }

    #[test]
    fn who_signs_in_at_the_proxy_is_in_the_address_and_never_in_what_is_shown() {
        let (shown, whole) = parsed("http://al:p%40ss wörd@p:1").expect("an address");
        assert_eq!((shown.as_str(), whole.as_str()), ("http://p:1", "http://al:p%40ss%20w%C3%B6rd@p:1"));
        let proxy = Proxy::parse("http://al:canary@p:1", NoProxy::default()).expect("an address");
        assert!(!format!("{proxy} {proxy:?}").contains("canary"));
    }

    #[test]
    fn what_makes_no_sense_is_no_proxy() {
        for address in [
            "http://",
            "://p",
            "http://:::",
            "http://p:x",
            "http://p:99999",
            "ftp://p:1",
            "socks6://p",
            "http://al:p@ss@p:1",
            "http://p:1/path",
            "http://p q:1",
        ] {
            assert_eq!(parsed(address), None, "{address}");
        }
    }

    fn of(settings: &str, variables: Environment) -> Result<Option<String>> {
        let settings = Settings::parse(settings.replace('|', "\0").as_bytes());
        let site = Site::parse("https://git.corp.example").expect("a site");
        Ok(Proxy::choose(&settings, &site, &variables)?.map(|proxy| proxy.to_string()))
    }

    #[test]
    fn the_remote_comes_before_the_settings_and_these_before_the_variables() {
        let all = "global|remote.up.url\nhttps://al@git.corp.example/scm/a.git|command|remote.up.proxy\nremote:1|global|http.proxy\nsetting:1|";
        let variables =
            || Environment::from([("https_proxy", "lower:1"), ("HTTPS_PROXY", "upper:1"), ("all_proxy", "all:1")]);
        assert_eq!(of(all, variables()), Ok(Some("http://remote:1".into())));
        assert_eq!(of("global|http.proxy\nsetting:1|", variables()), Ok(Some("http://setting:1".into())));
        assert_eq!(
            of("global|remote.up.url\nhttps://h/a|global|remote.up.proxy\nx:1|", variables()),
            Ok(Some("http://lower:1".into()))
        );
        assert_eq!(
            of("local|http.proxy\nevil:1|local|remote.up.proxy\nevil:1|", variables()),
            Ok(Some("http://lower:1".into()))
        );
        assert_eq!(
            of("", Environment::from([("ALL_PROXY", "all:1"), ("HTTP_PROXY", "cgi:1")])),
            Ok(Some("http://all:1".into()))
        );
    }

    #[test]
    fn an_empty_word_means_none_wherever_it_stands() {
        for (settings, variables) in [
            ("global|http.proxy\nx:1|global|http.https://git.corp.example.proxy\n|", Environment::default()),
            ("global|http.proxy\n|", Environment::from([("https_proxy", "x:1")])),
            ("", Environment::from([("https_proxy", ""), ("HTTPS_PROXY", "x:1"), ("ALL_PROXY", "x:1")])),
        ] {
            assert_eq!(of(settings, variables), Ok(None), "{settings}");
        }
    }

    #[test]
    fn a_proxy_that_makes_no_sense_is_an_error_that_names_who_said_it() {
        assert_eq!(
            of("global|http.proxy\nftp://x|", Environment::default()),
            Err(Error::BadProxy { origin: "http.proxy".into() })
        );
        let variable = Environment::from([("ALL_PROXY", "http://:::")]);
        assert_eq!(of("", variable), Err(Error::BadProxy { origin: "ALL_PROXY".into() }));
    }

    #[test]
    fn a_password_for_a_riddle_is_not_shown_in_the_clear() {
        let digest = "global|http.proxy\nhttp://al:canary@p:1|global|http.proxyauthmethod\ndigest|";
        assert_eq!(of(digest, Environment::default()), Err(Error::ProxyMethod { method: "digest" }));
        let basic = Environment::from([("GIT_HTTP_PROXY_AUTHMETHOD", "basic")]);
        assert_eq!(of(digest, basic), Ok(Some("http://p:1".into())));
    }

    proptest! {
        #[test]
        fn whoever_reads_the_address_finds_the_same_host_and_nobody_is_shown_the_password(
            junk in any::<String>(), login in "|[^@/\0]{0,12}@", host in "[a-z0-9.:\\[\\] -]{0,16}|proxy\\.example|\\[::1\\]", port in "(:[0-9]{0,6})?/?"
        ) {
            for address in [junk, format!("http://{login}{host}{port}"), format!("socks5h://{login}{host}{port}")] {
                let Some((shown, whole)) = parsed(&address) else { continue };
                let urls = [&shown, &whole].map(|text| url::Url::parse(text).expect("an address for everybody"));
                prop_assert!(!shown.contains('@') && urls[0].username().is_empty());
                prop_assert_eq!(urls[0].host_str(), urls[1].host_str());
                prop_assert!(whole.is_ascii() && !whole.contains(|c: char| c.is_ascii_control() || c == ' '));
            }
        }
    }
}
