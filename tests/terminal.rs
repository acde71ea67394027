//! A person at a real (pseudo-)terminal: what is typed is not shown, and the echo comes back on every way out.

use crate::stage::{Desk, Terminal};
use bitbucket_sandbox::{Sandbox, person, seeds};

#[test]
fn a_typed_token_is_not_shown_and_the_echo_comes_back() {
    let sandbox = Sandbox::start();
    let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
    let login = terminal.runs(&desk, &["login"]);
    terminal.shows("Token for https://bitbucket.org: ");
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
        let login = terminal.runs(&desk, &["login", "--username", seeds::ALICE_EMAIL]);
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
    terminal.types("http://evil.example/?code=c&state=s\n");
    terminal.shows("not the address");
    terminal.types(&format!("{end}\n"));
    let output = login.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("as alice"));
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
