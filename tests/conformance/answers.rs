//! What an answer says, and what it does not. Rows 44–46, 48, 53–55, 64, 68, 69, 74.

use super::{CLOUD, TOKEN, desk, is_alices, lines, stored};
use crate::stage::{Desk, HELPER};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

#[test]
fn nothing_is_said_that_the_request_did_not_announce() {
    let desk = desk();
    let plain = desk.get(CLOUD);
    assert_eq!(plain.out, format!("username=alice\npassword={TOKEN}\n"));
    let with_state = desk.get(lines("capability[]=authtype\ncapability[]=state\n"));
    assert!(
        with_state.out.starts_with("capability[]=state\n") && with_state.value("continue") == Some("1"),
        "{with_state:?}"
    );
    assert!(with_state.value("state[]").is_some_and(|state| state.starts_with("bitbucket:1:")), "{with_state:?}");
    let cleared = desk.get(lines("capability[]=state\ncapability[]=\n"));
    assert_eq!(cleared.out, plain.out);
}

const SERVER: &str = "protocol=https\nhost=git.corp.example\n";

/// A Data Center with Bearer preferred, and an HTTP access token of alice's.
fn bearer() -> Desk {
    let desk = Desk::alone();
    desk.configure("[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n\tauthScheme = bearer\n");
    stored(&desk, &format!("{SERVER}username=alice\npassword=BBDC-canary\n"));
    desk
}

#[test]
fn bearer_is_spoken_only_where_git_knows_it() {
    let desk = bearer();
    // 44, 46, 48
    for extra in ["", "capability[]=authtype\ncapability[]=\n", "authtype=Bearer\n", "capability[]=state\n"] {
        let answer = desk.get(format!("{SERVER}{extra}"));
        assert_eq!((answer.value("password"), answer.value("authtype")), (Some("BBDC-canary"), None), "{extra}");
    }
    // 45
    let answer = desk.get(format!("{SERVER}capability[]=authtype\n"));
    assert_eq!(answer.out, "capability[]=authtype\nauthtype=Bearer\ncredential=BBDC-canary\n");
}

#[test]
fn every_key_that_leaves_us_is_one_of_eleven() {
    // 74
    const KEYS: [&str; 11] = [
        "capability[]",
        "username",
        "password",
        "password_expiry_utc",
        "oauth_refresh_token",
        "authtype",
        "credential",
        "ephemeral",
        "state[]",
        "continue",
        "quit",
    ];
    let all = "capability[]=authtype\ncapability[]=state\npath=a/b.git\nwwwauth[]=Basic realm=\"x\"\nurl=x://y\n";
    let cancelled = Desk::alone().person_says(&[]).get(CLOUD);
    let answers = [desk().get(lines(&all.replace("url=x://y\n", ""))), bearer().get(SERVER), cancelled];
    for answer in answers {
        assert!(!answer.out.is_empty());
        let keys = answer.out.lines().filter_map(|line| Some(line.split_once('=')?.0));
        keys.for_each(|key| assert!(KEYS.contains(&key), "{key}"));
    }
}

#[test]
fn a_secret_that_was_refused_in_this_command_is_not_given_again() {
    // 53 for a Data Center without a network: the token may be right under another name, so the server is asked first
    let desk = bearer();
    let first = desk.get(format!("{SERVER}capability[]=state\n"));
    let state = first.value("state[]").expect("a state").to_owned();
    assert_eq!(first.value("continue"), Some("1"), "{first:?}");
    let again = desk.get(format!("{SERVER}capability[]=state\nusername=alice\nstate[]={state}\n"));
    assert_eq!(again.out, "", "{again:?}");
    desk.get(SERVER).misses_saying("cannot reach");
    // the state of another record says nothing about this one
    let desk = bearer();
    let other = desk.get(format!("{SERVER}capability[]=state\nstate[]={state}\n"));
    assert_eq!((other.value("password"), other.value("continue")), (Some("BBDC-canary"), None), "{other:?}");
}

#[test]
fn a_stored_secret_with_a_line_end_is_named_and_not_given() {
    // 64: no answer at all, rather than a forged line
    for end in ["\\\\r", "\\\\n", "\\\\u0000"] {
        let desk = desk();
        let file = std::fs::read_dir(desk.data().join("records")).expect("records").next().expect("one").expect("one");
        let text = std::fs::read_to_string(file.path()).expect("text").replace(TOKEN, &format!("a{end}host=evil"));
        std::fs::write(file.path(), text).expect("written");
        desk.get(CLOUD).misses_saying("alice at bitbucket.org");
    }
}

fn started(desk: &Desk, out: Stdio) -> std::process::Child {
    let mut command = Command::new(HELPER);
    command.arg("get").env_clear().env("HOME", desk.home()).env("PATH", "/usr/bin:/bin").current_dir(desk.home());
    command.stdin(Stdio::piped()).stdout(out).stderr(Stdio::piped()).spawn().expect("it starts")
}

#[test]
fn an_answer_that_nobody_reads_ends_quietly() {
    // 68
    let desk = desk();
    let mut child = started(&desk, Stdio::piped());
    drop(child.stdout.take());
    child.stdin.take().expect("piped").write_all(CLOUD.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert!(!output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    is_alices(desk.get(CLOUD));
}

#[test]
fn after_a_blank_line_nobody_waits_for_the_end_of_input() {
    // 69
    let desk = desk();
    let mut child = started(&desk, Stdio::piped());
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(lines("\n").as_bytes()).expect("written");
    let mut answer = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut answer).expect("an answer, with stdin still open");
    assert_eq!(answer, format!("username=alice\npassword={TOKEN}\n"));
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}
