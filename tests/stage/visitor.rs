//! Somebody who speaks HTTP to the sign-in page without being a browser: to be quick, or to try what no browser would do.

#![allow(dead_code, reason = "each test uses its part")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Whoever speaks HTTP to the page without being a browser.
pub struct Visitor {
    pub authority: String,
    pub path: String,
}

/// What a visitor is told.
pub struct Told {
    pub status: String,
    pub text: String,
}

impl Visitor {
    pub fn at(address: &str) -> Self {
        let rest = address.strip_prefix("http://").expect("plain http");
        let (authority, path) = rest.split_once('/').expect("a path");
        Self { authority: authority.into(), path: format!("/{path}") }
    }

    /// Says this, and listens until the connection ends.
    pub fn says(&self, text: &str) -> Told {
        let mut stream = TcpStream::connect(&self.authority).expect("somebody listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
        stream.write_all(text.as_bytes()).expect("said");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer and an end");
        let text = String::from_utf8(answer).expect("text");
        Told { status: text.split(' ').nth(1).unwrap_or_default().to_owned(), text }
    }

    pub fn looks(&self) -> Told {
        self.says(&format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", self.path, self.authority))
    }

    /// Sends a form as our own page would.
    pub fn sends(&self, fields: &[(&str, &str)]) -> Told {
        self.sends_with(&format!("Origin: http://{}\r\n", self.authority), fields)
    }

    /// The same with these headers for where it comes from.
    pub fn sends_with(&self, headers: &str, fields: &[(&str, &str)]) -> Told {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let body = pairs.join("&");
        let (path, authority, length) = (&self.path, &self.authority, body.len());
        self.says(&format!(
            "POST {path} HTTP/1.1\r\nHost: {authority}\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// Presses the button that leads to the site's own sign-in: its address.
    pub fn goes_on_at_the_site(&self) -> String {
        let page = self.sends(&[("form", &self.token()), ("press", "browser")]).text;
        let (_, after) = page.split_once("<a href=\"").expect("a way on");
        after.split('"').next().expect("an address").replace("&amp;", "&")
    }

    /// The token that stands in the page now.
    pub fn token(&self) -> String {
        token_in(&self.looks().text)
    }
}

/// The form token in a page.
pub fn token_in(page: &str) -> String {
    let (_, after) = page.split_once("name=\"form\" value=\"").expect("a form");
    after.split('"').next().expect("a value").to_owned()
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
