//! What a crowd, a sluggard or a late end may do to the listener (section 2.3 of the security checklist). Each test is named
//! by what it prevents.

use super::attacks::{alone, is_told, listening, reads, real_browser_gets_through, request, sends};
use super::{Listener, Redirect};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

#[test]
fn o4_the_port_is_never_let_go_between_choosing_and_listening() {
    let listener = listening("http://127.0.0.1/cloud");
    assert_eq!(listener.address(), format!("http://127.0.0.1:{}/cloud", listener.port()));
    assert!(TcpListener::bind(("127.0.0.1", listener.port())).is_err());
    real_browser_gets_through(&listener);
}

#[test]
fn o9_silent_and_half_open_connections_do_not_hold_the_browser_up() {
    let listener = listening("http://127.0.0.1/cloud");
    // more than there is room for, and fewer than the kernel queues (128, std's backlog): beyond that it drops the browser's
    // first packet now and then, and the second comes a second later
    let crowd: Vec<TcpStream> = (0..100)
        .map(|count| sends(("127.0.0.1", listener.port()), if count % 2 == 0 { "" } else { "GET /cloud?code=" }))
        .collect();
    let start = Instant::now();
    real_browser_gets_through(&listener);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    drop(crowd);
}

#[test]
fn o9_a_request_that_never_ends_is_ended() {
    let listener = listening("http://127.0.0.1/cloud");
    let long = format!("GET /cloud?code={} HTTP/1.1\r\n", "a".repeat(9000));
    assert_eq!(is_told(&listener, &long), "413");
    let headers = request("GET /cloud", listener.port(), &format!("X: {}\r\n", "a".repeat(9000)));
    assert_eq!(is_told(&listener, &headers), "413");
    let start = Instant::now();
    assert_eq!(is_told(&listener, "GET /cl"), "408");
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    real_browser_gets_through(&listener);
}

#[test]
fn o9_a_body_that_is_only_promised_costs_nothing() {
    let at = Redirect::parse("http://127.0.0.1/page").expect("an address");
    let listener = Listener::with_forms(&at).expect("a port");
    let start = Instant::now();
    for length in ["8192", "99999999999999", "9223372036854775807", "99999999999999999999999999"] {
        let headers = format!(
            "Origin: http://127.0.0.1:{}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n",
            listener.port()
        );
        assert_eq!(is_told(&listener, &request("POST /page", listener.port(), &headers)), "413", "{length}");
        assert_eq!(is_told(&listener, &request("POST /other", listener.port(), &headers)), "404", "{length}");
    }
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn o9_a_browser_that_tries_tls_first_is_told_no_at_once() {
    let listener = listening("http://127.0.0.1/cloud");
    let start = Instant::now();
    assert_eq!(is_told(&listener, "\x16\x03\x01\x02\0\x01\0\x01\x7c\x03\x03"), "400");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    real_browser_gets_through(&listener);
}

#[test]
fn o10_the_next_sign_in_is_not_delivered_to_a_dead_listener() {
    alone("endurance::o10_the_next_sign_in_is_not_delivered_to_a_dead_listener", || {
        let first = listening("http://127.0.0.1/cloud");
        let address = format!("http://127.0.0.1:{}/cloud", first.port());
        real_browser_gets_through(&first);
        let kept_open = sends(("127.0.0.1", first.port()), "");
        drop(first);
        // the browser sees at once that nobody is there any more
        assert_eq!(reads(kept_open), "");
        for _ in 0..50 {
            real_browser_gets_through(&listening(&address));
        }
    });
}

#[test]
fn o15_the_port_is_free_as_soon_as_nobody_waits() {
    alone("endurance::o15_the_port_is_free_as_soon_as_nobody_waits", || {
        let listener = listening("http://127.0.0.1/cloud");
        let port = listener.port();
        let _silent: Vec<TcpStream> = (0..20).map(|_| sends(("127.0.0.1", port), "")).collect();
        let start = Instant::now();
        assert!(listener.next(Duration::from_millis(20)).is_none());
        drop(listener);
        TcpListener::bind(("127.0.0.1", port)).expect("free at once");
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    });
}
