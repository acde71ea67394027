//! What a program did: the one place where runs become something that stories look at.

use super::canaries;
use std::io::{Read, Seek, Write};
use std::process::{Command, Output};

/// What a program did.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    /// `out` as it was written.
    pub bytes: Vec<u8>,
    pub err: String,
}

impl Done {
    #[track_caller]
    pub fn succeeds(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }

    #[track_caller]
    pub fn fails(self) -> Self {
        assert_ne!(self.code, 0, "{self:#?}");
        self
    }

    /// One value of an answer.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.out.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
    }

    /// Exit 0 and not a word on stdout or stderr.
    #[track_caller]
    pub fn misses_in_silence(self) {
        assert_eq!((self.code, self.out.as_str(), self.err.as_str()), (0, "", ""));
    }

    /// Exit 0 and no answer, with words for the person.
    #[track_caller]
    pub fn misses_saying(self, words: &str) {
        assert_eq!((self.code, self.out.as_str()), (0, ""), "{}", self.err);
        assert!(self.err.contains(words), "{}", self.err);
    }

    /// Exit 1, no answer, and one line that repeats nothing of the request.
    #[track_caller]
    pub fn refuses(self) {
        assert_eq!((self.code, self.out.as_str()), (1, ""), "{}", self.err);
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
    }
}

/// Runs a program with a text on stdin to its end. Here every run is looked through for secrets.
#[track_caller]
pub fn feed(command: &mut Command, stdin: &[u8]) -> Done {
    let output = run(command, stdin);
    done(command, &output)
}

/// The same where children are watched: whoever watches a daemon keeps our stderr open as long as it lives, so it is no pipe.
#[track_caller]
pub fn feed_watched(command: &mut Command, stdin: &[u8]) -> Done {
    let mut complaint = tempfile::tempfile().expect("a file");
    command.stderr(complaint.try_clone().expect("the same file"));
    let mut output = run(command, stdin);
    complaint.rewind().and_then(|()| complaint.read_to_end(&mut output.stderr)).expect("what it said");
    done(command, &output)
}

fn run(command: &mut Command, stdin: &[u8]) -> Output {
    let mut child = command.spawn().expect("the program is there");
    let mut pipe = child.stdin.take().expect("piped");
    let text = stdin.to_vec();
    // from a thread, since a program may stop reading, or answer before it has read all
    let feeder = std::thread::spawn(move || pipe.write_all(&text));
    let output = child.wait_with_output().expect("it ends");
    let _ = feeder.join();
    output
}

#[track_caller]
fn done(command: &Command, output: &Output) -> Done {
    let done = Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        bytes: output.stdout.clone(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    canaries::none_told(command, &done);
    done
}
