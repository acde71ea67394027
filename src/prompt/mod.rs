//! Asking a person, as Git does it: through an askpass program if one is set, else on the terminal; and showing an address
//! in the browser. Stdin is never read, since it is Git's pipe. It knows no account and keeps no answer.

mod askpass;
mod browser;
mod signals;
mod spinner;
#[cfg(unix)]
mod terminal;

pub use browser::{Browser, open_here};
pub use spinner::{Spinner, aside};

use crate::error::Result;
use crate::secret::Secret;
use askpass::Askpass;
use std::path::PathBuf;
use std::time::Duration;
#[cfg(unix)]
use terminal::Terminal;

/// A person who can be asked. `None` as an answer means that the person called it off.
pub enum Asker {
    Askpass(Askpass),
    #[cfg(unix)]
    Terminal(Terminal),
}

/// What a look at the keyboard finds.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code, reason = "there is no terminal to type at"))]
pub enum Typed {
    Nothing,
    Line(Secret),
    End,
}

impl Asker {
    /// The askpass program if it can be found in absolute folders, else the terminal, else nobody.
    pub fn find(askpass: Option<&str>, search_path: &[PathBuf]) -> Option<Self> {
        askpass.and_then(|program| Askpass::find(program, search_path)).map(Self::Askpass).or_else(Self::terminal)
    }

    /// The person at the terminal, or nobody.
    #[cfg(unix)]
    pub fn terminal() -> Option<Self> {
        Terminal::open().map(Self::Terminal)
    }

    /// A hidden answer is not possible there without foreign code; Git for Windows brings an askpass.
    #[cfg(not(unix))]
    pub fn terminal() -> Option<Self> {
        None
    }

    /// Whether a second answer can differ from the first: a person's can, an askpass program's mostly not.
    pub fn is_repeatable(&self) -> bool {
        !matches!(self, Self::Askpass(_))
    }

    /// A line of explanation. An askpass window shows questions only.
    pub fn tell(&mut self, line: &str) {
        match self {
            Self::Askpass(_) => {}
            #[cfg(unix)]
            Self::Terminal(terminal) => terminal.tell(line),
        }
    }

    /// A visible answer, without its line end.
    pub fn ask(&mut self, question: &str) -> Result<Option<String>> {
        match self {
            Self::Askpass(askpass) => {
                Ok(askpass.ask(question)?.and_then(|answer| answer.expose_text().map(str::to_owned)))
            }
            #[cfg(unix)]
            Self::Terminal(terminal) => terminal.ask(question),
        }
    }

    /// A hidden answer.
    pub fn ask_secret(&mut self, question: &str) -> Result<Option<Secret>> {
        match self {
            Self::Askpass(askpass) => askpass.ask(question),
            #[cfg(unix)]
            Self::Terminal(terminal) => terminal.ask_secret(question),
        }
    }

    /// A line, if one is typed within `limit`; shown as it is typed. An askpass program shows nothing of itself, so there
    /// it is `Nothing`, at once.
    pub fn line_within(&mut self, limit: Duration) -> Result<Typed> {
        match self {
            Self::Askpass(_) => Ok(Typed::Nothing),
            #[cfg(unix)]
            Self::Terminal(terminal) => terminal.line_within(limit),
        }
    }

    /// One of several, by number or by its own text; the first if only Enter is pressed.
    pub fn choose(&mut self, question: &str, options: &[String]) -> Result<Option<usize>> {
        let lines: Vec<String> =
            options.iter().enumerate().map(|(index, option)| format!("  {}. {option}", index + 1)).collect();
        self.tell(&format!("{question}:"));
        lines.iter().for_each(|line| self.tell(line));
        let prompt = match self.is_repeatable() {
            true => "Number [1]: ".to_owned(),
            false => format!("{question} ({}): ", options.join(", ")),
        };
        loop {
            let Some(answer) = self.ask(&prompt)? else { return Ok(None) };
            let chosen = pick(answer.trim(), options);
            if chosen.is_some() || !self.is_repeatable() {
                return Ok(chosen);
            }
        }
    }

    /// Yes or no; `default` if only Enter is pressed.
    pub fn confirm(&mut self, question: &str, default: bool) -> Result<Option<bool>> {
        let prompt = format!("{question} [{}] ", if default { "Y/n" } else { "y/N" });
        let Some(answer) = self.ask(&prompt)? else { return Ok(None) };
        Ok(Some(match answer.trim().to_ascii_lowercase().as_str() {
            "" => default,
            answer => answer.starts_with('y'),
        }))
    }
}

fn pick(answer: &str, options: &[String]) -> Option<usize> {
    let number =
        answer.parse::<usize>().ok().filter(|number| (1..=options.len()).contains(number)).map(|number| number - 1);
    match answer {
        "" => Some(0),
        answer => number.or_else(|| options.iter().position(|option| option.eq_ignore_ascii_case(answer))),
    }
}

/// A program that can be run at once: a file that this process had open for writing is "busy" while a child of another test
/// still has a copy of it.
#[cfg(all(test, unix))]
fn written_by_a_child(path: &std::path::Path, script: &str) {
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", r#"printf '%s' "$1" >"$0" && chmod +x "$0""#]).arg(path).arg(script);
    assert!(shell.status().expect("a shell").success());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_picked_by_number_or_by_name() {
        let options = ["alice".to_owned(), "bob".to_owned()];
        for (answer, chosen) in [("", Some(0)), ("2", Some(1)), ("BOB", Some(1)), ("3", None), ("0", None), ("x", None)]
        {
            assert_eq!(pick(answer, &options), chosen, "{answer}");
        }
    }
}
