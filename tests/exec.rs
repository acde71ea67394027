//! `exec` and `token`: a credential for one command or one script, from the environment or from who is signed in.

use crate::stage::{Desk, HELPER, are_installed, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

const CLOUD: &str = "protocol=https\nhost=bitbucket.org\n";
const APP: &str = "https://bitbucket.org/acme/app.git";

/// A desk that asks another helper, which notes down each call; we are not configured at all.
fn with_another_helper(sandbox: &Sandbox) -> Desk {
    let desk = Desk::container(sandbox);
    let (other, notes) = (desk.home().join("other"), desk.home().join("notes"));
    let script = format!("#!/bin/sh\necho \"$1\" >>'{}'\ncat >>'{0}'\n", notes.display());
    fs::write(&other, script).expect("written");
    fs::set_permissions(&other, PermissionsExt::from_mode(0o755)).expect("a program");
    let config = format!("{}[credential]\n\thelper = {}\n", sandbox.git_config(), other.display());
    fs::write(desk.home().join(".gitconfig"), config).expect("a git config");
    desk
}

fn notes(desk: &Desk) -> String {
    fs::read_to_string(desk.home().join("notes")).unwrap_or_default()
}

#[test]
fn every_git_below_exec_uses_the_token_and_no_other_helper_hears_of_it() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = with_another_helper(&sandbox).with_git(&git).with("BITBUCKET_TOKEN", seeds::API_TOKEN);
        let clone = "git clone --recurse-submodules https://bitbucket.org/acme/with-submodules.git all";
        desk.helper(&["exec", "--", "sh", "-e", "-c", clone], "").succeeds();
        assert!(desk.home().join("all/lib/README.md").exists());
        assert_eq!(notes(&desk), "");
        assert!(!desk.home().join(".local").exists());
        // other hosts are asked for as before
        desk.helper(&["exec", "--", "git", "ls-remote", "https://evil.example/x.git"], "").fails();
        assert!(notes(&desk).contains("evil.example") && !notes(&desk).contains("canary"), "{}", notes(&desk));
    }
}

#[test]
fn what_git_was_told_by_its_environment_before_still_counts() {
    let desk = Desk::alone().with("BITBUCKET_TOKEN", seeds::API_TOKEN);
    let desk = desk.with("GIT_CONFIG_COUNT", "1").with("GIT_CONFIG_KEY_0", "user.name");
    let desk = desk.with("GIT_CONFIG_VALUE_0", "from before");
    let told = desk.helper(&["exec", "--", "git", "config", "--get", "user.name"], "").succeeds();
    assert_eq!(told.out, "from before\n");
    let helpers = ["exec", "--", "git", "config", "--get-all", "credential.https://bitbucket.org.helper"];
    let helpers = desk.helper(&helpers, "").succeeds().out;
    assert!(helpers.starts_with('\n') && helpers.lines().count() == 2, "{helpers:?}");
    let broken = desk.with("GIT_CONFIG_COUNT", "many").helper(&["exec", "--", "true"], "");
    assert_eq!(broken.code, 2, "{}", broken.err);
}

#[test]
fn a_path_with_spaces_and_quotes_is_no_obstacle() {
    let sandbox = Sandbox::start();
    let desk = with_another_helper(&sandbox).with("BITBUCKET_TOKEN", seeds::API_TOKEN);
    let folder = desk.home().join("it's a $(folder) \"of\" mine");
    fs::create_dir(&folder).expect("a folder");
    let copy = folder.join("helper");
    // by a child: a file that we ourselves wrote may still be open in a child of another test, and then cannot be run
    assert!(Command::new("cp").arg(HELPER).arg(&copy).status().expect("cp").success());
    let output = desk.command(&copy).args(["exec", "--", "git", "ls-remote", APP]).output().expect("it ran");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn whoever_is_signed_in_lends_the_credential_to_the_command() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    let nobody = desk.helper(&["exec", "--", "true"], "");
    assert_eq!((nobody.code, nobody.out.as_str()), (4, ""), "{}", nobody.err);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk.signs_in(seeds::CODE, &[], seeds::HTTP_TOKEN).succeeds();
    sandbox.clear_log();
    desk.helper(&["exec", "bitbucket.org", "--", "git", "clone", APP, "one"], "").succeeds();
    let dc = format!("{}/scm/{}.git", seeds::CODE, seeds::DC_APP);
    desk.helper(&["exec", seeds::CODE, "--", "git", "clone", &dc, "two"], "").succeeds();
    assert!(sandbox.api_requests().is_empty());
    let told = "echo $BITBUCKET_SITE $BITBUCKET_TOKEN_KIND $BITBUCKET_USERNAME $BITBUCKET_EMAIL $BITBUCKET_TOKEN_FILE";
    let told = desk.helper(&["exec", "--", "sh", "-c", told], "").succeeds();
    assert_eq!(told.out, format!("https://bitbucket.org api-token alice {}\n", seeds::ALICE_EMAIL));
    let stranger = desk.helper(&["exec", "--username", "bob", "--", "true"], "");
    assert_eq!(stranger.code, 4, "{}", stranger.err);
}

#[test]
fn the_commands_own_exit_code_and_output_come_through() {
    let desk = Desk::alone().with("BITBUCKET_TOKEN", seeds::API_TOKEN);
    let done = desk.helper(&["exec", "--", "sh", "-c", "cat; echo told >&2; exit 42"], "given");
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (42, "given", "told\n"));
    let absent = desk.helper(&["exec", "--", "no-such-command"], "");
    assert_eq!((absent.code, absent.out.as_str()), (127, ""));
    assert!(absent.err.contains("no-such-command"), "{}", absent.err);
    assert_eq!(desk.helper(&["exec"], "").code, 2);
}

/// Starts a command under `exec` that says when it is ready, and waits for that.
fn started(desk: &Desk, script: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut command = desk.command(Path::new(HELPER));
    let mut child = command.args(["exec", "--", "sh", "-c", script]).stdin(Stdio::null()).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    (child, out)
}

fn after(signal: Signal, script: &str) -> ExitStatus {
    let desk = Desk::alone().with("BITBUCKET_TOKEN", seeds::API_TOKEN);
    let (mut child, _out) = started(&desk, script);
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a number")).expect("not zero");
    kill_process(pid, signal).expect("sent");
    child.wait().expect("it ends")
}

#[test]
fn signals_reach_the_command_itself() {
    use std::os::unix::process::ExitStatusExt;
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::INT, "INT"), (Signal::HUP, "HUP")] {
        let script = format!("trap 'exit 42' {name}; echo ready; while :; do read -r line || sleep 0.01; done");
        assert_eq!(after(signal, &script).code(), Some(42), "{name}");
        assert_eq!(after(signal, "echo ready; exec sleep 600").signal(), Some(signal.as_raw()), "{name}");
    }
}

#[test]
fn a_script_gets_one_fresh_secret_and_nothing_else() {
    let desk = Desk::alone().with("BITBUCKET_TOKEN", seeds::API_TOKEN);
    let done = desk.helper(&["token"], "").succeeds();
    assert_eq!((done.out, done.err), (format!("{}\n", seeds::API_TOKEN), String::new()));
    let named = desk.helper(&["token", "--username", "bob"], "").fails();
    assert!(named.out.is_empty() && named.err.contains("stands before every account"), "{}", named.err);
    let bobs = Desk::alone().with("BITBUCKET_TOKEN", seeds::API_TOKEN).with("BITBUCKET_USERNAME", "bob");
    assert_eq!(bobs.helper(&["token", "--username", "Bob"], "").succeeds().out, format!("{}\n", seeds::API_TOKEN));
    let site = desk.with("BITBUCKET_SITE", seeds::CORP).with("BITBUCKET_TOKEN", seeds::HTTP_TOKEN);
    assert_eq!(site.helper(&["token"], "").succeeds().out, format!("{}\n", seeds::HTTP_TOKEN));
    let nobody = Desk::alone().with("CI", "true").helper(&["token"], "");
    assert_eq!((nobody.code, nobody.out.as_str()), (4, ""));
    assert!(nobody.err.contains("`BITBUCKET_TOKEN`"), "{}", nobody.err);
}

#[test]
fn of_two_bitbuckets_on_one_host_the_named_one_is_meant() {
    let desk = Desk::alone().with("GIT_TERMINAL_PROMPT", "0");
    for site in [seeds::CODE, "https://code.corp.example/stash"] {
        desk.configure(&format!("[bitbucket \"{site}\"]\n\tproduct = datacenter\n"));
    }
    let token = desk.helper(&["token", seeds::CODE], "").fails();
    assert!(token.err.contains("nobody is signed in to code.corp.example/bitbucket"), "{}", token.err);
}

#[test]
fn the_header_is_the_one_that_each_door_wants() {
    if !are_installed(&["curl"]) {
        return;
    }
    let sandbox = Sandbox::start();
    let profile = "https://api.bitbucket.org/2.0/user";
    let properties = format!("{}/rest/api/latest/application-properties", seeds::CODE);
    let app = format!("{APP}/info/refs?service=git-upload-pack");
    let cases = [
        (seeds::API_TOKEN, "", "rest", profile, seeds::ALICE),
        (seeds::API_TOKEN, "", "git", app.as_str(), seeds::ALICE),
        (seeds::REPO_TOKEN, "", "rest", "https://api.bitbucket.org/2.0/repositories/acme/app", "token of acme/app"),
        (seeds::HTTP_TOKEN, seeds::CODE, "rest", properties.as_str(), seeds::ALICE),
        (seeds::DC_ALICE_PASSWORD, seeds::CODE, "rest", properties.as_str(), seeds::ALICE),
    ];
    for (token, site, door, url, user) in cases {
        let name = if token == seeds::DC_ALICE_PASSWORD { seeds::ALICE } else { "" };
        let desk = Desk::alone().with("BITBUCKET_TOKEN", token).with("BITBUCKET_SITE", site);
        let desk = desk.with("BITBUCKET_EMAIL", seeds::ALICE_EMAIL).with("BITBUCKET_USERNAME", name);
        let curl = format!("curl -sf -x {} --cacert {}", sandbox.proxy_url(), sandbox.ca_file().display());
        desk.shell(&format!("'{HELPER}' token --for {door} --header | {curl} --header @- '{url}'")).succeeds();
        let seen = sandbox.requests().pop().expect("a request");
        assert_eq!((seen.status, seen.user.as_deref()), (200, Some(user)), "{door} {url}");
    }
    let desk = Desk::alone().with("BITBUCKET_TOKEN", seeds::API_TOKEN);
    let nameless = desk.helper(&["token", "--for", "rest", "--header"], "").fails();
    assert!(nameless.out.is_empty() && nameless.err.contains("`BITBUCKET_EMAIL`"), "{}", nameless.err);
}

#[test]
fn who_is_signed_in_gives_the_same_secret_as_git_gets() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    desk.signs_in(seeds::CODE, &[], seeds::DC_PROJECT_TOKEN).succeeds();
    let git = desk.get(CLOUD);
    assert_eq!(desk.helper(&["token"], "").succeeds().out.trim_end(), git.value("password").unwrap_or_default());
    let named = desk.helper(&["token", "--username", seeds::ALICE_EMAIL], "").succeeds();
    assert_eq!(named.out.trim_end(), seeds::API_TOKEN);
    let header = desk.helper(&["token", seeds::CODE, "--header"], "").succeeds();
    assert_eq!(header.out, format!("Authorization: Bearer {}\n", seeds::DC_PROJECT_TOKEN));
}

#[test]
fn a_secret_is_not_shown_on_a_terminal_unless_that_is_wanted() {
    let desk = Desk::alone().with("BITBUCKET_TOKEN", seeds::API_TOKEN);
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("ours");
    let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("text");
    let screen = fs::OpenOptions::new().read(true).write(true).open(name).expect("its other end");
    let on_screen = |arguments: &[&str]| {
        let mut command = desk.command(Path::new(HELPER));
        command.args(arguments).stdin(Stdio::null()).stdout(screen.try_clone().expect("a handle"));
        command.output().expect("it ran")
    };
    let refused = on_screen(&["token"]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("--force"));
    assert!(on_screen(&["token", "--force"]).status.success());
    let mut shown = String::new();
    BufReader::new(fs::File::from(master)).read_line(&mut shown).expect("a line");
    assert_eq!(shown.trim_end(), seeds::API_TOKEN, "shown once, and by force only");
}
