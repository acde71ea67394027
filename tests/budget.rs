//! What a warm `get` may cost, held without a clock: no network, at most one child, one secret read, and a short list of files
//! that are opened. How many instructions that is, and how much memory, `benches/budget` holds.

use crate::stage::{Bus, Desk, HELPER, gits, is_there};
use std::fs;
use std::io::Write;
use std::path::Path;

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\ncapability[]=authtype\ncapability[]=state\n";
const ALICE: &str = "protocol=https\nhost=bitbucket.org\nusername=alice\npassword=canary-kept\n";

/// The system calls of one warm `get`, a line each.
fn warm_get(desk: &Desk) -> Option<Vec<String>> {
    let strace = Path::new("/usr/bin/strace");
    if !is_there("strace", strace.exists()) {
        return None;
    }
    desk.helper(&["store"], ALICE).succeeds();
    let log = desk.home().join("strace");
    let mut get = desk.command(strace);
    get.args([
        "-f",
        "-qq",
        "-s",
        "999",
        "-e",
        "trace=execve,open,openat,socket,connect,sendto,sendmsg,write,unlink,rename,mkdir",
    ]);
    get.arg("-o").arg(&log).args([HELPER, "get"]).env_remove("GIT_TRACE_BITBUCKET");
    let mut child = get.spawn().expect("strace is there");
    child.stdin.take().expect("piped").write_all(CLOUD.as_bytes()).expect("it reads");
    let answer = child.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&answer.stdout).contains("password=canary-kept\n"), "{answer:?}");
    let calls = fs::read_to_string(&log).expect("a log").lines().map(str::to_owned).collect();
    // the answer stands in it
    fs::remove_file(log).expect("removed");
    Some(calls)
}

fn count(calls: &[String], what: &str) -> usize {
    calls.iter().filter(|call| call.contains(what)).count()
}

/// The files that were opened, by what they are to us; a file that has no name here is one too many.
fn opened(desk: &Desk, calls: &[String]) -> Vec<String> {
    let paths = calls.iter().filter(|call| call.contains("openat(") && !call.contains(" = -1 "));
    let paths = paths.filter_map(|call| call.split('"').nth(1).map(str::to_owned));
    let (home, data) = (desk.home().display().to_string(), desk.data().display().to_string());
    let is_system =
        |path: &String| path.contains(".so") || path.starts_with("/proc/self/") || path.starts_with("/sys/");
    let name = |path: String| path.replace(&data, "DATA").replace(&home, "HOME");
    paths.filter(|path| !is_system(path)).map(name).collect()
}

#[test]
fn the_file_storage_answers_from_a_handful_of_files_and_starts_nobody() {
    let desk = Desk::alone();
    let Some(calls) = warm_get(&desk) else { return };
    assert_eq!(count(&calls, "execve("), 1, "{calls:#?}");
    assert_eq!(count(&calls, "socket("), 0, "{calls:#?}");
    assert_eq!(["unlink", "rename", "mkdir"].map(|call| count(&calls, call)), [0; 3], "{calls:#?}");
    let mut files = opened(&desk, &calls);
    let (records, others): (Vec<_>, Vec<_>) = files.drain(..).partition(|file| file.starts_with("DATA/records/"));
    assert_eq!(records.len(), 1, "one secret: {records:?}");
    assert_eq!(others, ["HOME/.gitconfig", "DATA/accounts.json"]);
}

#[test]
fn the_keyring_is_asked_for_one_secret_over_one_local_socket() {
    let Some(bus) = Bus::start().map(Bus::with_keyring) else { return };
    let desk = bus.desk();
    let Some(calls) = warm_get(&desk) else { return };
    assert_eq!(count(&calls, "execve("), 1, "{calls:#?}");
    let connections: Vec<_> = calls.iter().filter(|call| call.contains("connect(")).collect();
    assert!(connections.len() == 1 && connections[0].contains("AF_UNIX"), "{connections:?}");
    assert_eq!(count(&calls, "GetSecret"), 1, "{calls:#?}");
    assert_eq!(opened(&desk, &calls), ["HOME/.gitconfig", "DATA/accounts.json"]);
}

#[test]
fn where_settings_are_not_plain_one_git_is_started_and_no_other_program() {
    for git in gits() {
        let desk = Desk::alone().with_git(&git);
        desk.configure("[include]\n\tpath = more\n");
        let Some(calls) = warm_get(&desk) else { return };
        assert_eq!(count(&calls, "execve("), 2, "{calls:#?}");
        assert_eq!(count(&calls, "\"config\""), 1, "{calls:#?}");
    }
}
