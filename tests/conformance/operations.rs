//! The operations themselves. Rows 101–103.

use super::{CLOUD, desk, is_alices};
use crate::stage::{Desk, HELPER};
use std::io::Read;
use std::process::{Command, Stdio};

#[test]
fn an_operation_of_a_later_git_is_passed_over_in_silence() {
    let desk = desk();
    desk.helper(&["frobnicate"], CLOUD).misses_in_silence();
    is_alices(desk.get(CLOUD));
}

#[test]
fn nothing_at_all_is_wrong_usage() {
    let done = Desk::alone().helper(&[], "");
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("Usage"), "{}", done.err);
}

#[test]
fn capabilities_are_told_without_reading() {
    let done = Desk::alone().helper(&["capability"], "").succeeds();
    assert_eq!(done.out, "version 0\ncapability authtype\ncapability state\n");
}

#[test]
fn capabilities_are_told_while_stdin_stays_open() {
    let mut child = Command::new(HELPER)
        .arg("capability")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let stdin = child.stdin.take();
    let mut told = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut told).expect("told");
    assert!(told.starts_with("version 0\n"), "{told}");
    assert!(child.wait().expect("it ends").success());
    drop(stdin);
}
