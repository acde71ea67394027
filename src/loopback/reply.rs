//! Answers: a page, or a status and nothing else. Each ends its connection, is kept nowhere and lets nothing be loaded.

use super::Page;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// What is said to a request that is not for us (RFC 9110, 15.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(u16, &'static str);

impl Status {
    pub const BAD_REQUEST: Self = Self(400, "Bad Request");
    pub const FORBIDDEN: Self = Self(403, "Forbidden");
    pub const NOT_FOUND: Self = Self(404, "Not Found");
    pub const TIMEOUT: Self = Self(408, "Request Timeout");
    pub const TOO_LARGE: Self = Self(413, "Content Too Large");
    pub const MISDIRECTED: Self = Self(421, "Misdirected Request");
    pub const TOO_MANY: Self = Self(429, "Too Many Requests");
}

/// A browser that does not read is left alone after that.
const PATIENCE: Duration = Duration::from_secs(5);

/// Shows a page and ends the connection.
pub fn show(stream: &TcpStream, page: &Page) {
    send(stream, Status(200, "OK"), &page.policy(), page.referrer(), &page.document());
}

/// Says no and ends the connection.
pub fn refuse(stream: &TcpStream, status: Status) {
    send(stream, status, "default-src 'none'; frame-ancestors 'none'", "no-referrer", "");
}

fn send(mut stream: &TcpStream, Status(code, reason): Status, policy: &str, referrer: &str, body: &str) {
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {code} {reason}\r\n\
         Content-Type: text/html; charset=utf-8\r\n\
         Content-Length: {length}\r\n\
         Cache-Control: no-store\r\n\
         Content-Security-Policy: {policy}\r\n\
         Referrer-Policy: {referrer}\r\n\
         X-Content-Type-Options: nosniff\r\n\
         Connection: close\r\n\
         \r\n\
         {body}"
    );
    // a browser that is gone needs no answer
    let _ = stream.set_write_timeout(Some(PATIENCE)).and_then(|()| stream.write_all(answer.as_bytes()));
    let _ = stream.shutdown(Shutdown::Write);
}

/// Reads a little of what is still under way: closing at once would make the kernel take the answer back (RFC 9112, 9.6).
pub fn drain(mut stream: &TcpStream) {
    let mut part = [0; 8 * 1024];
    let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
    for _ in 0..16 {
        if !matches!(stream.read(&mut part), Ok(1..)) {
            break;
        }
    }
}
