//! A pseudo-terminal and the person before it: what is shown, byte by byte and as a screen, and what is typed.

use super::{Desk, HELPER};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Nothing here takes longer than a few seconds; a minute means that it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Terminal {
    keys: File,
    slave: File,
    shown: Receiver<u8>,
    pub seen: String,
    open: Vec<String>,
}

impl Terminal {
    pub fn new() -> Self {
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
        Self { keys, slave, shown, seen: String::new(), open: Vec::new() }
    }

    /// So many columns wide.
    pub fn wide(self, columns: u16) -> Self {
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.slave, size).expect("a terminal");
        self
    }

    /// Runs the helper in a session of its own, whose terminal this is; stdout and stderr are not on it.
    pub fn runs(&self, desk: &Desk, arguments: &[&str]) -> Child {
        self.starts(desk, Path::new(HELPER), arguments, false)
    }

    /// The same with stderr on the terminal, as a person sees it.
    pub fn watches(&self, desk: &Desk, arguments: &[&str]) -> Child {
        self.starts(desk, Path::new(HELPER), arguments, true)
    }

    /// The same for git.
    pub fn watches_git(&self, desk: &Desk, arguments: &[&str]) -> Child {
        self.starts(desk, desk.git_program(), arguments, true)
    }

    /// Types a line at the prompt of a shell and answers what is asked: whether it ended well, and what stands on the screen.
    pub fn shell(mut self, desk: &Desk, line: &str, answers: &[(&str, &str)]) -> (bool, Vec<String>) {
        let child = self.starts(desk, Path::new("/bin/sh"), &["-c", &format!("exec >&2; {line}")], true);
        for (question, answer) in answers {
            self.shows(question);
            self.types(&format!("{answer}\n"));
        }
        self.after(child)
    }

    /// Runs the helper as Git does on this terminal: the request on a pipe, its words among Git's own. Gives the answer.
    pub fn gets(&self, desk: &Desk, request: &str) -> String {
        let script = format!("printf '{}' | '{HELPER}' get", request.replace('\n', "\\n"));
        let child = self.starts(desk, Path::new("/bin/sh"), &["-c", &script], true);
        String::from_utf8_lossy(&child.wait_with_output().expect("it ends").stdout).into_owned()
    }

    /// What was shown until now.
    pub fn screen(&mut self) -> &str {
        // the kernel hands over in order: what comes after a mark was written after it
        self.slave.write_all(b"<a mark>").expect("shown");
        self.shows("<a mark>");
        &self.seen
    }

    /// Starts a program in a session of its own, whose terminal this is; stdout is a pipe, and stderr unless it is watched.
    pub fn starts(&self, desk: &Desk, program: &Path, arguments: &[&str], watched: bool) -> Child {
        let mut command = desk.command(Path::new("/usr/bin/setsid"));
        command.args(["--ctty", "--wait"]).arg(program).args(arguments);
        command.stdin(self.slave.try_clone().expect("a handle")).stdout(Stdio::piped());
        if watched {
            command.stderr(self.slave.try_clone().expect("a handle"));
        }
        command.spawn().expect("it starts")
    }

    /// Waits until the terminal shows a text.
    #[track_caller]
    pub fn shows(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let byte =
                self.shown.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{text:?} is not in {:?}", self.seen));
            self.seen.push(char::from(byte));
        }
    }

    /// Types what a person may see: it stands on the screen, and is not searched for secrets.
    pub fn types_openly(&mut self, text: &str) {
        self.open.push(text.trim_end().to_owned());
        self.types(text);
    }

    pub fn types(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).expect("typed");
    }

    pub fn echoes(&self) -> bool {
        tcgetattr(&self.slave).expect("a terminal").local_modes.contains(LocalModes::ECHO)
    }

    /// What stands on the screen in the end, once `child` has ended: its lines, the last of which the cursor is on.
    pub fn after(&mut self, child: Child) -> (bool, Vec<String>) {
        let output = child.wait_with_output().expect("it ends");
        // behind all that the child has written
        self.slave.write_all(b"<the end>").expect("a terminal");
        self.shows("<the end>");
        (output.status.success(), screen(self.seen.trim_end_matches("<the end>")))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.seen.extend(self.shown.try_iter().map(char::from));
        for typed in &self.open {
            self.seen = self.seen.replace(typed, "[typed]");
        }
        assert!(
            std::thread::panicking() || !super::tells_a_secret(&self.seen),
            "a secret on the screen: {}",
            self.seen
        );
    }
}

/// A terminal that knows carriage return, line feed and "erase to the end of the line".
fn screen(bytes: &str) -> Vec<String> {
    let (mut lines, mut column) = (vec![Vec::new()], 0);
    let mut rest = bytes.chars();
    while let Some(next) = rest.next() {
        let line: &mut Vec<char> = lines.last_mut().expect("there is always one");
        match next {
            '\r' => column = 0,
            '\n' => lines.push(Vec::new()),
            '\x1b' => {
                assert_eq!(rest.by_ref().take(2).collect::<String>(), "[K", "no other command is known");
                line.truncate(column);
            }
            letter => {
                line.resize(line.len().max(column + 1), ' ');
                line[column] = letter;
                column += 1;
            }
        }
    }
    lines.into_iter().map(String::from_iter).collect()
}
