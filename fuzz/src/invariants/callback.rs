//! Nothing ends a sign-in but a request with the right method, path, Host and state: whatever else comes to the port is
//! answered with a no, and the waiting goes on.

use crate::loopback::{Fields, Listener, Redirect, visit};
use crate::oauth::{App, Endpoints, Flow, Heard};
use crate::secret::Secret;

const ADDRESS: &str = "http://127.0.0.1:4711/cloud";
/// Stands in the bytes where the state is meant, which nobody can guess.
const STATE: &[u8] = b"STATE";

/// First, behind which a byte is not looked at, what comes to the port; then what is pasted.
pub fn hold(bytes: &[u8]) {
    let (flow, state) = begun();
    let at = Redirect::parse(ADDRESS).expect("an address");
    for forms in [false, true] {
        guessed(&flow, &at, forms, bytes);
        known(&flow, &at, forms, &with_state(bytes, &state), &state);
    }
    pasted(&flow, bytes);
    read_back(bytes);
}

fn begun() -> (Flow, String) {
    let endpoints = Endpoints {
        authorize: "https://bitbucket.org/site/oauth2/authorize".into(),
        issuer: "https://bitbucket.org".into(),
    };
    let app = App { client: "consumer".into(), scope: "account".into(), endpoints };
    let flow = Flow::begin(&app, ADDRESS).expect("begun");
    let url = url::Url::parse(flow.url()).expect("an address");
    let state = url.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    (flow, state)
}

/// Who does not know the state is nobody, however well the rest is made.
fn guessed(flow: &Flow, at: &Redirect, forms: bool, bytes: &[u8]) {
    match visit(at, 4711, forms, bytes) {
        (Some(visit), _) => assert_eq!(flow.hear(visit.fields()), Heard::Foreign, "a guess ends the sign-in"),
        (None, answer) if answer.is_empty() => assert!(bytes.is_empty(), "somebody who spoke hears nothing"),
        (None, answer) => assert!(answer.starts_with("HTTP/1.1 4") && answer.contains("Connection: close")),
    }
}

/// Who knows it must besides come as a browser comes.
fn known(flow: &Flow, at: &Redirect, forms: bool, bytes: &[u8], state: &str) {
    let (Some(visit), _) = visit(at, 4711, forms, bytes) else { return };
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head has an end");
    let head = std::str::from_utf8(&bytes[..end]).expect("visible ASCII");
    let mut lines = head.split("\r\n");
    let first = lines.next().expect("a line");
    let path = first.split([' ', '?']).nth(1);
    assert!(path == Some("/cloud") && first.ends_with(" HTTP/1.1"), "another path");
    assert_eq!(visit.is_form(), first.starts_with("POST "));
    assert!(forms || first.starts_with("GET "), "another method");
    let values = |name: &str| {
        let named = |line: &&str| line.split_once(':').is_some_and(|(known, _)| known.eq_ignore_ascii_case(name));
        lines.clone().filter(named).map(|line| line[name.len() + 1..].trim()).collect::<Vec<_>>()
    };
    assert_eq!(values("host"), ["127.0.0.1:4711"]);
    assert!(values("sec-fetch-mode").iter().all(|mode| *mode == "navigate"));
    let origins = values("origin").join(", ").to_ascii_lowercase();
    assert!(!visit.is_form() || origins == "http://127.0.0.1:4711", "a form of another page");
    match flow.hear(visit.fields()) {
        Heard::Foreign => {}
        Heard::Code(code) => assert!(!code.is_empty() && says(visit.fields(), state)),
        Heard::Denied(words) => {
            assert!(says(visit.fields(), state));
            assert!(!words.chars().any(char::is_control), "the server paints the terminal");
        }
    }
}

fn says(fields: &Fields, state: &str) -> bool {
    let mut said = fields.all().filter(|(name, _)| *name == "state").map(|(_, value)| value.expose());
    said.next() == Some(state.as_bytes()) && said.next().is_none()
}

fn with_state(bytes: &[u8], state: &str) -> Vec<u8> {
    let mut whole = Vec::with_capacity(bytes.len() + 64);
    let mut rest = bytes;
    while let Some(at) = rest.windows(STATE.len()).position(|window| window == STATE) {
        whole.extend_from_slice(&rest[..at]);
        whole.extend_from_slice(state.as_bytes());
        rest = &rest[at + STATE.len()..];
    }
    [whole.as_slice(), rest].concat()
}

thread_local! {
    /// One port for all: what is pasted is compared with its address.
    static LISTENER: Listener = Listener::bind(&Redirect::parse("http://127.0.0.1/cloud").expect("an address")).expect("a port");
}

/// What a person pastes passes the same guards: only the listener's own address says anything.
fn pasted(flow: &Flow, bytes: &[u8]) {
    LISTENER.with(|listener| {
        let own = Secret::new([listener.address().as_bytes(), b"?", bytes].concat());
        for line in [Secret::new(bytes), own] {
            let heard = listener.pasted(&line).map(|fields| flow.hear(&fields));
            assert!(heard.is_none_or(|heard| heard == Heard::Foreign), "a guess ends the sign-in");
        }
    });
}

/// Every value comes back out of its escapes, and only once.
fn read_back(bytes: &[u8]) {
    let escaped: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
    let fields = Fields::parse(format!("code={escaped}&x").as_bytes()).expect("fields");
    assert_eq!(fields.only("code").map(Secret::expose), Some(bytes));
    assert!(!format!("{fields:?}").contains("%"));
}
