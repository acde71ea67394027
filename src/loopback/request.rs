//! One HTTP/1.1 request (RFC 9112), read within 8 KiB and five seconds and taken apart strictly. What it asks for is the
//! guard's business.

use super::reply::Status;
use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

const LONGEST: usize = 8 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

/// What has come in so far.
pub struct Intake<'a> {
    stream: &'a TcpStream,
    deadline: Instant,
    bytes: Zeroizing<Vec<u8>>,
}

impl<'a> Intake<'a> {
    pub fn of(stream: &'a TcpStream) -> Self {
        let bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
        Self { stream, deadline: Instant::now() + PATIENCE, bytes }
    }

    /// Whether nothing was ever said, as on a connection that a browser opens for later.
    pub fn is_silent(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Everything up to the empty line.
    pub fn head(&mut self) -> Result<usize, Status> {
        const END: &[u8] = b"\r\n\r\n";
        loop {
            // no method: TLS, or another language
            if self.bytes.first().is_some_and(|byte| !byte.is_ascii_uppercase()) {
                return Err(Status::BAD_REQUEST);
            }
            if let Some(at) = self.bytes.windows(END.len()).position(|window| window == END) {
                return Ok(at + END.len());
            }
            self.more()?;
        }
    }

    /// The bytes before this place.
    pub fn before(&self, end: usize) -> &[u8] {
        &self.bytes[..end]
    }

    /// So many bytes from this place on.
    pub fn body(&mut self, start: usize, length: usize) -> Result<&[u8], Status> {
        if length > LONGEST - start {
            return Err(Status::TOO_LARGE);
        }
        while self.bytes.len() < start + length {
            self.more()?;
        }
        Ok(&self.bytes[start..start + length])
    }

    fn more(&mut self) -> Result<(), Status> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let mut part = Zeroizing::new([0; 1024]);
        // a timeout of zero is an error of its own (TcpStream::set_read_timeout)
        self.stream.set_read_timeout(Some(left)).map_err(|_| Status::TIMEOUT)?;
        match self.stream.read(part.as_mut()) {
            Ok(0) => Err(Status::BAD_REQUEST),
            Ok(count) if self.bytes.len() + count > LONGEST => Err(Status::TOO_LARGE),
            Ok(count) => {
                self.bytes.extend_from_slice(&part[..count]);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(Status::TIMEOUT),
            Err(_) => Err(Status::BAD_REQUEST),
        }
    }
}

/// Request line and headers.
pub struct Head<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    headers: Vec<(&'a str, &'a str)>,
}

impl<'a> Head<'a> {
    /// Visible ASCII only, one space between the parts of the first line, none before a colon.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let plain = bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | b'\t' | b' '..=b'~'));
        let text = std::str::from_utf8(bytes).ok().filter(|_| plain)?;
        let mut lines = text.strip_suffix("\r\n\r\n")?.split("\r\n");
        // a line end without its other half is a line end to some readers
        let first = lines.next().filter(|line| !line.contains(['\r', '\n', '\t']))?;
        let [method, target, "HTTP/1.1"] = first.split(' ').collect::<Vec<_>>()[..] else { return None };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Some(Self { method, path, query, headers: lines.map(header).collect::<Option<_>>()? })
    }

    /// A header that is there once; `Err` if it is there more often.
    pub fn header(&self, name: &str) -> Result<Option<&'a str>, Status> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (first, None) => Ok(first.map(|(_, value)| *value)),
            _ => Err(Status::BAD_REQUEST),
        }
    }

    /// The length of the body; there is none unless it says so. A length in pieces is more than a form needs.
    pub fn length(&self) -> Result<usize, Status> {
        if self.header("transfer-encoding")?.is_some() {
            return Err(Status::BAD_REQUEST);
        }
        let Some(digits) = self.header("content-length")? else { return Ok(0) };
        // `parse` alone would take `+1`
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Status::BAD_REQUEST);
        }
        digits.parse().map_err(|_| Status::TOO_LARGE)
    }
}

fn header(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    (is_name && !value.contains(['\r', '\n'])).then_some((name, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_head_is_taken_apart_strictly() {
        let head = Head::parse(b"GET /cloud?code=x HTTP/1.1\r\nHost: h\r\nX: a, b \r\n\r\n").expect("a head");
        assert_eq!((head.method, head.path, head.query), ("GET", "/cloud", "code=x"));
        assert!(head.header("HOST").is_ok_and(|host| host == Some("h")));
        assert!(head.header("x").is_ok_and(|value| value == Some("a, b")));
        for bad in [
            "GET /\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
            "GET /cloud?st\nate=s HTTP/1.1\r\n\r\n",
            "GET /cloud\t HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\nHost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: \u{e4}\r\n\r\n",
            "\r\n\r\n",
        ] {
            assert!(Head::parse(bad.as_bytes()).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_length_that_reads_two_ways_is_refused() {
        let length = |headers: &str| {
            let text = format!("POST / HTTP/1.1\r\n{headers}\r\n\r\n");
            Head::parse(text.as_bytes()).expect("a head").length()
        };
        assert!(length("Content-Length: 12").is_ok_and(|length| length == 12));
        for bad in [
            "Content-Length: 1\r\nContent-Length: 2",
            "Content-Length: +1",
            "Content-Length: 1, 2",
            "Transfer-Encoding: chunked",
            "Content-Length: 1\r\nTransfer-Encoding: chunked",
            "Content-Length: 99999999999999999999999",
        ] {
            assert!(length(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>(), near in "GET /[a-z?=&]{0,8} HTTP/1\\.1\r\n([A-Za-z:; 0-9-]{0,12}\r\n){0,4}\r\n") {
            for bytes in [&bytes[..], near.as_bytes()] {
                if let Some(head) = Head::parse(bytes) {
                    prop_assert!(head.path.bytes().chain(head.query.bytes()).all(|byte| byte.is_ascii_graphic()));
                    let _ = (head.length(), head.header("host"), head.header("content-length"));
                }
            }
        }
    }
}
