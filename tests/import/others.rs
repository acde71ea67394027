//! What git's own helpers and a `.netrc` keep.

use super::{APP, CLOUD, STORE, desk, is_discreet, session};
use crate::stage::{are_installed, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// git-credential-libsecret, built once from the sources that Debian's git brings along.
fn libsecret() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<(tempfile::TempDir, PathBuf)>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        if !are_installed(&["gcc", "pkg-config", "secret-tool"]) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("git-credential-libsecret");
        let script = "gcc -o \"$1\" /usr/share/doc/git/contrib/credential/libsecret/git-credential-libsecret.c \
                      $(pkg-config --cflags --libs libsecret-1 glib-2.0)";
        let built = Command::new("/bin/sh").args(["-c", script, "sh"]).arg(&program).output().expect("a shell");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Some((folder, program))
    });
    built.as_ref().map(|(_, program)| program.as_path())
}

#[test]
fn what_git_credential_libsecret_keeps_is_taken_over_and_removed_when_told() {
    let sandbox = Sandbox::start();
    let Some(libsecret) = libsecret() else { return };
    let Some((bus, desk)) = session(&sandbox) else { return };
    let email = seeds::ALICE_EMAIL;
    let keep = |lines: &str| drop(bus.runs(libsecret, &["store"], lines).succeeds());
    let cloud = format!("{CLOUD}username={email}\n");
    let github = "protocol=https\nhost=github.com\nusername=alice\n";
    keep(&format!("{cloud}password={}\n", seeds::API_TOKEN));
    keep(&format!("{CLOUD}path=acme/app.git\nusername=x-token-auth\npassword={}\n", seeds::REPO_TOKEN));
    keep(&format!("protocol=https\nhost=git.corp.example\nusername=bob\npassword={}\n", seeds::DC_BOB_PASSWORD));
    keep(&format!("{github}password=canary-other\n"));
    let done = is_discreet(desk.helper(&["import", "--from", "libsecret", "--yes"], "").succeeds());
    for taken in
        ["alice at bitbucket.org (API token)", "x-token-auth:acme/app at", "bob at git.corp.example (password)"]
    {
        assert!(done.err.contains(taken), "{}", done.err);
    }
    assert!(bus.runs(libsecret, &["get"], &cloud).out.contains(seeds::API_TOKEN), "kept by default");
    let before = sandbox.requests().len();
    let again = desk.helper(&["import", "--from", "libsecret", "--yes", "--remove"], "").succeeds();
    assert!(again.out.contains("is here already"), "{}", again.out);
    assert_eq!(sandbox.requests().len(), before, "what is ours needs no check");
    assert!(!bus.runs(libsecret, &["get"], CLOUD).out.contains("password"));
    assert!(bus.runs(libsecret, &["get"], github).out.contains("canary-other"));
    desk.git(&["clone", APP, "one"]).succeeds();
}

#[test]
fn a_refresh_token_that_newer_gits_keep_there_is_renewed_by_our_own_client() {
    let sandbox = Sandbox::start();
    let Some((bus, desk)) = session(&sandbox) else { return };
    let desk = desk.with_clients(&sandbox);
    let now = sandbox.now();
    let scopes = ["account", "repository:write"];
    let (access, refresh) = sandbox.cloud(|cloud| cloud.oauth.grant("storyClient", seeds::ALICE, &scopes, now));
    // as the git-credential-libsecret of git 2.43 and later writes it, which Debian's sources here are too old for
    let attributes =
        ["xdg:schema", "org.git.Password", "user", "alice", "protocol", "https", "server", "bitbucket.org"];
    let arguments = [&["store", "--label", "Git: https://bitbucket.org/"], &attributes[..]].concat();
    let secret = format!("{access}\npassword_expiry_utc=1700000000\noauth_refresh_token={refresh}");
    bus.runs(Path::new(STORE), &arguments, &secret).succeeds();
    let done = is_discreet(desk.helper(&["import", "--from", "libsecret", "--yes", "--remove"], "").succeeds());
    assert!(done.err.contains("Took over alice at bitbucket.org (browser sign-in)"), "{}", done.err);
    assert!(bus.runs(Path::new(STORE), &["lookup", "server", "bitbucket.org"], "").out.is_empty());
    desk.git(&["clone", APP, "one"]).succeeds();
}

#[test]
fn what_git_credential_store_keeps_is_taken_over_and_only_those_lines_go() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = desk(&sandbox).with_git(&git);
        let file = desk.home().join("secrets");
        desk.configure(&format!("[credential]\n\thelper = store --file {}\n", file.display()));
        let keep = |lines: String| {
            drop(desk.git_hears(&["credential-store", "--file", "secrets", "store"], &lines).succeeds());
        };
        let email = seeds::ALICE_EMAIL;
        keep("protocol=https\nhost=github.com\nusername=alice\npassword=other\n".to_owned());
        keep(format!("protocol=https\nhost=bitbucket.org\nusername={email}\npassword={}\n", seeds::API_TOKEN));
        keep(format!("protocol=https\nhost=bitbucket.org\npath=acme/app.git\nusername={email}\npassword=kept\n"));
        keep(format!("protocol=https\nhost=git.corp.example\nusername=alice\npassword={}\n", seeds::HTTP_TOKEN));
        let done = is_discreet(desk.helper(&["import", "--from", "store", "--yes", "--remove"], "").succeeds());
        assert!(done.err.contains("alice at bitbucket.org (API token)"), "{}", done.err);
        assert!(done.err.contains("alice at git.corp.example (HTTP access token)"), "{}", done.err);
        let left = fs::read_to_string(&file).expect("there");
        let hosts: Vec<_> = left.lines().filter_map(|line| line.rsplit('@').next()).collect();
        assert_eq!(hosts, ["bitbucket.org/acme/app.git", "github.com"], "git writes the newest first");
        desk.git(&["clone", APP, "one"]).succeeds();
    }
}

#[test]
fn a_netrc_is_read_and_the_rest_of_it_stays_as_it_is() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let (file, rest) = (desk.home().join(".netrc"), "# mine\nmachine ftp.example login a password b\n");
    let (email, api, http) = (seeds::ALICE_EMAIL, seeds::API_TOKEN, seeds::HTTP_TOKEN);
    let ours =
        format!("machine bitbucket.org login {email} password {api}\nmachine git.corp.example\n  password {http}\n");
    fs::write(&file, ours + rest).expect("written");
    desk.configure("[credential]\n\thelper =\n\thelper = cache\n");
    let done = is_discreet(desk.helper(&["import", "--from", "netrc", "--yes", "--remove"], "").succeeds());
    assert!(done.err.contains("alice at bitbucket.org (API token)"), "{}", done.err);
    assert!(done.err.contains("alice at git.corp.example (HTTP access token)"), "{}", done.err);
    assert_eq!(fs::read_to_string(&file).expect("there"), rest);
    assert!(done.err.contains("git credential-bitbucket configure"), "git asks another helper: {}", done.err);
}
