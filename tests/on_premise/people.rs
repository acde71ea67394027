//! A person at a terminal, in words: what is asked, what is answered, how it ends.

use super::corp;
use crate::stage::{Desk, Done, Terminal};
use bitbucket_sandbox::seeds;
use rustix::process::{Pid, Signal, kill_process};
use std::process::Child;
use std::sync::mpsc::channel;
use std::time::Duration;

/// Whatever waits for so long waits for an answer that nobody gives.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Person {
    terminal: Terminal,
    program: Child,
}

impl Person {
    /// Begins a sign-in at the company's server.
    pub fn signs_in(desk: &Desk, arguments: &[&str]) -> Self {
        Self::signs_in_at(desk, seeds::CORP, arguments)
    }

    pub fn signs_in_at(desk: &Desk, site: &str, arguments: &[&str]) -> Self {
        let terminal = Terminal::new();
        let arguments: Vec<&str> = ["login", site].iter().chain(arguments).copied().collect();
        let program = terminal.runs(desk, &arguments);
        Self { terminal, program }
    }

    /// The screen shows these words, which nobody has seen before.
    pub fn sees(mut self, words: &str) -> Self {
        self.terminal.shows(words);
        self.terminal.seen.clear();
        self
    }

    /// Answers the question that has these words in it.
    pub fn answers(self, words: &str, answer: &str) -> Self {
        let mut this = self.sees(words);
        this.terminal.types(&format!("{answer}\n"));
        this
    }

    #[track_caller]
    pub fn ends(mut self) -> Done {
        let (sender, ended) = channel();
        let (id, program) = (self.program.id(), self.program);
        std::thread::spawn(move || sender.send(program.wait_with_output()));
        let Ok(output) = ended.recv_timeout(PATIENCE) else {
            let id = i32::try_from(id).ok().and_then(Pid::from_raw).expect("a process");
            kill_process(id, Signal::KILL).expect("ours");
            panic!("it waits, and shows {:?}", self.terminal.screen());
        };
        let output = output.expect("it ends");
        Done {
            code: output.status.code().unwrap_or(-1),
            bytes: output.stdout.clone(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Alice at her terminal, with her password or another.
pub fn alice(desk: &Desk, password: &str) -> Person {
    Person::signs_in(desk, &["--username", seeds::ALICE]).answers("of alice at https://git.corp.example: ", password)
}

#[test]
fn a_person_who_calls_the_offer_off_keeps_the_password() {
    let sandbox = corp(|_| {});
    let desk = Desk::at(&sandbox);
    for answer in ["n", "\x04"] {
        let login =
            alice(&desk, seeds::DC_ALICE_PASSWORD).answers("and forget the password?", answer).ends().succeeds();
        assert!(login.err.contains("as alice; kept"), "{}", login.err);
        assert_eq!(desk.get(super::HOST).value("password"), Some(seeds::DC_ALICE_PASSWORD));
    }
    assert_eq!(sandbox.data_center(seeds::CORP, |site| site.directory.tokens.len()), 7, "those of the beginning");
}
