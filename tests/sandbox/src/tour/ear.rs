//! This very program, standing where git expects the helper or the askpass program: it notes what is said, and passes it on
//! unchanged. The notes hold secrets, of the sandbox only, and go with the tour's folder.

use crate::person::{Browser, Trouble};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// Names the folder of the notes to whatever runs on the stage; while it is set, an unknown word is a question to a person.
pub const PERSON: &str = "BITBUCKET_SANDBOX_PERSON";
/// The notes, one a line.
pub(super) const NOTES: &str = "heard";
/// What the person knows: pairs of a word in a question and the answer to it.
pub(super) const ANSWERS: &str = "answers";

/// How the person's browser reaches the sandbox: `proxy` and `ca`.
pub(super) const WAY: &str = "way";

/// In the helper's place: hears the request, lets `helper` answer it, hears the answer. Gives the helper's exit code.
pub fn overhear(folder: &Path, helper: &OsStr, operation: &str) -> io::Result<u8> {
    let mut request = Vec::new();
    io::stdin().read_to_end(&mut request)?;
    note(folder, json!({"git": operation, "says": String::from_utf8_lossy(&request)}))?;
    let mut child = Command::new(helper).arg(operation).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // a helper may stop reading
        stdin.write_all(&request).ok();
    }
    let output = child.wait_with_output()?;
    note(folder, json!({"helper": operation, "says": String::from_utf8_lossy(&output.stdout)}))?;
    io::stdout().write_all(&output.stdout)?;
    Ok(output.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// In the askpass program's place: what the person answers; `None` where they would rather not.
pub fn answer_a_question(folder: &Path, question: &str) -> io::Result<Option<String>> {
    let answers: Value = serde_json::from_slice(&std::fs::read(folder.join(ANSWERS))?)?;
    let pairs = answers.as_array().cloned().unwrap_or_default();
    let fits = |pair: &&Value| pair[0].as_str().is_some_and(|word| question.contains(word));
    let answer = pairs.iter().find(fits).and_then(|pair| pair[1].as_str()).map(str::to_owned);
    note(folder, json!({"question": question, "says": answer}))?;
    Ok(answer)
}

/// In the browser's place: the person grants what the page at this address asks for, and follows the way back.
pub fn browse(folder: &Path, url: &str) -> Result<(), Trouble> {
    let way: Value = serde_json::from_slice(&std::fs::read(folder.join(WAY))?)?;
    let text = |key: &str| way[key].as_str().unwrap_or_default().to_owned();
    Browser::new(&text("proxy"), Path::new(&text("ca")))?.decides(url, "allow").map(drop)
}

/// One line in one write, since several may be heard at once.
fn note(folder: &Path, mut what: Value) -> io::Result<()> {
    what["at"] = json!(micros(SystemTime::now()));
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join(NOTES))?;
    file.write_all(format!("{what}\n").as_bytes())
}

/// The moment as a number that notes and the request log have in common.
pub(super) fn micros(moment: SystemTime) -> u64 {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
