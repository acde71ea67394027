//! The sign-in page: a person without a terminal, in front of a browser.

mod attacks;
mod choices;
mod keyboard;
mod looks;
mod processes;
mod stories;

use crate::stage::chromium::Chromium;
use crate::stage::{Browser, Desk, Done};
use bitbucket_sandbox::{Sandbox, seeds};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub const APP: &str = "https://bitbucket.org/acme/app.git";
pub const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";

/// A desk with a browser and neither terminal nor askpass, where git tells us the path.
pub fn desk(sandbox: &Sandbox) -> (Desk, Browser) {
    let desk = Desk::at(sandbox);
    desk.configure("[credential]\n\tuseHttpPath = true\n");
    for site in [seeds::CORP, seeds::CODE] {
        desk.configure(&format!("[bitbucket \"{site}\"]\n\tproduct = datacenter\n"));
    }
    Browser::of(desk)
}

/// The address of a repository at a Data Center.
pub fn at(site: &str, repository: &str) -> String {
    format!("{site}/scm/{repository}.git")
}

/// Runs a command that opens the page, while the person acts.
#[track_caller]
pub fn while_it_runs(run: impl FnOnce() -> Done + Send, act: impl FnOnce()) -> Done {
    std::thread::scope(|scope| {
        let running = scope.spawn(run);
        act();
        running.join().expect("it ends")
    })
}

/// Fills in the form for a token.
pub fn gives_token(chromium: &Chromium, token: &str, email: &str) {
    chromium.types("#token", token);
    if !email.is_empty() {
        chromium.types("#email", email);
    }
    chromium.click("button[value=go]");
}

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
