//! The person's browser: a program that git or we are told to open addresses with. It hands each address to the story, which
//! decides what the person does there.

use super::{Desk, Done, Visitor, write_program};
use bitbucket_sandbox::{Sandbox, person};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Whatever opens a browser here does so within milliseconds; a minute means that nobody ever will.
const PATIENCE: Duration = Duration::from_secs(60);

/// The addresses that were opened, as they come.
pub struct Browser(Receiver<String>);

impl Browser {
    /// A browser for this desk. A pipe carries the addresses, so that waiting for one is no polling.
    pub fn of(desk: Desk) -> (Desk, Self) {
        let (pipe, program) = (desk.home().join("browser.pipe"), desk.home().join("browser"));
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).expect("a pipe");
        // one write, so that two browsers do not mix their addresses
        write_program(&program, &format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >'{}'\n", pipe.display()));
        let (sender, receiver) = channel();
        std::thread::spawn(move || listen(&pipe, &sender));
        let program = program.to_str().expect("text").to_owned();
        (desk.with("BROWSER", &program), Self(receiver))
    }

    /// The next address that is opened.
    #[track_caller]
    pub fn opened(&self) -> String {
        self.0.recv_timeout(PATIENCE).expect("a browser is opened")
    }

    /// The address of the site's own sign-in. Where our page offers it beside other ways, the person chooses it there.
    #[track_caller]
    pub fn led_to_the_site(&self) -> String {
        let opened = self.opened();
        if opened.starts_with("https://") { opened } else { Visitor::at(&opened).goes_on_at_the_site() }
    }

    /// Whether no other address has been opened.
    pub fn rests(&self) -> bool {
        self.0.try_recv().is_err()
    }

    /// Runs something that opens one address, at which the person says yes.
    #[track_caller]
    pub fn consents(&self, sandbox: &Sandbox, run: impl FnOnce() -> Done + Send) -> (Done, person::Page) {
        std::thread::scope(|scope| {
            let running = scope.spawn(run);
            let page = person::consents(sandbox, &self.led_to_the_site()).expect("the person comes back");
            (running.join().expect("it ends"), page)
        })
    }
}

fn listen(pipe: &Path, sender: &std::sync::mpsc::Sender<String>) {
    // ends with the desk, whose folder takes the pipe away
    while let Ok(mut opened) = fs::File::open(pipe) {
        let mut text = String::new();
        let read = opened.read_to_string(&mut text);
        if read.is_err() || text.lines().any(|line| sender.send(line.to_owned()).is_err()) {
            return;
        }
    }
}
