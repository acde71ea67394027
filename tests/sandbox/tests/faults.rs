//! Faults on demand: what goes wrong, where, and how often.

use crate::client::{Ask, get};
use bitbucket_sandbox::{Certificate, Fault, Sandbox, seeds};
use std::io::ErrorKind;
use std::time::{Duration, Instant};

const API: &str = "api.bitbucket.org";

fn user(sandbox: &Sandbox) -> Ask<'_> {
    get(sandbox, "https://api.bitbucket.org/2.0/user").basic(seeds::ALICE_EMAIL, seeds::API_TOKEN)
}

#[test]
fn a_status_stands_in_for_the_site_as_often_as_it_is_told() {
    let sandbox = Sandbox::start();
    sandbox.fault(Fault::at(API, "/2.0/user").status(429).header("Retry-After", "7").times(2));
    for _ in 0..2 {
        let answer = user(&sandbox).send();
        assert_eq!((answer.status, answer.header("retry-after"), answer.body.as_str()), (429, Some("7"), ""));
    }
    assert_eq!(user(&sandbox).send().status, 200);
}

#[test]
fn a_fault_holds_for_its_host_its_path_and_its_method_until_it_is_cleared() {
    let sandbox = Sandbox::start();
    sandbox.fault(Fault::at(API, "/2.0/user").method("POST").status(500));
    sandbox.fault(Fault::at("bitbucket.org", "/").status(500));
    assert_eq!(user(&sandbox).send().status, 200);
    assert_eq!(user(&sandbox).method("POST").send().status, 500);
    assert_eq!(get(&sandbox, "https://bitbucket.org/acme").send().status, 500);
    assert_eq!(get(&sandbox, "https://git.corp.example/login").send().status, 200);
    sandbox.clear_faults();
    assert_eq!(get(&sandbox, "https://bitbucket.org/").send().status, 200);
}

#[test]
fn pages_broken_json_and_floods_come_where_json_was_due() {
    let sandbox = Sandbox::start();
    let with = |fault: Fault| {
        sandbox.clear_faults();
        sandbox.fault(fault);
        user(&sandbox).send()
    };
    let page = with(Fault::at(API, "/").html(502));
    assert_eq!((page.status, page.header("content-type")), (502, Some("text/html; charset=utf-8")));
    let broken = with(Fault::at(API, "/").wrong_json());
    assert!(broken.status == 200 && serde_json::from_str::<serde_json::Value>(&broken.body).is_err());
    assert_eq!(with(Fault::at(API, "/").big_body(5 << 20)).body.len(), 5 << 20);
    let text = with(Fault::at(API, "/").status(418).body("words"));
    assert_eq!((text.status, text.body.as_str()), (418, "words"));
    let moved = with(Fault::at(API, "/").redirect("https://evil.example/x"));
    assert_eq!((moved.status, moved.header("location")), (302, Some("https://evil.example/x")));
}

#[test]
fn a_delay_holds_the_answer_back() {
    let sandbox = Sandbox::start();
    sandbox.fault(Fault::at(API, "/").delay(Duration::from_millis(300)));
    let begun = Instant::now();
    assert_eq!(user(&sandbox).send().status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_cut_breaks_off_after_the_site_has_done_its_work() {
    let sandbox = Sandbox::start();
    sandbox.fault(Fault::at(API, "/").cut(10));
    let answer = user(&sandbox).send();
    assert!(answer.broken && answer.body.len() <= 10, "{answer:?}");
    assert_eq!(sandbox.requests().pop().and_then(|seen| seen.user).as_deref(), Some("alice"));
}

#[test]
fn a_slow_body_comes_at_a_byte_a_second() {
    let sandbox = Sandbox::start();
    sandbox.fault(Fault::at(API, "/").body("abc").slow());
    let begun = Instant::now();
    assert_eq!(user(&sandbox).send().body, "abc");
    assert!(begun.elapsed() >= Duration::from_secs(2));
}

#[test]
fn some_hosts_cannot_be_reached() {
    let sandbox = Sandbox::start();
    for host in ["down.example", "127.0.0.1:1", "localhost"] {
        assert!(get(&sandbox, &format!("https://{host}/")).try_send().is_err(), "{host}");
    }
    assert_eq!(get(&sandbox, "http://down.example/").send().status, 502);
}

#[test]
fn a_fault_may_spare_the_first_requests_that_it_would_have_met() {
    let sandbox = Sandbox::start();
    sandbox.fault(Fault::at(API, "/2.0/user").status(410).after(1).times(1));
    let answered: Vec<u16> = (0..3).map(|_| user(&sandbox).send().status).collect();
    assert_eq!(answered, [200, 410, 200]);
}

#[test]
fn a_connection_is_refused_ends_without_an_answer_or_is_reset_in_the_middle() {
    let sandbox = Sandbox::start();
    let with = |fault: Fault| {
        sandbox.clear_faults();
        sandbox.fault(fault);
        user(&sandbox).try_send()
    };
    let refused = with(Fault::at(API, "").refused()).expect_err("no tunnel");
    assert!(refused.to_string().contains(" 502 "), "{refused}");
    assert!(sandbox.requests().is_empty());
    let closed = with(Fault::at(API, "/").closed()).expect_err("no answer");
    assert!(closed.to_string().contains("no answer"), "{closed}");
    // a reset may overtake what was sent before it
    assert!(with(Fault::at(API, "/").reset(10)).map_or(true, |answer| answer.broken));
    assert_eq!(sandbox.requests().len(), 2, "both had been answered");
}

#[test]
fn a_reset_is_no_ordinary_end() {
    let sandbox = Sandbox::start();
    let kind = |fault: Fault| {
        sandbox.clear_faults();
        sandbox.fault(fault);
        user(&sandbox).try_send().map_or_else(|error| Some(error.kind()), |answer| answer.end)
    };
    assert_eq!(kind(Fault::at(API, "/").reset(10)), Some(ErrorKind::ConnectionReset));
    assert_ne!(kind(Fault::at(API, "/").cut(10)), Some(ErrorKind::ConnectionReset));
}

#[test]
fn a_stalled_answer_neither_goes_on_nor_ends() {
    let sandbox = Sandbox::start();
    sandbox.fault(Fault::at(API, "/").stall(3));
    let answer = user(&sandbox).patient_for(Duration::from_secs(3)).send();
    assert_eq!((answer.status, answer.body.len()), (200, 3));
    assert!(matches!(answer.end, Some(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{:?}", answer.end);
}

#[test]
fn a_host_shows_another_certificate_than_its_own_and_hears_nothing() {
    let sandbox = Sandbox::start();
    for (certificate, words) in [
        (Certificate::SelfSigned, "UnknownIssuer"),
        (Certificate::OtherName, "not valid for name"),
        (Certificate::Expired, "expired"),
    ] {
        sandbox.clear_faults();
        sandbox.fault(Fault::at(API, "").certificate(certificate));
        let refused = user(&sandbox).try_send().expect_err("nobody trusts it").to_string();
        assert!(refused.contains(words), "{certificate:?}: {refused}");
        assert_eq!(get(&sandbox, "https://bitbucket.org/").send().status, 200);
    }
    assert!(sandbox.requests_to(API).is_empty());
    sandbox.clear_faults();
    assert_eq!(user(&sandbox).send().status, 200);
}
