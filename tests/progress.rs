//! Who waits sees what is awaited, and nobody else sees anything: at a real (pseudo-)terminal, with a server that takes its
//! time.

use crate::stage::{Browser, Desk, Terminal, gits};
use bitbucket_sandbox::{Fault, Sandbox, person, seeds};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

const APP: &str = "https://bitbucket.org/acme/app.git";

/// Well over the half second after which a wait is worth a word.
const LONG: Duration = Duration::from_millis(1500);

fn slow(sandbox: &Sandbox, host: &str) {
    sandbox.fault(Fault::at(host, "/").delay(LONG));
}

fn desk(sandbox: &Sandbox) -> Desk {
    Desk::at(sandbox).with("TERM", "xterm")
}

/// A login that asks for Alice's token.
fn signs_in(terminal: &Terminal, desk: &Desk) -> Child {
    terminal.watches(desk, &["login", "--username", seeds::ALICE_EMAIL, "--expires", "90"])
}

#[track_caller]
fn is_clean(screen: &[String], words: &str) {
    assert!(screen.iter().all(|line| !line.contains(words)), "{screen:#?}");
    assert_eq!(screen.last().map(String::as_str), Some(""), "{screen:#?}");
}

#[test]
fn whoever_waits_for_the_server_sees_that_and_the_line_is_clean_afterwards() {
    let sandbox = Sandbox::start();
    slow(&sandbox, "api.bitbucket.org");
    let (desk, mut terminal) = (desk(&sandbox), Terminal::new());
    let login = signs_in(&terminal, &desk);
    terminal.shows("Token of");
    terminal.types(&format!("{}\n", seeds::API_TOKEN));
    terminal.shows("| asking bitbucket.org");
    let (success, screen) = terminal.after(login);
    assert!(success);
    is_clean(&screen, "asking");
    assert!(screen.iter().any(|line| line.starts_with("Signed in to bitbucket.org as alice;")), "{screen:#?}");
}

#[test]
fn what_is_written_meanwhile_stands_on_lines_of_its_own() {
    let sandbox = Sandbox::start();
    slow(&sandbox, "api.bitbucket.org");
    let (desk, mut terminal) = (desk(&sandbox).with("GIT_TRACE_BITBUCKET", "1"), Terminal::new());
    let login = signs_in(&terminal, &desk);
    terminal.shows("Token of");
    terminal.types(&format!("{}\n", seeds::API_TOKEN));
    terminal.shows("| asking bitbucket.org");
    let (_, screen) = terminal.after(login);
    is_clean(&screen, "asking");
    let traced = screen.iter().find(|line| line.contains("/2.0/user: 200")).expect("the request is traced");
    assert!(traced.starts_with("bitbucket: GET https://api.bitbucket.org/2.0/user: 200, "), "{traced}");
}

#[test]
fn nobody_who_does_not_look_at_a_terminal_sees_any_of_it() {
    let sandbox = Sandbox::start();
    for (name, value) in [("CI", "true"), ("TERM", "dumb"), ("TERM", "")] {
        let (desk, mut terminal) = (desk(&sandbox).with(name, value), Terminal::new());
        desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
        slow(&sandbox, "api.bitbucket.org");
        let status = terminal.watches(&desk, &["status"]);
        let (success, screen) = terminal.after(status);
        sandbox.clear_faults();
        assert!(
            success && !terminal.seen.contains("asking") && !terminal.seen.contains('\x1b'),
            "{name}={value} {screen:?}"
        );
    }
    let desk = desk(&sandbox).with("NO_COLOR", "1");
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    slow(&sandbox, "api.bitbucket.org");
    let piped = desk.helper(&["status"], "").succeeds();
    assert!(!piped.err.contains("asking"), "{}", piped.err);
    // colour is another matter
    let mut terminal = Terminal::new();
    let status = terminal.watches(&desk, &["status"]);
    terminal.shows("asking bitbucket.org");
    is_clean(&terminal.after(status).1, "asking");
}

#[test]
fn what_takes_no_time_shows_nothing() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (desk(&sandbox), Terminal::new());
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    let status = terminal.watches(&desk, &["status", "--offline"]);
    let (success, _) = terminal.after(status);
    assert!(success && !terminal.seen.contains('\x1b') && !terminal.seen.contains('\r'), "{}", terminal.seen);
}

#[test]
fn the_first_clone_shows_it_among_gits_own_lines() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let desk = desk(&sandbox).with_git(&git);
        slow(&sandbox, "api.bitbucket.org");
        let mut terminal = Terminal::new();
        let clone = terminal.watches_git(&desk, &["clone", "--no-progress", APP, "one"]);
        terminal.shows("Token for https://bitbucket.org: ");
        terminal.types(&format!("{}\n", seeds::API_TOKEN));
        terminal.shows("E-mail");
        terminal.types(&format!("{}\n", seeds::ALICE_EMAIL));
        terminal.shows("| asking bitbucket.org");
        let (success, screen) = terminal.after(clone);
        assert!(success, "{screen:#?}");
        is_clean(&screen, "asking");
    }
}

#[test]
fn a_password_that_waits_for_a_phone_says_so() {
    let sandbox = Sandbox::start();
    slow(&sandbox, "git.corp.example");
    let (desk, mut terminal) = (desk(&sandbox), Terminal::new());
    let login = terminal.watches(&desk, &["login", seeds::CORP, "--password", "--username", "alice"]);
    terminal.shows("Password of alice");
    terminal.types(&format!("{}\n", seeds::DC_ALICE_PASSWORD));
    terminal.shows("asking git.corp.example; approve the sign-in on your phone if it asks");
    terminal.shows("and forget the password? [Y/n] ");
    terminal.types("n\n");
    let (success, screen) = terminal.after(login);
    assert!(success, "{screen:#?}");
    is_clean(&screen, "approve");
}

#[test]
fn who_waits_for_somebody_elses_sign_in_sees_that_and_then_has_a_clean_line_for_the_question() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox);
    let (mut first, mut second) = (Terminal::new(), Terminal::new());
    let login = first.watches(&desk, &["login"]);
    first.shows("Token for");
    let clone = second.watches_git(&desk, &["ls-remote", APP]);
    second.shows("| another sign-in at bitbucket.org is under way");
    first.types("\x04");
    first.after(login);
    second.shows("Token for https://bitbucket.org: ");
    second.types("\x04");
    let (_, screen) = second.after(clone);
    assert!(screen.iter().all(|line| !line.contains("under way")), "{screen:#?}");
    assert!(screen.iter().any(|line| line.starts_with("Token for https://bitbucket.org:")), "{screen:#?}");
}

#[test]
fn ctrl_c_leaves_a_clean_line() {
    let sandbox = Sandbox::start();
    sandbox.fault(Fault::at("api.bitbucket.org", "/").delay(Duration::from_secs(600)));
    let desk = desk(&sandbox);
    let mut terminal = Terminal::new();
    let login = signs_in(&terminal, &desk);
    terminal.shows("Token of");
    terminal.types(&format!("{}\n", seeds::API_TOKEN));
    terminal.shows("| asking bitbucket.org");
    terminal.types("\x03");
    let (success, screen) = terminal.after(login);
    assert!(!success);
    is_clean(&screen, "asking");
}

#[test]
fn a_narrow_terminal_is_not_flooded() {
    let sandbox = Sandbox::start();
    slow(&sandbox, "git.corp.example");
    let (desk, mut terminal) = (desk(&sandbox), Terminal::new().wide(24));
    let login = terminal.watches(&desk, &["login", seeds::CORP, "--password", "--username", "alice"]);
    terminal.shows("Password of alice");
    terminal.types(&format!("{}\n", seeds::DC_ALICE_PASSWORD));
    terminal.shows("| asking");
    let (success, screen) = terminal.after(login);
    assert!(success, "{screen:#?}");
    let painted = terminal.seen.split('\r').filter(|part| part.starts_with(['|', '/', '-', '\\']));
    let widest = painted.map(|part| part.split('\x1b').next().unwrap_or_default().chars().count()).max();
    assert!(widest.is_some_and(|columns| columns < 24), "{widest:?} {:?}", terminal.seen);
}

#[test]
fn a_browser_that_is_awaited_is_named_on_a_line_where_an_address_can_be_pasted() {
    let sandbox = Sandbox::start();
    let (desk, browser) = Browser::of(desk(&sandbox).with_clients(&sandbox));
    let mut terminal = Terminal::new();
    let login = terminal.watches(&desk, &["login", "--web"]);
    let address = browser.opened();
    terminal.shows("Waiting for the browser; or paste the address here that it ends at:\r\n");
    person::consents(&sandbox, &address).expect("the person comes back");
    let (success, screen) = terminal.after(login);
    assert!(success, "{screen:#?}");
    is_clean(&screen, "asking");
}

/// A password store whose gpg waits for somebody: a `pass` that reads a pipe before it goes on.
fn waiting_pass(desk: &Desk) -> PathBuf {
    let (programs, pipe) = (desk.home().join("programs"), desk.home().join("passphrase"));
    fs::create_dir(&programs).expect("a folder");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe");
    let script = format!(
        "#!/bin/sh\nread -r _ <'{}'\necho 'Error: it is not in the password store.' >&2\nexit 1\n",
        pipe.display()
    );
    fs::write(programs.join("pass"), script).expect("a program");
    fs::set_permissions(programs.join("pass"), fs::Permissions::from_mode(0o755)).expect("made a program");
    pipe
}

#[test]
fn a_passphrase_that_is_awaited_elsewhere_is_named() {
    let sandbox = Sandbox::start();
    let desk = desk(&sandbox).with("GIT_CREDENTIAL_BITBUCKET_STORAGE", "file");
    desk.signs_in("bitbucket.org", &["--username", seeds::ALICE_EMAIL], seeds::API_TOKEN).succeeds();
    let index = desk.data().join("accounts.json");
    let moved = fs::read_to_string(&index).expect("an index").replace("\"file\"", "\"pass\"");
    fs::write(&index, moved).expect("written");
    let pipe = waiting_pass(&desk);
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", desk.home().join("programs").display());
    let (desk, mut terminal) = (desk.with("PATH", &path), Terminal::new());
    let status = terminal.watches(&desk, &["status", "--offline"]);
    terminal.shows("| waiting for pass; give gpg its passphrase if it asks");
    fs::OpenOptions::new().write(true).open(pipe).and_then(|mut pipe| pipe.write_all(b"x\n")).expect("typed");
    let (_, screen) = terminal.after(status);
    assert!(screen.iter().all(|line| !line.contains("waiting")), "{screen:#?}");
}
