//! A person at a real (pseudo-)terminal: what is typed is not shown, and the echo comes back on every way out.

use crate::stage::{Desk, HELPER, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Nothing here takes longer than a few milliseconds; a minute means that it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

struct Terminal {
    keys: File,
    slave: File,
    shown: Receiver<u8>,
    seen: String,
}

impl Terminal {
    fn new() -> Self {
        let master: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("ours");
        let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("text");
        let slave = OpenOptions::new().read(true).write(true).open(name).expect("its other end");
        let keys = File::from(master);
        let mut screen = keys.try_clone().expect("a second handle");
        let (sender, shown) = channel();
        std::thread::spawn(move || {
            let mut byte = [0];
            while matches!(screen.read(&mut byte), Ok(1)) && sender.send(byte[0]).is_ok() {}
        });
        Self { keys, slave, shown, seen: String::new() }
    }

    /// Runs the helper in a session of its own, whose terminal this is.
    fn runs(&self, desk: &Desk, arguments: &[&str]) -> Child {
        self.runs_program(HELPER, desk, arguments)
    }

    fn runs_program(&self, program: &str, desk: &Desk, arguments: &[&str]) -> Child {
        let mut command = Command::new("/usr/bin/setsid");
        command.args(["--ctty", "--wait"]).arg(program).args(arguments);
        command
            .env_clear()
            .env("HOME", desk.home())
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .current_dir(desk.home());
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command.stdin(self.slave.try_clone().expect("a handle")).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("it starts")
    }

    /// Waits until the screen shows a text.
    fn shows(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let byte =
                self.shown.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{text:?} is not in {:?}", self.seen));
            self.seen.push(char::from(byte));
        }
    }

    fn types(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).expect("typed");
    }

    fn echoes(&self) -> bool {
        tcgetattr(&self.slave).expect("a terminal").local_modes.contains(LocalModes::ECHO)
    }
}

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
    let output = login.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!terminal.seen.contains("canary"), "{}", terminal.seen);
    assert!(String::from_utf8_lossy(&output.stderr).contains("as alice"));
}

#[test]
fn inside_a_git_command_the_terminal_is_asked_although_stdin_is_gits_pipe() {
    for git in gits() {
        let sandbox = Sandbox::start();
        let (desk, mut terminal) = (Desk::at(&sandbox), Terminal::new());
        let git = git.to_str().expect("text");
        let clone = terminal.runs_program(git, &desk, &["clone", "-q", "https://bitbucket.org/acme/app.git", "x"]);
        terminal.shows("Token for https://bitbucket.org: ");
        assert!(!terminal.echoes());
        terminal.types(&format!("{}\n", seeds::API_TOKEN));
        terminal.shows("E-mail");
        terminal.types(&format!("{}\n", seeds::ALICE_EMAIL));
        let output = clone.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!terminal.seen.contains("canary"), "{}", terminal.seen);
        assert!(desk.home().join("x/README.md").exists());
    }
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
    let output = login.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!terminal.seen.contains("canary"), "{}", terminal.seen);
    assert!(terminal.echoes());
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
    let output = login.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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
    let output = login.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    sandbox.clear_log();
    let login = terminal.runs(&desk, &["login", "--username", seeds::ALICE_EMAIL]);
    for _ in 0..2 {
        terminal.seen.clear();
        terminal.shows("Token of");
        terminal.types("ATATT-mistyped\n");
    }
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
