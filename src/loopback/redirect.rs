//! The address that a browser is sent back to, as it is registered at the server: only a loopback one will do (RFC 8252,
//! 7.3 and 8.3).

use crate::error::{Error, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where to listen: host, port and path of `http://127.0.0.1:34106/callback`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    host: Host,
    port: Option<u16>,
    path: String,
}

/// The spellings of "this machine" that a server may have registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    V4,
    V6,
    Localhost,
}

impl Redirect {
    /// Reads a redirect URI; without a port, any free one will do. Anything but plain http to `127.0.0.1`, `[::1]` or
    /// `localhost` and a plain path is an error that names `bitbucket.oauthRedirectUri`.
    pub fn parse(text: &str) -> Result<Self> {
        read(text).ok_or(Error::Setting {
            key: "bitbucket.oauthRedirectUri".into(),
            expected: "a loopback address like `http://127.0.0.1:34106/`",
        })
    }

    /// The families to listen on. `localhost` means both: a browser may go to either, and a stranger on the other one would
    /// get the code.
    pub(super) fn families(&self) -> &'static [IpAddr] {
        const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
        const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
        match self.host {
            Host::V4 => &[V4],
            Host::V6 => &[V6],
            Host::Localhost => &[V4, V6],
        }
    }

    /// The registered port, or 0 for any.
    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or(0)
    }

    /// The path as a browser asks for it.
    pub(super) fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// What a browser writes into `Host`.
    pub(super) fn authority(&self, port: u16) -> String {
        match port {
            80 => self.host.text().to_owned(),
            port => format!("{}:{port}", self.host.text()),
        }
    }

    /// The redirect URI with this port, otherwise letter for letter as registered.
    pub(super) fn address(&self, port: u16) -> String {
        format!("http://{}:{port}{}", self.host.text(), self.path)
    }
}

fn read(text: &str) -> Option<Redirect> {
    let rest = text.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, rest) = [Host::V4, Host::V6, Host::Localhost]
        .into_iter()
        .find_map(|host| Some((host, authority.strip_prefix(host.text())?)))?;
    let port = match rest.strip_prefix(':') {
        Some(digits) => Some(port(digits)?),
        None if rest.is_empty() => None,
        None => return None,
    };
    is_plain(path).then(|| Redirect { host, port, path: path.to_owned() })
}

/// Digits without a leading zero: `:0443` and `:0` are other things to other readers.
fn port(digits: &str) -> Option<u16> {
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| canonical)
}

/// A path that every reader writes the same way: no query, no escape, no dot segment.
fn is_plain(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    path.bytes().all(plain) && !path.split('/').any(|segment| matches!(segment, "." | ".."))
}

impl Host {
    fn text(self) -> &'static str {
        match self {
            Self::V4 => "127.0.0.1",
            Self::V6 => "[::1]",
            Self::Localhost => "localhost",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_address_is_sent_letter_for_letter() {
        for text in
            ["http://127.0.0.1:34106/", "http://[::1]:8080/cloud", "http://localhost:34106", "http://127.0.0.1:80/"]
        {
            let redirect = Redirect::parse(text).expect(text);
            assert_eq!(redirect.address(redirect.port()), text);
        }
    }

    #[test]
    fn without_a_port_any_port_will_do() {
        let redirect = Redirect::parse("http://127.0.0.1/cloud").expect("an address");
        assert_eq!(redirect.port(), 0);
        assert_eq!(redirect.address(4711), "http://127.0.0.1:4711/cloud");
        assert_eq!(redirect.authority(4711), "127.0.0.1:4711");
        assert_eq!(redirect.authority(80), "127.0.0.1");
    }

    #[test]
    fn an_address_that_leaves_this_machine_or_reads_two_ways_is_refused() {
        for text in [
            "https://127.0.0.1:1/",
            "http://0.0.0.0:1/",
            "http://10.0.0.1/",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://localhost\\@evil.example/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:080/",
            "http://127.0.0.1:65536/",
            "http://127.0.0.1:/",
            "http://127.0.0.1/a/../b",
            "http://127.0.0.1/%2e%2e/b",
            "http://127.0.0.1/a?b",
            "http://127.0.0.1/a#b",
            "http://127.0.0.1/a b",
            "http://127.0.0.1/a\r\nb",
            "urn:ietf:wg:oauth:2.0:oob",
            "",
        ] {
            let error = Redirect::parse(text).expect_err(text);
            assert!(error.to_string().contains("bitbucket.oauthRedirectUri"), "{text}: {error}");
        }
    }
}
