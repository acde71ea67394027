//! Who may speak to the listener and what becomes of it (section 2.3 of the security checklist). Each test is named by what
//! it prevents.

use super::{Listener, Page, Redirect, Visit};
use crate::error::Error;
use crate::secret::Secret;
use std::io::{Read, Write};
use std::net::{Ipv6Addr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::process::Command;
use std::time::Duration;

/// Nothing here takes longer than a few milliseconds unless it is said.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a test in a process of its own. A child that another test starts has a copy of every socket until its exec, so a port
/// that we let go may be held by it for a moment.
#[allow(clippy::disallowed_methods, reason = "a switch of the test run, not of the product")]
pub fn alone(test: &str, work: fn()) {
    if std::env::var_os("LOOPBACK_TEST_ALONE").is_some() {
        return work();
    }
    let mut again = Command::new(std::env::current_exe().expect("the tests"));
    again.args(["--exact", &format!("loopback::{test}")]).env("LOOPBACK_TEST_ALONE", "1");
    let output = again.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

pub fn listening(address: &str) -> Listener {
    Listener::bind(&Redirect::parse(address).expect("an address")).expect("a port")
}

pub fn sends(to: impl ToSocketAddrs, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(to).expect("somebody listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream.write_all(text.as_bytes()).expect("sent");
    stream
}

/// All that comes back until the connection ends.
pub fn reads(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer and an end");
    String::from_utf8(answer).expect("text")
}

pub fn request(line: &str, port: u16, headers: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n")
}

/// Sends to a listener on 127.0.0.1 and tells the status that comes back without anybody's help.
pub fn is_told(listener: &Listener, text: &str) -> String {
    let answer = reads(sends(("127.0.0.1", listener.port()), text));
    answer.split(' ').nth(1).expect("a status").to_owned()
}

/// The real browser comes back, and the flow ends well.
pub fn real_browser_gets_through(listener: &Listener) {
    let headers = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Site: cross-site\r\n";
    let text = request("GET /cloud?code=c&state=s", listener.port(), headers);
    let browser = sends(("127.0.0.1", listener.port()), &text);
    let visit = listener.next(PATIENCE).expect("a visit");
    assert_eq!(value(&visit, "code"), "c");
    assert_eq!(value(&visit, "state"), "s");
    visit.answer(&Page::linked("alice", "bitbucket.org"));
    assert!(reads(browser).contains("You are signed in"));
}

pub fn value(visit: &Visit, name: &str) -> String {
    visit.fields().only(name).and_then(|value| value.expose_text()).unwrap_or_default().to_owned()
}

#[test]
fn o1_a_visit_with_a_foreign_state_does_not_end_the_waiting() {
    let listener = listening("http://127.0.0.1/cloud");
    for query in ["code=evil&state=wrong", "code=evil", "code=evil&state=s&state=s", "error=access_denied"] {
        let text = request(&format!("GET /cloud?{query}"), listener.port(), "");
        let forger = sends(("127.0.0.1", listener.port()), &text);
        let visit = listener.next(PATIENCE).expect("a visit");
        assert_ne!(value(&visit, "state"), "s");
        visit.refuse();
        assert!(reads(forger).starts_with("HTTP/1.1 400 "));
    }
    real_browser_gets_through(&listener);
}

#[test]
fn o2_one_bad_request_does_not_end_the_sign_in() {
    let listener = listening("http://127.0.0.1/cloud");
    let ask = |line: &str, headers: &str| is_told(&listener, &request(line, listener.port(), headers));
    for path in ["/favicon.ico", "/", "/cloud/", "/Cloud", "/dc/1?code=c&state=s", "/%63loud", "//cloud", "/x/../cloud"]
    {
        assert_eq!(ask(&format!("GET {path}"), ""), "404", "{path}");
    }
    for method in ["HEAD", "POST", "OPTIONS", "PUT", "get", "TRACE"] {
        assert_eq!(
            ask(&format!("{method} /cloud?code=c&state=s"), "Origin: http://evil.example\r\n"),
            "400",
            "{method}"
        );
    }
    for header in ["Sec-Purpose: prefetch;prerender", "Purpose: prefetch", "Sec-Fetch-Dest: iframe"] {
        assert_eq!(ask("GET /cloud?code=c&state=s", &format!("{header}\r\n")), "403", "{header}");
    }
    for garbage in
        ["\x16\x03\x01\r\n\r\n", "GET /cloud\r\n\r\n", "PRI * HTTP/2.0\r\n\r\n", "GET /cloud HTTP/1.1\n\n\r\n\r\n"]
    {
        assert_eq!(is_told(&listener, garbage), "400", "{garbage:?}");
    }
    real_browser_gets_through(&listener);
}

#[test]
fn o3_nobody_reaches_the_listener_by_another_address() {
    let listener = listening("http://127.0.0.1/cloud");
    // where a packet to the outside would start from; nothing is sent
    let outside = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    let own = outside.map(|address| address.ip().to_string()).unwrap_or_else(|_| "127.0.0.2".into());
    for host in ["127.0.0.2", &own] {
        let attempt = TcpStream::connect_timeout(
            &(host, listener.port()).to_socket_addrs().expect("an address").next().expect("one"),
            PATIENCE,
        );
        assert!(attempt.is_err(), "{host} reaches a listener on 127.0.0.1");
    }
    real_browser_gets_through(&listener);
}

/// Something on IPv6 whose port nobody has on IPv4, where other programs of this machine have ports too; what listened on both
/// would never be found. `None`, with a line, without IPv6.
fn alone_on_ipv6<T, E>(bind: impl Fn() -> Result<T, E>, port: impl Fn(&T) -> u16) -> Option<(T, u16)> {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        eprintln!("skipped: no IPv6 on this machine");
        return None;
    }
    let bound = (0..16).filter_map(|_| bind().ok()).map(|bound| (port(&bound), bound));
    let alone = |port: u16| TcpStream::connect(("127.0.0.1", port)).is_err();
    let (port, bound) = bound.into_iter().find(|(port, _)| alone(*port)).expect("a port that IPv4 does not have");
    Some((bound, port))
}

#[test]
fn o5_a_stranger_on_the_other_localhost_ends_the_sign_in_before_it_begins() {
    alone("attacks::o5_a_stranger_on_the_other_localhost_ends_the_sign_in_before_it_begins", || {
        let Some((stranger, port)) = alone_on_ipv6(
            || TcpListener::bind((Ipv6Addr::LOCALHOST, 0)),
            |stranger| stranger.local_addr().expect("bound").port(),
        ) else {
            return;
        };
        let at = Redirect::parse(&format!("http://localhost:{port}/")).expect("an address");
        assert_eq!(Listener::bind(&at).err(), Some(Error::PortBusy { port }));
        drop(stranger);
        let listener = Listener::bind(&at).expect("free now");
        for family in ["127.0.0.1", "::1"] {
            let text = format!("GET /?state=s HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
            let browser = sends((family, port), &text);
            listener.next(PATIENCE).expect("a visit").answer(&Page::failed());
            assert!(reads(browser).contains("200 OK"), "{family}");
        }
    });
}

#[test]
fn o5_a_registered_ipv6_address_is_the_only_one_that_is_heard() {
    alone("attacks::o5_a_registered_ipv6_address_is_the_only_one_that_is_heard", || {
        let at = Redirect::parse("http://[::1]/cloud").expect("an address");
        let Some((listener, port)) = alone_on_ipv6(|| Listener::bind(&at), Listener::port) else { return };
        assert_eq!(listener.address(), format!("http://[::1]:{port}/cloud"));
        let browser = sends(("::1", port), &format!("GET /cloud?code=c HTTP/1.1\r\nHost: [::1]:{port}\r\n\r\n"));
        listener.next(PATIENCE).expect("a visit").answer(&Page::failed());
        assert!(reads(browser).contains("200 OK"));
    });
}

#[test]
fn o6_a_squatted_port_is_an_error_with_a_remedy_and_no_other_port_is_taken() {
    let squatter = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = squatter.local_addr().expect("bound").port();
    let at = Redirect::parse(&format!("http://127.0.0.1:{port}/")).expect("an address");
    let error = Listener::bind(&at).expect_err("taken");
    assert_eq!(error, Error::PortBusy { port });
    assert!(
        error.to_string().contains(&port.to_string()) && error.hint().is_some_and(|hint| hint.contains("see which"))
    );
}

#[test]
fn o7_a_page_elsewhere_cannot_speak_to_the_listener() {
    let listener = listening("http://127.0.0.1/cloud");
    let port = listener.port();
    for host in ["evil.example", "127.0.0.1", "localhost", "127.0.0.1.evil.example", "127.0.0.1:1", ""] {
        let text = format!(
            "GET /cloud?code=c HTTP/1.1\r\nHost: {host}{}\r\n\r\n",
            match host {
                "evil.example" | "localhost" | "127.0.0.1.evil.example" => format!(":{port}"),
                _ => String::new(),
            }
        );
        assert_eq!(is_told(&listener, &text), "421", "{host:?}");
    }
    assert_eq!(is_told(&listener, "GET /cloud HTTP/1.1\r\n\r\n"), "421");
    let two_hosts = request("GET /cloud", port, "Host: evil.example\r\n");
    assert_eq!(is_told(&listener, &two_hosts), "400");
    for mode in ["no-cors", "cors", "websocket", "same-origin"] {
        let text = request("GET /cloud?code=c", port, &format!("Sec-Fetch-Mode: {mode}\r\n"));
        let answer = reads(sends(("127.0.0.1", port), &text));
        assert!(answer.starts_with("HTTP/1.1 403 "), "{mode}: {answer}");
        assert!(!answer.to_ascii_lowercase().contains("access-control"), "{answer}");
    }
    real_browser_gets_through(&listener);
}

#[test]
fn o7_a_form_of_another_page_is_refused() {
    let at = Redirect::parse("http://127.0.0.1/page").expect("an address");
    let listener = Listener::with_forms(&at).expect("a port");
    let post = |origin: &str, more: &str| {
        let headers = format!("{origin}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n{more}");
        request("POST /page", listener.port(), &headers) + "token=a+b"
    };
    let ours = format!("Origin: http://127.0.0.1:{}\r\n", listener.port());
    for origin in ["", "Origin: null\r\n", "Origin: http://evil.example\r\n", "Origin: http://127.0.0.1\r\n"] {
        assert_eq!(is_told(&listener, &post(origin, "")), "403", "{origin}");
    }
    for more in ["Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Mode: cors\r\n"] {
        assert_eq!(is_told(&listener, &post(&ours, more)), "403", "{more}");
    }
    let browser = sends(("127.0.0.1", listener.port()), &post(&ours, "Sec-Fetch-Site: same-origin\r\n"));
    let visit = listener.next(PATIENCE).expect("a visit");
    assert!(visit.is_form() && value(&visit, "token") == "a b");
    visit.answer(&Page::failed());
    assert!(reads(browser).starts_with("HTTP/1.1 200 "));
}

#[test]
fn o8_no_text_of_the_server_reaches_the_page() {
    let listener = listening("http://127.0.0.1/cloud");
    let query = "error=access_denied&error_description=%3Cscript%3Ealert(1)%3C/script%3E&state=s";
    let text = request(&format!("GET /cloud?{query}"), listener.port(), "");
    let browser = sends(("127.0.0.1", listener.port()), &text);
    let visit = listener.next(PATIENCE).expect("a visit");
    assert!(value(&visit, "error_description").contains("<script>"));
    visit.answer(&Page::denied("bitbucket.org"));
    let answer = reads(browser);
    assert!(answer.contains("called off") && !answer.contains("script") && !answer.contains("access_denied"));
}

#[test]
fn o12_the_code_is_kept_nowhere_and_leads_nowhere() {
    let listener = listening("http://127.0.0.1/cloud");
    let browser =
        sends(("127.0.0.1", listener.port()), &request("GET /cloud?code=canary&state=s", listener.port(), ""));
    let visit = listener.next(PATIENCE).expect("a visit");
    assert!(!format!("{visit:?}").contains("canary"));
    visit.answer(&Page::linked("alice", "bitbucket.org"));
    let refused = request("GET /?code=canary", listener.port(), "");
    for answer in [reads(browser), reads(sends(("127.0.0.1", listener.port()), &refused))] {
        assert!(!answer.contains("canary"), "{answer}");
        for header in [
            "Cache-Control: no-store\r\n",
            "Referrer-Policy: no-referrer\r\n",
            "Content-Security-Policy: default-src 'none'; ",
            "frame-ancestors 'none'",
            "X-Content-Type-Options: nosniff\r\n",
            "Connection: close\r\n",
        ] {
            assert!(answer.contains(header), "{header} in {answer}");
        }
    }
}

#[test]
fn o14_a_pasted_address_passes_the_same_guards() {
    let listener = listening("http://127.0.0.1/cloud");
    let port = listener.port();
    let pasted = |line: String| {
        let fields = listener.pasted(&Secret::new(line))?;
        fields.only("code").and_then(|code| code.expose_text()).map(str::to_owned)
    };
    assert_eq!(pasted(format!("http://127.0.0.1:{port}/cloud?code=c&state=s")).as_deref(), Some("c"));
    assert_eq!(pasted(format!("  127.0.0.1:{port}/cloud?state=s&code=c#x \r")).as_deref(), Some("c"));
    for line in [
        format!("http://127.0.0.1:{port}/dc/1?code=c&state=s"),
        format!("http://127.0.0.1:{port}/cloud"),
        format!("http://localhost:{port}/cloud?code=c"),
        format!("https://127.0.0.1:{port}/cloud?code=c"),
        format!("http://evil.example/?http://127.0.0.1:{port}/cloud?code=c"),
        format!("http://127.0.0.1:{port}0/cloud?code=c"),
        format!("http://127.0.0.1:{port}/cloud?code=a&code=b"),
        "c".into(),
        String::new(),
    ] {
        assert_eq!(pasted(line.clone()), None, "{line}");
    }
}
