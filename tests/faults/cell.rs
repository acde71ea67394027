//! One request under one fault: the command is run, ends, has its words, and leaves what it must. A row is one request under all
//! of them; what is different from the rest of its row stands there by name.

use super::kinds::{ALL, AT_THE_DOOR, Kind, OTHER_HOST};
use crate::stage::{Browser, Desk, Done};
use bitbucket_sandbox::{Fault, Sandbox, Seen};
use std::sync::Mutex;

/// Somebody at a desk, with what must survive.
pub struct Scene<'a> {
    pub sandbox: &'a Sandbox,
    pub desk: Desk,
    pub browser: Option<Browser>,
}

/// One request, and the command that makes it.
pub struct Row {
    pub host: &'static str,
    pub path: &'static str,
    pub method: Option<&'static str>,
    /// So many requests to this place are let through: earlier steps of the command.
    pub after: u32,
    /// How many requests may meet the fault; a second try might lock an account.
    pub most: usize,
    /// The connection stands when it is sent, so that what goes wrong at the door has met an earlier request.
    pub late: bool,
    pub scene: for<'a> fn(&'a Sandbox) -> Scene<'a>,
    pub run: fn(&Scene<'_>) -> Done,
    /// Whether the secret is there that the request is about; whatever else there was is asserted here.
    pub holds: fn(&Scene<'_>) -> bool,
    /// How it ends where the row says nothing else.
    pub mostly: Cell,
    pub but: &'static [(&'static [Kind], Cell)],
}

/// The outcome.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    pub ends: Ends,
    /// `None`: the fault's own words.
    pub says: Option<&'static str>,
    /// Whether the secret is there afterwards.
    pub holds: bool,
}

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Git gets no answer, and two lines are on the screen.
    Misses,
    /// Git gets no answer, since the secret is dead; the second line says how to sign in.
    SignsOut,
    /// Git gets its answer all the same.
    Answers,
    /// It fails with this code, and the last two lines say why.
    Fails(i32),
    /// It is done; a doubt is said in two lines first.
    Doubts,
    /// It ends with this code, and says it in its report.
    Reports(i32),
    /// It is done, as if nothing had been.
    Done,
}

impl Row {
    /// Every fault, each at a desk of its own; all cells that are wrong are shown.
    #[track_caller]
    pub fn holds_under_every_fault(&self) {
        let kinds = Mutex::new(ALL.into_iter().filter(|kind| !(self.late && AT_THE_DOOR.contains(kind))));
        let next = || kinds.lock().expect("nobody died").next();
        let worker = || std::iter::from_fn(next).filter_map(|kind| self.wrong_under(kind)).collect::<Vec<_>>();
        let wrong: Vec<String> = std::thread::scope(|scope| {
            // most of them wait most of the time
            let workers: Vec<_> = (0..6).map(|_| scope.spawn(worker)).collect();
            workers.into_iter().flat_map(|worker| worker.join().expect("it ends")).collect()
        });
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn meetings(&self, sandbox: &Sandbox) -> usize {
        let fits =
            |seen: &&Seen| seen.target.starts_with(self.path) && self.method.is_none_or(|method| seen.method == method);
        let all = sandbox.requests_to(self.host).iter().filter(fits).count();
        all.saturating_sub(usize::try_from(self.after).expect("a few"))
    }

    fn cell(&self, kind: Kind) -> Cell {
        self.but.iter().find(|(kinds, _)| kinds.contains(&kind)).map_or(self.mostly, |(_, cell)| *cell)
    }

    fn wrong_under(&self, kind: Kind) -> Option<String> {
        let (cell, sandbox) = (self.cell(kind), Sandbox::start());
        let scene = (self.scene)(&sandbox);
        sandbox.clear_log();
        let at = Fault::at(self.host, self.path).after(self.after);
        sandbox.fault(kind.set(self.method.iter().fold(at, |at, method| at.method(method))));
        let done = match kind.waits() {
            true => scene.desk.in_a_hurry(|| (self.run)(&scene)),
            false => (self.run)(&scene),
        };
        sandbox.clear_faults();
        let wrong = match () {
            () if !cell.ends.is(&done) => "it ends otherwise",
            () if !cell.is_said(&done, kind) => "its words are others",
            () if !is_fit_to_read(&done) => "it is not fit to read",
            () if self.meetings(&sandbox) > self.most => "it was tried again",
            () if !sandbox.requests_to(OTHER_HOST).is_empty() => "another host heard of it",
            () if (self.holds)(&scene) != cell.holds => "another secret is left",
            () => return None,
        };
        let Cell { ends, holds, .. } = cell;
        let out: Vec<&str> = done
            .out
            .lines()
            .filter(|line| !line.starts_with("  ok"))
            .map(|line| &line[..line.len().min(200)])
            .collect();
        Some(format!("{kind:?} ({ends:?}, holds {holds}): {wrong}\n  {}, {out:#?}\n{}", done.code, done.err))
    }
}

impl Cell {
    pub const fn says(self, words: &'static str) -> Self {
        Self { says: Some(words), ..self }
    }

    pub const fn loses(self) -> Self {
        Self { holds: false, ..self }
    }

    fn is_said(self, done: &Done, kind: Kind) -> bool {
        match self.ends {
            Ends::Answers | Ends::Done => self.says.is_none_or(|words| done.err.contains(words)),
            ends => ends.says(done, self.says.unwrap_or(kind.words())),
        }
    }
}

/// The secret is there, and the words are the fault's own.
pub const fn ends(ends: Ends) -> Cell {
    Cell { ends, says: None, holds: true }
}

impl Ends {
    fn is(self, done: &Done) -> bool {
        let (out, lines) = (done.out.as_str(), done.err.lines().count());
        match self {
            Self::Misses | Self::SignsOut => (done.code, out, lines) == (0, "", 2),
            Self::Answers => done.code == 0 && done.value("password").is_some(),
            Self::Fails(code) => done.code == code && out.is_empty() && done.err.lines().last().is_some_and(is_hint),
            Self::Doubts | Self::Done => done.code == 0 && out.is_empty(),
            Self::Reports(code) => done.code == code && !out.is_empty(),
        }
    }

    /// What happened, with what to do in the next line or, in a report, in the same command's words.
    fn says(self, done: &Done, words: &str) -> bool {
        let lines: Vec<&str> = done.err.lines().collect();
        let message = |line: &str| line.starts_with("git-credential-bitbucket: ") && line.contains(words);
        match self {
            Self::SignsOut => message(lines[0]) && lines[1].contains("; sign in: `"),
            Self::Reports(_) => done.out.contains(words),
            _ => lines.windows(2).any(|pair| message(pair[0]) && is_hint(pair[1])),
        }
    }
}

fn is_hint(line: &str) -> bool {
    line.starts_with("hint: ")
}

/// No page, nothing that paints the terminal; that no secret is in it is looked at after every run.
fn is_fit_to_read(done: &Done) -> bool {
    let all = format!("{}{}", done.out, done.err);
    let page = ["<h1>", "having a moment", "{\"type"].iter().any(|part| all.contains(part));
    !page && all.chars().all(|c| c == '\n' || !c.is_control())
}
