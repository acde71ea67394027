//! The address that a browser is sent back to, as it is registered at the server: only a loopback one will do (RFC 8252,
//! 7.3 and 8.3).

use crate::error::{Error, Result};

/// Where to listen: host, port and path of `http://127.0.0.1:34106/callback`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    host: Host,
    port: Option<u16>,
    path: String,
}

/// The spellings of "this machine" that a server may have registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
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
