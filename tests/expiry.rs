//! Tokens that end: the end is asked at the sign-in, told by `status`, and reminded of once a day where a person reads along.

use crate::stage::{Desk, Terminal};
use bitbucket_sandbox::{Sandbox, seeds};
use serde_json::Value;

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const DAY: u64 = 86_400;

fn signed_in(sandbox: &Sandbox, expires: &str) -> Desk {
    let desk = Desk::at(sandbox);
    let arguments = ["--username", seeds::ALICE_EMAIL, "--expires", expires];
    desk.signs_in("bitbucket.org", &arguments, seeds::API_TOKEN).succeeds();
    desk
}

fn first(json: &str) -> Value {
    serde_json::from_str::<Value>(json).expect("JSON")[0].clone()
}

/// Days from now until the token of the only account ends.
fn days_left(sandbox: &Sandbox, desk: &Desk) -> Option<u64> {
    let accounts = desk.helper(&["accounts", "--json"], "").succeeds();
    let all: Value = serde_json::from_str(&accounts.out).expect("JSON");
    Some(all["accounts"][0]["expires"].as_u64()?.saturating_sub(sandbox.now()).div_ceil(DAY))
}

#[test]
fn a_login_on_a_terminal_asks_when_the_token_ends() {
    for (answers, days) in [
        (&["\n"][..], Some(365)),
        (&["?\n"], None),
        (&["90\n"], Some(90)),
        (&["yesterday\n", "2001-01-01\n", "30 days\n"], Some(30)),
        (&["\x04"], None),
    ] {
        let sandbox = Sandbox::start();
        let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
        let login = terminal.runs(&desk, &["login", "--username", seeds::ALICE_EMAIL]);
        terminal.shows("Token of");
        terminal.types(&format!("{}\n", seeds::API_TOKEN));
        for answer in answers {
            terminal.shows("Expires (a date");
            terminal.seen.clear();
            terminal.types(answer);
        }
        let output = login.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(days_left(&sandbox, &desk), days, "{answers:?}");
    }
}

#[test]
fn a_script_says_the_end_with_the_token_and_a_date_of_the_past_is_wrong_usage() {
    let sandbox = Sandbox::start();
    assert_eq!(days_left(&sandbox, &signed_in(&sandbox, "45")), Some(45));
    for wrong in ["2001-01-01", "0", "soon"] {
        let arguments = ["--username", seeds::ALICE_EMAIL, "--expires", wrong];
        let login = Desk::at(&sandbox).signs_in("bitbucket.org", &arguments, seeds::API_TOKEN).fails();
        assert_eq!(login.code, 2, "{login:?}");
        assert!(login.err.contains("--expires"), "{}", login.err);
    }
}

#[test]
fn a_password_has_no_end_to_be_asked_about() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login", seeds::CORP, "--password", "--username", "alice"]);
    terminal.shows("Password of");
    terminal.types(&format!("{}\n", seeds::DC_ALICE_PASSWORD));
    terminal.shows("make an HTTP access token for git, and forget the password?");
    terminal.types("n\n");
    assert!(login.wait_with_output().expect("it ends").status.success());
    assert!(!terminal.screen().contains("Expires"), "{}", terminal.seen);
}

#[test]
fn a_token_that_ends_soon_is_reminded_of_once_a_day_on_a_terminal() {
    let sandbox = Sandbox::start();
    let desk = signed_in(&sandbox, "10");
    let mut terminal = Terminal::new();
    assert!(terminal.gets(&desk, CLOUD).contains(seeds::API_TOKEN));
    let screen = terminal.screen();
    assert!(screen.contains("the API token of alice ends in 10 days"), "{screen}");
    assert!(screen.contains("git credential-bitbucket login bitbucket.org --username alice"), "{screen}");
    let mut later = Terminal::new();
    assert!(later.gets(&desk, CLOUD).contains(seeds::API_TOKEN));
    assert!(!later.screen().contains("ends in"), "{}", later.seen);
}

#[test]
fn nobody_is_reminded_where_nobody_reads_or_may_be_asked_or_where_there_is_time() {
    let sandbox = Sandbox::start();
    let soon = signed_in(&sandbox, "10");
    let answer = soon.get(CLOUD).succeeds();
    assert_eq!((answer.value("password"), answer.err.as_str()), (Some(seeds::API_TOKEN), ""));
    soon.configure("[credential]\n\tinteractive = false\n");
    let mut quiet = Terminal::new();
    assert!(quiet.gets(&soon, CLOUD).contains(seeds::API_TOKEN));
    assert!(!quiet.screen().contains("ends in"), "{}", quiet.seen);
    let mut early = Terminal::new();
    assert!(early.gets(&signed_in(&sandbox, "30"), CLOUD).contains(seeds::API_TOKEN));
    assert!(!early.screen().contains("ends in"), "{}", early.seen);
}

#[test]
fn status_ends_with_what_will_be_due_before_long() {
    let sandbox = Sandbox::start();
    let status = signed_in(&sandbox, "10").helper(&["status"], "").succeeds();
    let last = status.out.lines().last().expect("a line");
    assert!(last.starts_with("The API token of alice ends in 10 days"), "{last}");
    assert!(last.ends_with("login bitbucket.org --username alice`"), "{last}");
    let status = signed_in(&sandbox, "90").helper(&["status"], "").succeeds();
    assert!(
        status.out.lines().last().is_some_and(|last| last.contains("accepted as alice, expires in")),
        "{}",
        status.out
    );
}

#[test]
fn status_tells_scripts_how_each_account_stands_and_what_to_do() {
    let sandbox = Sandbox::start();
    let desk = signed_in(&sandbox, "10");
    let status = desk.helper(&["status", "--json"], "").succeeds();
    let row = first(&status.out);
    let text = |key: &str| row[key].as_str().unwrap_or_default();
    for (key, value) in [
        ("site", "https://bitbucket.org"),
        ("product", "cloud"),
        ("account", "alice"),
        ("kind", "api-token"),
        ("storage", "file"),
        ("state", "accepted"),
    ] {
        assert_eq!(text(key), value);
    }
    assert!(row["expires"].as_u64().is_some_and(|end| end > sandbox.now()));
    assert!(text("action").contains("login bitbucket.org --username alice"), "{row}");
    sandbox.revoke(seeds::API_TOKEN);
    let status = desk.helper(&["status", "--json"], "").fails();
    assert_eq!(first(&status.out)["state"], "refused");
    let ready = desk.helper(&["status", "--json", "--offline"], "").succeeds();
    assert_eq!(first(&ready.out)["state"], "ready");
    assert_eq!(Desk::at(&sandbox).helper(&["status", "--json"], "").fails().out, "[]\n");
}
