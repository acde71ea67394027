//! What happened during one command, from three witnesses: git's talk with the helper, the questions to the person, and the
//! servers' log, in the order of time. Chapters ask it what to insist on; how it looks is the screen's business.

use super::ear::micros;
use crate::Seen;
use serde_json::Value;
use std::process::Output;

/// One command and all that it led to.
pub struct Scene {
    pub happenings: Vec<Happening>,
    pub succeeded: bool,
    pub out: String,
    pub err: String,
}

/// One thing that was said.
pub enum Happening {
    /// To a server, by git or by the helper.
    Request(Box<Seen>),
    /// Git to the helper: the operation, and its lines.
    Asked { operation: String, lines: Vec<String> },
    /// The helper to git; no lines are no answer.
    Answered { operation: String, lines: Vec<String> },
    /// To the person; no answer is a refusal.
    Question { question: String, answer: Option<String> },
}

impl Scene {
    /// Puts together what was noted, what the servers saw, and how the command ended.
    pub fn new(notes: &str, seen: Vec<Seen>, output: &Output) -> Self {
        let noted =
            notes.lines().filter_map(|line| serde_json::from_str(line).ok()).filter_map(|note: Value| read(&note));
        let seen = seen.into_iter().map(|seen| (micros(seen.at), Happening::Request(Box::new(seen))));
        let mut timed: Vec<(u64, Happening)> = noted.chain(seen).collect();
        timed.sort_by_key(|(at, _)| *at);
        Self {
            happenings: timed.into_iter().map(|(_, happening)| happening).collect(),
            succeeded: output.status.success(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What the servers saw.
    pub fn requests(&self) -> impl Iterator<Item = &Seen> {
        self.happenings.iter().filter_map(|happening| match happening {
            Happening::Request(seen) => Some(&**seen),
            _ => None,
        })
    }

    /// How many requests went to an API.
    pub fn api_calls(&self) -> usize {
        self.requests().filter(|seen| seen.is_api()).count()
    }

    /// How many of them came with a secret, to have it checked.
    pub fn checks(&self) -> usize {
        self.requests().filter(|seen| seen.is_api() && seen.authorization.is_some()).count()
    }

    /// How many requests came with a secret and were refused.
    pub fn failed_logins(&self) -> usize {
        self.requests().filter(|seen| seen.authorization.is_some() && seen.status == 401).count()
    }

    /// How often the person was asked.
    pub fn questions(&self) -> usize {
        self.happenings.iter().filter(|happening| matches!(happening, Happening::Question { .. })).count()
    }

    /// Whether any of these secrets was in any request.
    pub fn told_any(&self, secrets: &[String]) -> bool {
        self.requests().any(|seen| secrets.iter().any(|secret| seen.carries(secret)))
    }
}

fn read(note: &Value) -> Option<(u64, Happening)> {
    let text = |key: &str| note[key].as_str().map(str::to_owned);
    let lines = || text("says").unwrap_or_default().lines().map(str::to_owned).collect();
    let happening = match (text("git"), text("helper"), text("question")) {
        (Some(operation), _, _) => Happening::Asked { operation, lines: lines() },
        (_, Some(operation), _) => Happening::Answered { operation, lines: lines() },
        (_, _, Some(question)) => Happening::Question { question, answer: text("says") },
        _ => return None,
    };
    Some((note["at"].as_u64()?, happening))
}
