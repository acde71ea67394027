//! A person at a real (pseudo-)terminal: what is typed is not shown, and the echo comes back on every way out.

use crate::stage::{Desk, Terminal, gits};
use bitbucket_sandbox::{Sandbox, person, seeds};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::time::{Duration, Instant};

#[test]
fn a_typed_token_is_not_shown_and_the_echo_comes_back() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login"]);
    terminal.shows("Token for https://bitbucket.org: ");
    for told in ["id.atlassian.com", "read:repository:bitbucket", "write:repository:bitbucket", "read:user:bitbucket"] {
        assert!(terminal.seen.contains(told), "{}", terminal.seen);
    }
    assert!(!terminal.echoes());
    terminal.types(&format!("{}\n", seeds::API_TOKEN));
    terminal.shows("E-mail");
    assert!(terminal.echoes());
    terminal.types(&format!("{}\n", seeds::ALICE_EMAIL));
    terminal.shows("Expires");
    terminal.types("\n");
    let output = login.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!terminal.seen.contains("canary"), "{}", terminal.seen);
    assert!(String::from_utf8_lossy(&output.stderr).contains("as alice"));
}

#[test]
fn a_token_without_an_email_is_kept_unchecked_and_a_password_without_a_name_is_not_kept() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login"]);
    terminal.shows("Token for");
    terminal.types(&format!("{}\n", seeds::API_TOKEN));
    terminal.shows("E-mail");
    terminal.types("\n");
    terminal.shows("Expires");
    terminal.types("\n");
    let output = login.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("not checked"), "{said}");
    desk.configure("[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n");
    let login = terminal.runs(&desk, &["login", seeds::CORP, "--password"]);
    terminal.shows("Password for");
    terminal.types("canary-of-nobody\n");
    terminal.shows("Username for");
    terminal.types("\n");
    let output = login.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&output.stderr).contains("cancelled"), "{output:?}");
    assert!(sandbox.requests().iter().all(|seen| seen.authorization.is_none()));
}

#[test]
fn a_cancel_by_ctrl_c_gives_the_echo_back() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login"]);
    terminal.shows("Token for");
    assert!(!terminal.echoes());
    terminal.types("half a tok\x03");
    let output = login.wait_with_output().expect("it ends");
    assert!(!output.status.success());
    assert!(terminal.echoes());
    assert!(!terminal.seen.contains("half"), "{}", terminal.seen);
}

#[test]
fn ctrl_c_ends_a_sign_in_also_after_a_hidden_question() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
    let begun = Instant::now();
    let login = terminal.runs(&desk, &["login"]);
    terminal.shows("Token for");
    terminal.types(&format!("{}\n", seeds::API_TOKEN));
    terminal.shows("E-mail");
    terminal.types("\x03");
    // whoever hears nothing of it goes on with this
    terminal.types(&format!("{}\n", seeds::ALICE_EMAIL));
    let output = login.wait_with_output().expect("it ends");
    assert!(!output.status.success() && begun.elapsed() < Duration::from_secs(60), "{output:?}");
    assert!(sandbox.requests().is_empty() && terminal.echoes());
}

#[test]
fn the_end_of_input_is_a_cancel() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login"]);
    terminal.shows("Token for");
    terminal.types("\x04");
    let output = login.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&output.stderr).contains("cancelled"));
    assert!(terminal.echoes());
}

#[test]
fn a_wrong_token_may_be_followed_by_a_better_one() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login", "--username", seeds::ALICE_EMAIL]);
    terminal.shows("Token of");
    terminal.types("ATATT-mistyped\n");
    terminal.seen.clear();
    terminal.shows("Token of");
    terminal.types(&format!("{}\n", seeds::API_TOKEN));
    terminal.shows("Expires");
    terminal.types("\n");
    let output = login.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_password_beyond_ascii_arrives_as_it_was_typed() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
    desk.configure("[bitbucket \"https://git.corp.example\"]\n\tproduct = datacenter\n");
    let login = terminal.runs(&desk, &["login", seeds::CORP, "--password", "--username", "alice"]);
    terminal.shows("Password of alice");
    terminal.types("gr\u{fc}n \u{20ac}\n");
    terminal.seen.clear();
    terminal.shows("Password of alice");
    terminal.types("\x04");
    login.wait_with_output().expect("it ends");
    let sent = sandbox.requests_to("git.corp.example").into_iter().filter_map(|seen| seen.authorization);
    // base64 of "alice:grün €"
    assert!(sent.into_iter().any(|value| value.contains("YWxpY2U6Z3LDvG4g4oKs")));
}

#[test]
fn without_a_keyring_a_person_chooses_once_and_the_account_remembers() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox);
    desk.configure("[bitbucket]\n\tstorage = auto\n");
    for again in [false, true] {
        let mut terminal = Terminal::new();
        let login = terminal.runs(&desk, &["login", "--username", seeds::ALICE_EMAIL, "--expires", "90"]);
        terminal.shows("Token of");
        terminal.types(&format!("{}\n", seeds::API_TOKEN));
        if !again {
            terminal.shows("No keyring is running here. Keep this sign-in, now and later, in:");
            terminal.shows("1. a file only you can read");
            terminal.shows("2. git's memory cache: for a day, never on the disk");
            terminal.shows("3. nothing: for this time only");
            terminal.types("1\n");
        }
        let output = login.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("kept in a file only you can read"), "{said}");
    }
    desk.git(&["clone", "https://bitbucket.org/acme/app.git", "one"]).succeeds();
}

#[test]
fn a_browser_on_another_machine_signs_in_by_the_address_that_is_pasted_back() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox).with_clients(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login", "--no-browser"]);
    terminal.shows("ssh -L ");
    terminal.shows("paste the address");
    let url =
        terminal.seen.split_whitespace().find(|word| word.contains("/authorize?")).expect("an address").to_owned();
    let end = person::consents_elsewhere(&sandbox, &url).expect("the person consents");
    terminal.types("\n");
    terminal.types("http://evil.example/?code=c&state=s\n");
    terminal.shows("not the address");
    terminal.types_openly(&format!("{end}\n"));
    let output = login.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("as alice"));
    assert_eq!(terminal.screen().matches("not the address").count(), 1, "an empty line is no address that is wrong");
}

#[test]
fn the_browser_is_spoken_of_only_to_whom_it_could_serve() {
    let sandbox = Sandbox::start();
    for (method, spoken_of) in [("auto", true), ("token", false)] {
        let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
        desk.configure(&format!("[bitbucket]\n\tsignIn = {method}\n"));
        let mut login = terminal.runs(&desk, &["login"]);
        terminal.shows("Token for https://bitbucket.org");
        assert_eq!(terminal.seen.contains("would need an OAuth client"), spoken_of, "{method}: {}", terminal.seen);
        terminal.types("\x04");
        login.wait().expect("it ends");
    }
}

#[test]
fn a_sign_in_in_the_browser_is_called_off_by_the_end_of_input() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox).with_clients(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login", "--no-browser"]);
    terminal.shows("paste the address");
    terminal.types("\x04");
    let output = login.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&output.stderr).contains("cancelled"));
}

#[test]
fn of_three_accounts_one_is_picked_by_its_number() {
    let (desk, mut terminal) = (Desk::alone(), Terminal::new());
    for name in ["alice", "bob", "carol"] {
        let lines = format!("protocol=https\nhost=bitbucket.org\nusername={name}\npassword=x\n");
        desk.helper(&["store"], lines).succeeds();
    }
    let switch = terminal.runs(&desk, &["switch", "--for", "acme"]);
    terminal.shows("Which account at https://bitbucket.org:");
    terminal.shows("  3. carol");
    terminal.shows("Number [1]: ");
    terminal.types("7\n");
    terminal.seen.clear();
    terminal.shows("Number [1]: ");
    terminal.types("2\n");
    let output = switch.wait_with_output().expect("it ends");
    assert!(
        String::from_utf8_lossy(&output.stderr).starts_with("bob is used at bitbucket.org for everything under acme")
    );
    let answer = desk.get("protocol=https\nhost=bitbucket.org\npath=acme/app.git\n");
    assert_eq!(answer.value("username"), Some("bob"));
}

/// The child is the helper itself: setsid does not fork where it need not.
fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().try_into().expect("a pid")).expect("a pid")
}

#[test]
fn every_signal_that_ends_it_gives_the_echo_back() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let sandbox = Sandbox::start();
        let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
        let login = terminal.runs(&desk, &["login"]);
        terminal.shows("Token for");
        assert!(!terminal.echoes());
        kill_process(pid(&login), signal).expect("sent");
        let output = login.wait_with_output().expect("it ends");
        assert_eq!(output.status.signal(), Some(signal.as_raw()), "it dies of the signal");
        assert!(terminal.echoes(), "{signal:?}");
    }
}

#[test]
fn a_stop_gives_the_echo_back_and_the_question_comes_again_in_silence() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login", "--username", seeds::ALICE_EMAIL]);
    terminal.shows("Token of");
    kill_process(pid(&login), Signal::TSTP).expect("sent");
    let stopped = waitpid(Some(pid(&login)), WaitOptions::UNTRACED).expect("it stops").expect("it stops").1;
    assert!(stopped.stopped(), "{stopped:?}");
    assert!(terminal.echoes());
    terminal.seen.clear();
    kill_process(pid(&login), Signal::CONT).expect("sent");
    terminal.shows("Token of");
    assert!(!terminal.echoes());
    terminal.types(&format!("{}\n", seeds::API_TOKEN));
    terminal.shows("Expires");
    terminal.types("\n");
    let output = login.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!terminal.seen.contains("canary"), "{}", terminal.seen);
    assert!(terminal.echoes());
}

#[test]
fn a_wrong_token_that_is_typed_again_is_not_sent_again_and_with_another_e_mail_it_is() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login"]);
    for e_mail in [seeds::BOB_EMAIL, seeds::ALICE_EMAIL] {
        terminal.seen.clear();
        terminal.shows("Token for");
        terminal.types(&format!("{}\n", seeds::API_TOKEN));
        terminal.shows("E-mail");
        terminal.types(&format!("{e_mail}\n"));
    }
    terminal.shows("Expires");
    terminal.types("\n");
    let output = login.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    sandbox.clear_log();
    let login = terminal.runs(&desk, &["login", "--username", seeds::ALICE_EMAIL]);
    for _ in 0..2 {
        terminal.seen.clear();
        terminal.shows("Token of");
        terminal.types("ATATT-mistyped\n");
    }
    terminal.shows("Send it once more? [y/N]");
    terminal.seen.clear();
    terminal.types("\n");
    terminal.shows("Token of");
    terminal.types("\x04");
    let output = login.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&output.stderr).contains("does not accept this API token"));
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn a_secret_is_not_read_from_a_terminal_that_shows_it() {
    let sandbox = Sandbox::start();
    let (desk, terminal) = (Desk::at(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login", "--with-token"]);
    let output = login.wait_with_output().expect("it ends, and waits for nothing");
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn inside_a_git_command_the_terminal_is_asked_although_stdin_is_gits_pipe() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
        let desk = desk.with_git(&git);
        let clone = terminal.watches_git(&desk, &["clone", "-q", "https://bitbucket.org/acme/app.git", "x"]);
        terminal.shows("Token for https://bitbucket.org: ");
        assert!(!terminal.echoes());
        terminal.types(&format!("{}\n", seeds::API_TOKEN));
        terminal.shows("E-mail");
        terminal.types(&format!("{}\n", seeds::ALICE_EMAIL));
        let (success, screen) = terminal.after(clone);
        assert!(success, "{screen:#?}");
        assert!(!terminal.seen.contains("canary"), "{}", terminal.seen);
        assert!(desk.home().join("x/README.md").exists());
    }
}
