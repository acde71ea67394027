//! Faults on demand: what goes wrong, where, and how often.

use crate::client::{Ask, get};
use bitbucket_sandbox::{Fault, Sandbox, seeds};
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
