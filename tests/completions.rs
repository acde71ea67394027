//! Completions, loaded by the real shells, with a person who presses Tab. The words come from the list of accounts, and from
//! nothing that would have to be opened or asked.

use crate::stage::{Desk, HELPER, Terminal, are_installed, is_there};
use std::fs;
use std::path::Path;

const FILES: [(&str, &str); 4] = [
    ("bash", "git-credential-bitbucket.bash"),
    ("zsh", "_git-credential-bitbucket"),
    ("fish", "git-credential-bitbucket.fish"),
    ("powershell", "git-credential-bitbucket.ps1"),
];

const LIST: &str = r#"{"sites": {
    "https://bitbucket.org": {
        "accounts": [
            {"name": "alice", "kind": "api-token", "storage": "file"},
            {"name": "bob", "kind": "oauth", "storage": "keyring"},
            {"name": "$(touch pwned)", "kind": "oauth", "storage": "file"},
            {"name": "a'b; touch pwned", "kind": "oauth", "storage": "file"}
        ],
        "rules": {"acme": "bob", "globex": "alice"}
    },
    "https://code.corp.example/bitbucket": {
        "product": "datacenter",
        "accounts": [{"name": "carol", "kind": "http-token", "storage": "file"}],
        "rules": {"~carol": "carol"}
    },
    "http://localhost:7990": {
        "product": "datacenter",
        "accounts": [{"name": "dave", "kind": "password", "storage": "file"}]
    }
}}"#;

/// A machine on which four people are signed in, and the program is on the search path.
fn desk() -> Desk {
    let desk = Desk::alone();
    // makes the folder as we make it
    desk.helper(&["store"], "protocol=https\nhost=bitbucket.org\nusername=alice\npassword=x\n").succeeds();
    fs::write(desk.data().join("accounts.json"), LIST).expect("a list");
    let own = Path::new(HELPER).parent().expect("a folder").display().to_string();
    desk.with("PATH", &format!("{own}:/usr/bin:/bin")).with("TERM", "dumb")
}

fn file(shell: &str) -> String {
    let name = FILES.iter().find(|(name, _)| *name == shell).expect("a shell of ours").1;
    format!("{}/completions/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// What is offered for the last of these words.
fn offered(desk: &Desk, words: &[&str]) -> Vec<String> {
    let number = (words.len() - 1).to_string();
    let line = [&["complete-words", &number, "--"], words].concat();
    let lines = desk.helper(&line, "").succeeds().out;
    lines.lines().map(|line| line.split_once('\t').expect("a word and its meaning").0.to_owned()).collect()
}

#[test]
fn the_program_prints_what_packages_install() {
    for (shell, _) in FILES {
        let printed = Desk::alone().helper(&["completions", shell], "").succeeds().out;
        assert_eq!(printed, fs::read_to_string(file(shell)).expect("a file"), "{shell}");
    }
}

#[test]
fn sites_people_and_places_are_offered_from_the_list() {
    let desk = desk();
    let sites = ["bitbucket.org", "code.corp.example/bitbucket", "http://localhost:7990"];
    assert_eq!(offered(&desk, &["x", "login", ""]), sites);
    assert_eq!(offered(&desk, &["x", "configure", "--site", "code"]), ["code.corp.example/bitbucket"]);
    assert_eq!(offered(&desk, &["x", "logout", "--username", ""]), ["alice", "bob", "carol", "dave"]);
    assert_eq!(offered(&desk, &["x", "token", "bitbucket.org", "--username", ""]), ["alice", "bob"]);
    assert_eq!(offered(&desk, &["x", "exec", "--username=c"]), ["--username=carol"]);
    assert_eq!(offered(&desk, &["x", "switch", "b"]), ["bitbucket.org", "bob"]);
    assert_eq!(offered(&desk, &["x", "switch", "--for", ""]), ["acme", "globex", "~carol"]);
    assert_eq!(offered(&desk, &["x", "--storage", "ke"]), ["keyring"]);
    assert_eq!(offered(&desk, &["x", "login", "--exp"]), ["--expires"]);
    assert_eq!(offered(&desk, &["x", "import", "--from", "g"]), ["gcm"]);
}

#[test]
fn every_command_that_people_see_is_offered_and_no_other() {
    let desk = Desk::alone();
    let help = desk.helper(&["--help"], "").succeeds().out;
    let list = help.split_once("Commands:\n").and_then(|(_, rest)| rest.split_once("\n\n")).expect("a list").0;
    let commands: Vec<&str> = list.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let commands: Vec<&str> = commands.into_iter().filter(|name| !name.is_empty()).collect();
    assert!(commands.contains(&"login") && !commands.contains(&"open-browser"), "{commands:?}");
    assert_eq!(offered(&desk, &["x", ""]), commands);
}

#[test]
fn a_broken_list_or_a_number_that_makes_no_sense_breaks_into_no_ones_typing() {
    let desk = desk();
    fs::write(desk.data().join("accounts.json"), "{\"sites\": {").expect("broken");
    for number in ["2", "3", "18446744073709551615"] {
        let done = desk.helper(&["complete-words", number, "--", "x", "login"], "").succeeds();
        assert_eq!(done.err, "");
    }
    assert_eq!(offered(&desk, &["x", "log"]), ["login", "logout"]);
}

#[test]
fn no_storage_is_opened_and_no_git_is_asked() {
    let desk = desk().with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "keyring");
    let before = desk.trace().len();
    offered(&desk, &["x", "login", "--username", ""]);
    assert_eq!(&desk.trace()[before..], "");
    desk.helper(&["accounts"], "").succeeds();
    assert!(desk.trace()[before..].contains("child git"), "what is asked would be traced: {}", desk.trace());
}

/// A shell at a terminal with a person who types, presses Tab where a tab stands, and sees `seen` in the end.
fn presses(desk: &Desk, shell: &str, arguments: &[&str], typed: &str, seen: &str) {
    let mut terminal = Terminal::new().wide(200);
    let shell = Path::new("/usr/bin").join(shell);
    let mut child = terminal.starts(desk, &shell, arguments, true);
    terminal.shows("ready> ");
    terminal.seen.clear();
    terminal.types(typed);
    terminal.shows(seen);
    child.kill().expect("ours");
    child.wait().expect("gone");
}

/// A bash that has read git's own completion and ours.
fn bash(desk: &Desk) {
    let lines = format!(
        "[ -f /usr/share/bash-completion/bash_completion ] && . /usr/share/bash-completion/bash_completion\n\
         . /usr/share/bash-completion/completions/git\n. '{}'\nbind 'set bell-style none'\nPS1='ready> '\n",
        file("bash")
    );
    fs::write(desk.home().join(".bashrc"), lines).expect("a file");
}

#[test]
fn a_person_at_bash_presses_tab() {
    if !are_installed(&["bash"]) || !is_there("git's completion", git_completion()) {
        return;
    }
    let desk = desk();
    bash(&desk);
    let rc = desk.home().join(".bashrc").display().to_string();
    let cases = [
        ("git-credential-bitbucket logi\tco\t", "login code.corp.example/bitbucket "),
        ("git-credential-bitbucket login http\t", "login http://localhost:7990 "),
        ("git-credential-bitbucket logout --user\tal\t", "logout --username alice "),
        ("git-credential-bitbucket logout --username=bo\t", "--username=bob "),
        ("git-credential-bitbucket switch --for \\~\t", "--for \\~carol "),
        ("git credential-bitbucket doc\tbit\t", "git credential-bitbucket doctor bitbucket.org "),
        ("git -C . credential-bitbucket switch --for glo\t", "switch --for globex "),
        ("git-credential-bitbucket exec -- git credential-bitbucket unc\t", "credential-bitbucket unconfigure "),
    ];
    for (typed, seen) in cases {
        presses(&desk, "bash", &["--noprofile", "--rcfile", &rc, "-i"], typed, seen);
    }
}

fn git_completion() -> bool {
    Path::new("/usr/share/bash-completion/completions/git").exists()
        && Path::new("/usr/share/bash-completion/bash_completion").exists()
}

#[test]
fn a_person_at_zsh_presses_tab() {
    if !are_installed(&["zsh"]) {
        return;
    }
    let desk = desk();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    let lines = format!("fpath=('{}' $fpath)\nautoload -U compinit\ncompinit -u -D\nPS1='ready> '\n", folder.display());
    fs::write(desk.home().join(".zshrc"), lines).expect("a file");
    let cases = [
        ("git-credential-bitbucket logi\t", "bucket login "),
        ("git-credential-bitbucket login co\t", "login code.corp.example/bitbucket "),
        ("git-credential-bitbucket login http\t", "login http://localhost:7990 "),
        ("git-credential-bitbucket logout --username al\t", "--username alice "),
        ("git-credential-bitbucket switch --for glo\t", "--for globex "),
        ("git credential-bitbucket doctor bit\t", "git credential-bitbucket doctor bitbucket.org "),
        ("git-credential-bitbucket exec -- git-credential-bitbucket unc\t", "git-credential-bitbucket unconfigure "),
    ];
    for (typed, seen) in cases {
        presses(&desk, "zsh", &["-d", "-i"], typed, seen);
    }
}

#[test]
fn fish_offers_words_with_their_meanings() {
    if !are_installed(&["fish"]) {
        return;
    }
    let desk = desk();
    let offers = |line: &str| {
        let script = format!("source '{}'; complete -C '{line}'", file("fish"));
        desk.run(Path::new("/usr/bin/fish"), &["-c", &script]).succeeds().out
    };
    assert_eq!(offers("git-credential-bitbucket logo"), "logout\tForget an account\n");
    assert_eq!(offers("git-credential-bitbucket login code"), "code.corp.example/bitbucket\tBitbucket Data Center\n");
    assert_eq!(offers("git-credential-bitbucket token --username b"), "bob\tbrowser sign-in\n");
    assert_eq!(offers("git-credential-bitbucket switch --for g"), "globex\talice\n");
    let behind = offers("git-credential-bitbucket exec -- git-credential-bitbucket unc");
    assert_eq!(behind, "unconfigure\tTake back what `configure` wrote\n");
}

#[test]
fn powershell_finds_no_error_in_its_file() {
    // Debian has none; the runners of CI services do
    let Some(shell) = ["/usr/bin/pwsh", "/usr/local/bin/pwsh"].map(Path::new).into_iter().find(|path| path.exists())
    else {
        return eprintln!("skipped: no PowerShell");
    };
    let script = format!(
        "$errors = $null; [void][System.Management.Automation.Language.Parser]::ParseFile('{}', [ref]$null, [ref]$errors); \
         exit $errors.Count",
        file("powershell")
    );
    Desk::alone().run(shell, &["-NoProfile", "-Command", &script]).succeeds();
}
