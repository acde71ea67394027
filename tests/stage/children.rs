//! What every program that ours starts is told: strace writes down who starts whom with which arguments and environment, in
//! every story, and at its end all of it is searched. `exec` alone may hand a secret on, to the command that a person names.

use super::{HELPER, canaries, is_there};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

const STRACE: &str = "/usr/bin/strace";
/// How the files begin that strace writes.
const NAME: &str = "children-";

/// Lets the command that follows be watched, writing to `notes`. The tracer stands aside (`-D`): the program is our own child.
pub fn watch(command: &mut Command, notes: &Path) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    if !is_there("strace", Path::new(STRACE).exists()) {
        return;
    }
    let file = notes.join(format!("{NAME}{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    command.args([STRACE, "-D", "-f", "-qq", "-v", "--seccomp-bpf", "-s", "999999", "-e", "signal=none"]);
    command.args(["-e", "trace=execve,clone,clone3,fork,vfork", "-o"]).arg(file);
}

/// No program below ours was told a secret, neither by its arguments nor by its environment; nor was ours by its arguments.
pub fn none_was_told(notes: &Path) {
    let files = fs::read_dir(notes).into_iter().flatten().flatten().map(|entry| entry.path());
    let ours = files.filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(NAME)));
    for file in ours {
        let log = String::from_utf8_lossy(&fs::read(&file).expect("strace's file")).into_owned();
        let told = told(&log);
        assert!(told.is_empty(), "a secret was told to a program: {told:#?}");
        // it holds what stories themselves started
        fs::remove_file(file).expect("removed");
    }
}

/// The lines that tell a secret to a program below ours. What a person put into the environment goes on from there, our
/// token excepted: it is ours to keep.
fn told(log: &str) -> Vec<&str> {
    let lines: Vec<(&str, &str)> = log.lines().filter_map(|line| line.split_once(' ')).collect();
    let parents: HashMap<&str, &str> = lines.iter().filter_map(|(pid, call)| Some((started(call)?, *pid))).collect();
    let of = |is: fn(&str) -> bool| lines.iter().filter(move |(_, call)| is(call));
    let ours: HashSet<&str> = of(is_ours).map(|(pid, _)| *pid).collect();
    let givers: HashSet<&str> = of(is_exec).map(|(pid, _)| *pid).collect();
    let found: HashSet<&str> =
        of(is_ours).flat_map(|(_, call)| environment(call)).filter(|one| !is_token(one)).collect();
    let is_below = |pid: &str, set: &HashSet<&str>| {
        std::iter::successors(Some(pid), |pid| parents.get(pid).copied()).any(|pid| set.contains(pid))
    };
    let adds = |call: &str| environment(call).any(|one| canaries::tells_a_secret(one) && !found.contains(one));
    let tells = |(pid, call): &(&str, &str)| match is_ours(call) {
        true => canaries::tells_a_secret(arguments(call)),
        false => {
            (canaries::tells_a_secret(arguments(call)) || adds(call)) && is_below(pid, &ours) && !is_below(pid, &givers)
        }
    };
    lines.iter().filter(|line| tells(line)).map(|(_, call)| *call).collect()
}

/// The process that a call started: `clone(…) = 7`, also where the line was cut in two.
fn started(call: &str) -> Option<&str> {
    let starts = ["clone", "clone3", "fork", "vfork"];
    let name = call.trim_start().trim_start_matches("<... ").split(['(', ' ']).next()?;
    let child = call.rsplit_once(" = ")?.1.trim();
    (starts.contains(&name) && child.parse::<u32>().is_ok()).then_some(child)
}

fn is_ours(call: &str) -> bool {
    call.trim_start().starts_with(&format!("execve(\"{HELPER}\""))
}

/// `execve("program", [arguments], [environment])`.
fn arguments(call: &str) -> &str {
    call.split("], [").next().unwrap_or(call)
}

fn environment(call: &str) -> impl Iterator<Item = &str> {
    let all = call.split_once("], [\"").and_then(|(_, rest)| rest.rsplit_once("\"]")).map_or("", |(all, _)| all);
    all.split("\", \"")
}

fn is_token(variable: &str) -> bool {
    variable.starts_with("BITBUCKET_TOKEN=")
}

fn is_exec(call: &str) -> bool {
    is_ours(call) && arguments(call).contains("\"exec\"")
}

#[test]
fn whoever_is_told_a_secret_by_us_is_found_and_whoever_a_person_told_it_is_not() {
    let log = format!(
        "1 execve(\"/bin/git\", [\"git\"], [\"BITBUCKET_TOKEN=canary\"]) = 0\n1 clone(flags) = 2\n\
         2 execve(\"{HELPER}\", [\"{HELPER}\", \"get\"], [\"BITBUCKET_TOKEN=canary\", \"PROXY=canary\", \"A=\"]) = 0\n\
         2 vfork( <unfinished ...>\n3 execve(\"/bin/sh\", [\"sh\", \"a\"], [\"PROXY=canary\", \"HOME=b\"]) = 0\n\
         2 <... vfork resumed>) = 3\n"
    );
    assert_eq!(told(&log), Vec::<&str>::new());
    for (was, planted) in [("HOME=b", "HOME=canary"), ("HOME=b", "BITBUCKET_TOKEN=canary"), ("\"a\"", "\"canary\"")] {
        assert_eq!(told(&log.replace(was, planted)).len(), 1, "{planted}");
    }
    assert_eq!(told(&log.replace("\"get\"", "\"canary\"")).len(), 1);
    assert_eq!(told(&log.replace("\"get\"", "\"exec\"").replace("HOME=b", "HOME=canary")), Vec::<&str>::new());
}
