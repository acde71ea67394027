//! The only maker of a site: scheme, host, port and context path, taken apart strictly.
//! Anything that two readers could understand differently is no site. It asks nobody and reads no setting.

use crate::error::{Error, Result};
use std::fmt;

/// How a site is reached; plain http needs the user's permission (`bitbucket.allowHttp`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    Https,
    Http,
}

/// One Bitbucket. Made only by the functions here, so a `Site` is always lower-case, ASCII and without a default port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    scheme: Scheme,
    host: String,
    port: Option<u16>,
    context: String,
}

/// Which of the two Bitbuckets a site is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    Cloud,
    DataCenter,
}

const CLOUD_HOST: &str = "bitbucket.org";

impl Site {
    /// `https://bitbucket.org`.
    pub fn cloud() -> Self {
        Self { scheme: Scheme::Https, host: CLOUD_HOST.into(), port: None, context: String::new() }
    }

    /// The site that Git's `protocol` and `host` name, without a context path; `None` for whatever is not a plain web host.
    pub fn of_request(protocol: &[u8], host: &[u8]) -> Option<Self> {
        let scheme = match protocol {
            b"https" => Scheme::Https,
            b"http" => Scheme::Http,
            _ => return None,
        };
        let (host, port) = split_authority(std::str::from_utf8(host).ok()?)?;
        Some(Self { scheme, host, port: port.filter(|port| *port != scheme.port()), context: String::new() }.settled())
    }

    /// The site a person typed: a bare host, an address, or a clone address of one of its repositories.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let (protocol, rest) = text.split_once("://").unwrap_or(("https", text));
        let protocol = protocol.to_ascii_lowercase();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        // where one reader sees a name, another sees the end of the host (H9 of the security checklist)
        if user.contains(['\\', '?', '#']) {
            return Err(Error::NotASite);
        }
        let site = Self::of_request(protocol.as_bytes(), host.as_bytes()).ok_or(Error::NotASite)?;
        site.under(context_of(path)).ok_or(Error::NotASite)
    }

    /// The same host under another context path (`""` for the root); `None` if the path is not plain segments.
    pub fn under(&self, context: &str) -> Option<Self> {
        let context = context.trim_end_matches('/');
        is_context(context).then(|| Self { context: context.to_owned(), ..self.clone() }.settled())
    }

    /// The same host at its root.
    pub fn origin(&self) -> Self {
        Self { context: String::new(), ..self.clone() }
    }

    /// The context path that a repository's path betrays: what stands before `/scm/`; `None` where it does not tell.
    pub fn context_in(path: &[u8]) -> Option<String> {
        let path = format!("/{}", std::str::from_utf8(path).ok()?);
        let context = &path[..path.find("/scm/")?];
        is_context(context).then(|| context.to_owned())
    }

    /// Cloud, known by its exact host (`www.` included) and nothing else.
    pub fn is_cloud(&self) -> bool {
        self.host == CLOUD_HOST && self.port.is_none()
    }

    /// What it is where neither a setting nor a sign-in says so.
    pub fn product_by_host(&self) -> Product {
        if self.is_cloud() { Product::Cloud } else { Product::DataCenter }
    }

    /// Whether it is reached without TLS.
    pub fn is_plain_http(&self) -> bool {
        self.scheme == Scheme::Http
    }

    /// Whether it is this very machine, where plain http harms nobody.
    pub fn is_loopback(&self) -> bool {
        matches!(self.host.as_str(), "127.0.0.1" | "localhost" | "[::1]")
    }

    /// Whether both are the same scheme, host and port, whatever their context paths.
    pub fn same_origin(&self, other: &Self) -> bool {
        (self.scheme, &self.host, self.port) == (other.scheme, &other.host, other.port)
    }

    /// `https` or `http`.
    pub fn protocol(&self) -> &'static str {
        self.scheme.name()
    }

    /// Host and, unless it is the default one, port, as Git writes them.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// The context path, `""` or `/bitbucket`.
    pub fn context(&self) -> &str {
        &self.context
    }

    /// What a person reads where `https://` goes without saying.
    pub fn short(&self) -> String {
        self.to_string().strip_prefix("https://").map_or(self.to_string(), str::to_owned)
    }

    fn settled(mut self) -> Self {
        if self.host == "www.bitbucket.org" && self.port.is_none() {
            self.host = CLOUD_HOST.into();
        }
        if self.is_cloud() {
            self.context.clear();
        }
        self
    }
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.protocol(), self.authority(), self.context)
    }
}

impl Product {
    /// The name people see.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cloud => "Bitbucket Cloud",
            Self::DataCenter => "Bitbucket Data Center",
        }
    }

    /// The word of DESIGN, of `bitbucket.product` and of the index.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::DataCenter => "datacenter",
        }
    }

    /// The product that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Cloud, Self::DataCenter].into_iter().find(|product| product.word().eq_ignore_ascii_case(word))
    }
}

/// Host and port, lower-cased; nothing but letters, digits, `-` and `.` in labels, or a bracketed IPv6 address.
fn split_authority(text: &str) -> Option<(String, Option<u16>)> {
    let host_end = if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
    let (host, port) = text.split_at(host_end);
    let port = match port.strip_prefix(':') {
        Some(digits) => Some(parse_port(digits)?),
        None if port.is_empty() => None,
        None => return None,
    };
    let host = host.to_ascii_lowercase();
    (is_name(&host) || is_bracketed_ipv6(&host)).then_some((host, port))
}

/// Digits only and no leading zero: `:0443` is another text to every other reader.
fn parse_port(digits: &str) -> Option<u16> {
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| canonical)
}

fn is_name(host: &str) -> bool {
    let plain = host.len() <= 253 && host.split('.').all(is_label);
    plain && (!ends_in_a_number(host) || host.parse::<std::net::Ipv4Addr>().is_ok())
}

/// `127.1`, `0177.0.0.1` and `0x7f000001` are addresses to some readers, and not to all the same (URL Standard, "ends in a
/// number checker").
fn ends_in_a_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_label(label: &str) -> bool {
    let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    inner && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}

fn is_bracketed_ipv6(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
}

/// Plain segments, and none of Bitbucket's own paths among them: an address would be cut off there when it is read again.
fn is_context(path: &str) -> bool {
    let plain = path.strip_prefix('/').is_some_and(|path| path.split('/').all(is_plain_segment));
    path.is_empty() || plain && context_of(path) == path
}

fn is_plain_segment(segment: &str) -> bool {
    let plain = segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    plain && !segment.is_empty() && segment != "." && segment != ".."
}

/// The part of a typed path that belongs to the site: what stands before Bitbucket's own paths.
fn context_of(path: &str) -> &str {
    ["/scm/", "/rest/", "/projects/", "/users/"]
        .iter()
        .filter_map(|own| path.find(own))
        .min()
        .map_or(path, |end| &path[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(host: &str) -> Option<String> {
        Site::of_request(b"https", host.as_bytes()).map(|site| site.to_string())
    }

    #[test]
    fn spellings_of_the_cloud_are_one_site() {
        for host in ["bitbucket.org", "BitBucket.ORG", "bitbucket.org:443", "www.bitbucket.org"] {
            assert_eq!(of(host).as_deref(), Some("https://bitbucket.org"), "{host}");
        }
    }

    #[test]
    fn look_alikes_are_never_the_cloud() {
        let hosts = [
            "bitbucket.org.evil.com",
            "evil-bitbucket.org",
            "evilbitbucket.org",
            "api.bitbucket.org",
            "bitbucket.org:8443",
            "xn--btbucket-b1a.org",
            "bitbucket.org.org",
            "bitbucket.com",
            "a.www.bitbucket.org",
        ];
        for host in hosts {
            let site = Site::of_request(b"https", host.as_bytes()).expect(host);
            assert!(!site.is_cloud(), "{host}");
        }
    }

    #[test]
    fn whatever_two_readers_could_read_differently_is_no_site() {
        let hosts = [
            "",
            ".",
            "bitbucket.org.",
            "a@bitbucket.org",
            "bitbucket.org@evil.com",
            "evil.com#@bitbucket.org",
            "bitbucket.org/",
            "bitbucket.org\\",
            "bitbucket.org#",
            "bitbucket.org?",
            " bitbucket.org",
            "bitbucket.org\t",
            "bitbucket.org:",
            "bitbucket.org:x",
            "bitbucket.org:0",
            "bitbucket.org:0443",
            "bitbucket.org:65536",
            "bitbucket.org:443.helper=!cmd",
            "bitbucket.org%2eevil.com",
            "b\u{ed}tbucket.org",
            "\u{202e}gro.tekcubtib",
            "bitbucket..org",
            "-bitbucket.org",
            "bitbucket.org-",
            "[::1",
            "[::g]",
            "::1",
            "[::1]x",
            "bit_bucket.org",
            "bitbucket.org:+443",
            "bitbucket.org: 443",
            "bitbucket\u{2028}.org",
            "127.1",
            "0177.0.0.1",
            "0x7f.0.0.1",
            "0x7f000001",
            "2130706433",
            "256.0.0.1",
            "git.corp.0x",
        ];
        for host in hosts {
            assert_eq!(of(host), None, "{host:?}");
        }
    }

    #[test]
    fn port_and_brackets_survive() {
        assert_eq!(of("[::1]:7990").as_deref(), Some("https://[::1]:7990"));
        assert_eq!(of("git.corp.example:8443").as_deref(), Some("https://git.corp.example:8443"));
    }

    #[test]
    fn a_product_is_found_by_its_word_in_any_case() {
        for product in [Product::Cloud, Product::DataCenter] {
            assert_eq!(Product::from_word(&product.word().to_uppercase()), Some(product));
        }
        assert_eq!(Product::from_word("server"), None);
    }

    #[test]
    fn one_host_at_its_root_is_where_all_its_context_paths_begin() {
        let site = Site::parse("https://code.corp.example:8443/bitbucket").expect("a site");
        assert_eq!(site.origin().to_string(), "https://code.corp.example:8443");
    }

    #[test]
    fn only_web_protocols_in_their_own_spelling_make_a_site() {
        for protocol in ["HTTPS", "ssh", "cert", "smtp", "ftp", ""] {
            assert_eq!(Site::of_request(protocol.as_bytes(), b"bitbucket.org"), None, "{protocol}");
        }
    }

    #[test]
    fn a_person_may_type_a_host_an_address_or_a_clone_address() {
        let cases = [
            ("bitbucket.org", "https://bitbucket.org"),
            ("https://alice@bitbucket.org/acme/app.git", "https://bitbucket.org"),
            ("https://code.corp.example/bitbucket/", "https://code.corp.example/bitbucket"),
            ("https://code.corp.example/bitbucket/scm/prj/app.git", "https://code.corp.example/bitbucket"),
            ("https://git.corp.example/scm/~alice/notes.git", "https://git.corp.example"),
            ("https://git.corp.example/projects/PRJ", "https://git.corp.example"),
            ("http://127.0.0.1:7990/bitbucket", "http://127.0.0.1:7990/bitbucket"),
        ];
        for (typed, site) in cases {
            assert_eq!(Site::parse(typed).map(|site| site.to_string()).ok().as_deref(), Some(site), "{typed}");
        }
        for typed in ["", "ssh://git@bitbucket.org/a", "https://", "https:///x", "https://h/a/../b", "https://h//b"] {
            assert!(Site::parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn an_address_whose_name_ends_the_host_for_other_readers_is_no_site() {
        for sign in ["\\", "#", "?", "#x:y", "?a=b"] {
            let typed = format!("https://evil.example{sign}@bitbucket.org/acme");
            assert!(Site::parse(&typed).is_err(), "{typed}");
        }
        assert!(Site::parse("https://al@corp.example@bitbucket.org").is_ok_and(|site| site.is_cloud()));
    }

    #[test]
    fn the_context_path_ends_before_scm() {
        assert_eq!(Site::context_in(b"bitbucket/scm/prj/app.git").as_deref(), Some("/bitbucket"));
        assert_eq!(Site::context_in(b"scm/prj/app.git").as_deref(), Some(""));
        assert_eq!(Site::context_in(b"acme/app.git"), None);
        assert_eq!(Site::context_in(b"../scm/prj/app.git"), None);
        assert_eq!(Site::context_in(b"a//scm/prj/app.git"), None);
        assert_eq!(Site::context_in(b"a/projects/b/scm/prj/app.git"), None, "it would not be read back");
    }

    proptest! {
        #[test]
        fn a_site_has_one_spelling_and_reads_back(host in "[a-zA-Z0-9.:@/_%\\[\\] -]{1,30}", context in "[a-z0-9/.~ -]{0,12}") {
            for typed in [format!("https://{host}/{context}"), host.clone(), format!("http://{host}")] {
                if let Ok(site) = Site::parse(&typed) {
                    let shown = site.to_string();
                    prop_assert_eq!(Site::parse(&shown).ok(), Some(site.clone()), "{}", shown);
                    prop_assert_eq!(site.authority(), site.authority().to_ascii_lowercase());
                }
            }
        }

        #[test]
        fn no_host_is_the_cloud_but_its_own_spellings(host in any::<Vec<u8>>(), near in "[bB]it[bB]ucket[.-]?[a-z0-9.:@/]{0,8}") {
            for host in [host, near.into_bytes()] {
                if Site::of_request(b"https", &host).is_some_and(|site| site.is_cloud()) {
                    let name = String::from_utf8(host).expect("ASCII").to_ascii_lowercase();
                    let name = name.strip_suffix(":443").unwrap_or(&name);
                    prop_assert!(["bitbucket.org", "www.bitbucket.org"].contains(&name), "{}", name);
                }
            }
        }

        #[test]
        fn no_path_makes_a_context_with_a_way_up(path in any::<Vec<u8>>(), near in "(/?(a|b|\\.\\.|%|projects|users|rest)){0,5}/scm/x") {
            for path in [path, near.into_bytes()] {
                let context = Site::context_in(&path).unwrap_or_default();
                prop_assert!(!context.split('/').any(|part| part == ".." || part == "."), "{}", context);
                let site = Site::parse("https://h").expect("a host").under(&context).expect("a context");
                prop_assert_eq!(Site::parse(&site.to_string()), Ok(site));
            }
        }
    }
}
