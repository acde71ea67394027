//! A token from a secrets manager's command or from a file that git config names: run without a shell unless it says so,
//! checked, bounded in time, and never at a repository's word.

use crate::stage::{Desk, Done, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";

/// A desk with a secrets manager called `vault` in a folder of its search path.
fn desk(script: &str) -> Desk {
    at(Desk::alone(), script)
}

fn at(desk: Desk, script: &str) -> Desk {
    let bin = desk.home().join("bin");
    fs::create_dir_all(&bin).expect("a folder");
    program(&bin.join("vault"), script);
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display());
    desk.with("PATH", &path)
}

fn program(path: &std::path::Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("written");
    fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("a program");
}

fn asks(desk: &Desk, command: &str) {
    let done = desk.git(&["config", "--global", "bitbucket.https://bitbucket.org.tokenCommand", command]);
    done.succeeds();
}

#[track_caller]
fn gives(done: &Done, token: &str) {
    assert_eq!((done.value("password"), done.err.as_str()), (Some(token), ""), "{done:?}");
}

#[track_caller]
fn stops_saying(done: &Done, words: &[&str]) {
    assert_eq!((done.code, done.out.as_str()), (0, "quit=1\n"), "{done:?}");
    assert!(words.iter().all(|words| done.err.contains(words)), "{words:?}: {}", done.err);
    assert!(!done.err.contains("canary"), "{}", done.err);
}

#[test]
fn a_clone_asks_the_secrets_manager_and_leaves_nothing_behind() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = at(Desk::at(&sandbox).with_git(&git), &format!("echo '{}'", seeds::API_TOKEN));
        // the search path above leads to another git than the one of this round
        let folder = git.parent().expect("a folder").display();
        let path = format!("{}:{folder}:/usr/bin:/bin", desk.home().join("bin").display());
        let desk = desk.with("PATH", &path);
        asks(&desk, "vault kv get -field=token secret/bitbucket");
        desk.git(&["clone", "--recurse-submodules", "https://bob@bitbucket.org/acme/with-submodules.git", "all"])
            .succeeds();
        assert!(desk.home().join("all/site/README.md").exists());
        assert!(!desk.data().exists());
        assert!(sandbox.api_requests().is_empty());
    }
}

#[test]
fn arguments_are_words_and_quotes_and_no_shell_reads_them() {
    let desk = desk("printf '%s|' \"$@\"");
    asks(&desk, "vault read 'op://Team/Bitbucket token' $(id) > /tmp/x; true");
    gives(&desk.get(CLOUD), "read|op://Team/Bitbucket token|$(id)|>|/tmp/x;|true|");
    asks(&desk, "!vault a b | tr '|' '_'");
    gives(&desk.get(CLOUD), "a_b_");
}

#[test]
fn the_command_knows_its_own_variables_but_not_our_token_and_no_foreign_folder() {
    let desk = desk("echo \"$VAULT_ADDR-${BITBUCKET_TOKEN:-none}-$(pwd)\"").with("VAULT_ADDR", "https://vault.example");
    asks(&desk, "vault");
    let desk = desk.with("BITBUCKET_TOKEN", "canary").with("BITBUCKET_SITE", seeds::CORP);
    gives(&desk.get(CLOUD), "https://vault.example-none-/");
}

#[test]
fn the_environment_stands_before_it_and_it_before_every_account() {
    let desk = desk("echo of-the-vault");
    desk.helper(&["store"], format!("{CLOUD}username=alice\npassword=of-alice\n")).succeeds();
    asks(&desk, "vault");
    gives(&desk.get(format!("{CLOUD}username=alice\n")), "of-the-vault");
    let before = fs::read(desk.data().join("accounts.json")).expect("an index");
    desk.helper(&["store"], format!("{CLOUD}username=alice\npassword=of-the-vault\n")).misses_in_silence();
    let erased = desk.helper(&["erase"], format!("{CLOUD}username=alice\npassword=of-alice\n")).succeeds();
    assert!(erased.err.contains("`bitbucket.tokenCommand`"), "{}", erased.err);
    assert_eq!(fs::read(desk.data().join("accounts.json")).expect("an index"), before);
    let desk = desk.with("BITBUCKET_TOKEN", "of-the-environment");
    gives(&desk.get(CLOUD), "of-the-environment");
}

#[test]
fn what_it_says_when_it_fails_is_shown_and_nobody_else_is_asked() {
    let desk = desk("echo canary; printf 'permission denied\\033[2K\\n\\nlog in first\\n' >&2; exit 2");
    asks(&desk, "vault");
    let done = desk.get(CLOUD);
    stops_saying(
        &done,
        &["  permission denied\\u{1b}[2K\n  log in first\n", "`bitbucket.tokenCommand` failed", "hint: "],
    );
}

#[test]
fn an_answer_that_is_no_token_is_refused() {
    let cases = [
        ("true", "is empty"),
        ("printf 'canary\\ncanary\\n'", "more than one line"),
        ("head -c 100000 /dev/zero | tr '\\0' x", "longer than any token"),
        ("yes", "longer than any token"),
    ];
    for (script, words) in cases {
        let desk = desk(script);
        asks(&desk, "!vault; true");
        stops_saying(&desk.get(CLOUD), &[words, "`bitbucket.tokenCommand`"]);
    }
}

#[test]
fn a_command_that_hangs_is_ended_with_its_children() {
    let desk = desk("sleep 600 & echo $! >\"$1\"; wait");
    let note = desk.home().join("pid");
    asks(&desk, &format!("vault {}", note.display()));
    desk.configure("[bitbucket \"https://bitbucket.org\"]\n\ttimeout = 1\n");
    let begun = Instant::now();
    stops_saying(&desk.get(CLOUD), &["did not answer in time", "bitbucket.https://bitbucket.org.timeout"]);
    assert!(begun.elapsed() < Duration::from_secs(30));
    let pid = fs::read_to_string(note).expect("it ran");
    // a signal is delivered when the kernel comes to it
    let end = Instant::now() + Duration::from_secs(30);
    while is_alive(pid.trim()) {
        assert!(Instant::now() < end, "its child lives on");
    }
}

fn is_alive(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !(status.is_empty() || status.contains(") Z ") || status.contains(") X "))
}

#[test]
fn a_program_is_taken_from_absolute_folders_only() {
    let desk = desk("echo x");
    for command in ["no-such-program", "./bin/vault", "bin/vault", "'open"] {
        asks(&desk, command);
        stops_saying(&desk.get(CLOUD), &["`bitbucket.tokenCommand`", "hint: "]);
    }
    program(&desk.home().join("planted"), "echo canary");
    asks(&desk, "planted");
    let desk = desk.with("PATH", ":.:/usr/local/bin:/usr/bin:/bin");
    stops_saying(&desk.get(CLOUD), &["not on the search path"]);
}

#[test]
fn a_repository_cannot_name_a_command_or_a_file() {
    let desk = desk("echo canary");
    desk.git(&["init", "here"]).succeeds();
    for key in ["tokenCommand", "tokenFile"] {
        let key = format!("bitbucket.https://bitbucket.org.{key}");
        desk.git(&["-C", "here", "config", &key, "/etc/hostname"]).succeeds();
    }
    let desk = desk.with("GIT_DIR", "here/.git");
    let done = desk.get(CLOUD);
    assert!(
        done.out.is_empty() && done.err.contains("`bitbucket.tokencommand` in this repository's own config is ignored"),
        "{}",
        done.err
    );
}

#[test]
fn a_file_may_be_for_one_workspace_and_serves_nobody_else() {
    let desk = Desk::alone();
    fs::create_dir(desk.home().join("secrets")).expect("a folder");
    for (name, token) in [("secrets/acme", seeds::WORKSPACE_TOKEN), ("secrets/all", seeds::API_TOKEN)] {
        fs::write(desk.home().join(name), format!("{token}\n")).expect("written");
    }
    desk.configure(
        "[bitbucket \"https://bitbucket.org/acme\"]\n\ttokenFile = ~/secrets/acme\n[bitbucket]\n\ttokenFile = ~/secrets/all\n\
         [bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n",
    );
    let at = |path: &str| desk.get(format!("{CLOUD}path={path}\n"));
    let acme = at("acme/app.git");
    assert_eq!(acme.value("username"), Some("x-token-auth"));
    gives(&acme, seeds::WORKSPACE_TOKEN);
    for elsewhere in ["acme-evil/app.git", "globex/site.git", "acme/../globex/site.git", "acme//app.git"] {
        gives(&at(elsewhere), seeds::API_TOKEN);
    }
    // without a site it is for the Cloud: a server that calls itself Bitbucket gets nothing
    let corp = "protocol=https\nhost=git.corp.example\n";
    assert_eq!(desk.get(corp).value("password"), None);
    let stranger = "protocol=https\nhost=evil.example\nwwwauth[]=Basic realm=\"Atlassian Bitbucket\"\n";
    desk.get(stranger).misses_in_silence();
}

#[test]
fn the_account_beside_it_names_whose_token_it_is() {
    let desk = Desk::alone();
    fs::write(desk.home().join("token"), seeds::HTTP_TOKEN).expect("written");
    desk.configure("[bitbucket \"https://git.corp.example\"]\n\ttokenFile = ~/token\n");
    let corp = "protocol=https\nhost=git.corp.example\n";
    stops_saying(&desk.get(corp), &["`bitbucket.https://git.corp.example.account`", "git 2.46"]);
    assert_eq!(desk.get(format!("{corp}capability[]=authtype\n")).value("authtype"), Some("Bearer"));
    desk.configure("[bitbucket \"https://git.corp.example\"]\n\taccount = alice\n");
    let done = desk.get(corp);
    assert_eq!(done.value("username"), Some("alice"));
    gives(&done, seeds::HTTP_TOKEN);
}
