//! Asking a person, as Git does it: through an askpass program if one is set, else on the terminal; where neither is, on a
//! page in the browser; and showing an address there. Stdin is never read, since it is Git's pipe. It knows no account and
//! keeps no answer.

mod askpass;
mod browser;
mod form;
mod page;
mod sheet;
mod signals;
mod spinner;
#[cfg(unix)]
mod terminal;

pub use browser::{Browser, open_here};
pub use form::{CANCEL, Complaint, Elsewhere, Field, Form, Help, Input, PRESS, WAY, Way, text};
pub use page::SignInPage;
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
    Page(Box<SignInPage>),
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

    /// Whether lines can be read there while something else is awaited.
    pub fn is_terminal(&self) -> bool {
        !matches!(self, Self::Askpass(_) | Self::Page(_))
    }

    /// The page, if that is where the person is: there, several things are asked at once.
    pub fn page(&mut self) -> Option<&mut SignInPage> {
        match self {
            Self::Page(page) => Some(page),
            _ => None,
        }
    }

    /// A line of explanation. An askpass window shows questions only; the page shows it with what comes next.
    pub fn tell(&mut self, line: &str) {
        match self {
            Self::Askpass(_) => {}
            Self::Page(page) => page.tell(line),
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
            Self::Page(page) => Ok(asked_alone(page, question, Input::Line("off"))?
                .and_then(|answer| answer.expose_text().map(str::to_owned))),
            #[cfg(unix)]
            Self::Terminal(terminal) => terminal.ask(question),
        }
    }

    /// A hidden answer.
    pub fn ask_secret(&mut self, question: &str) -> Result<Option<Secret>> {
        match self {
            Self::Askpass(askpass) => askpass.ask(question),
            Self::Page(page) => asked_alone(page, question, Input::Secret),
            #[cfg(unix)]
            Self::Terminal(terminal) => terminal.ask_secret(question),
        }
    }

    /// A line, if one is typed within `limit`; shown as it is typed. Where there is no terminal it is `Nothing`, at once.
    #[cfg_attr(not(unix), expect(unused_variables, reason = "there is no terminal to type at"))]
    pub fn line_within(&mut self, limit: Duration) -> Result<Typed> {
        match self {
            Self::Askpass(_) | Self::Page(_) => Ok(Typed::Nothing),
            #[cfg(unix)]
            Self::Terminal(terminal) => terminal.line_within(limit),
        }
    }

    /// One of several, by number or by its own text; the first if only Enter is pressed.
    pub fn choose(&mut self, question: &str, options: &[String]) -> Result<Option<usize>> {
        if let Self::Page(page) = self {
            let answer = asked_alone(page, question, Input::OneOf(options.to_vec()))?;
            return Ok(answer
                .and_then(|answer| answer.expose_text()?.parse().ok())
                .filter(|chosen| *chosen < options.len()));
        }
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
        if let Self::Page(page) = self {
            let mut buttons = [("yes", "Yes"), ("no", "No")].map(|(word, text)| (word, text.to_owned()));
            if !default {
                buttons.reverse();
            }
            let form = Form { title: question.to_owned(), buttons: buttons.into(), ..Form::default() };
            return Ok(page.fill(&form)?.map(|answer| text(&answer, PRESS) == Some("yes")));
        }
        let prompt = format!("{question} [{}] ", if default { "Y/n" } else { "y/N" });
        let Some(answer) = self.ask(&prompt)? else { return Ok(None) };
        Ok(Some(match answer.trim().to_ascii_lowercase().as_str() {
            "" => default,
            answer => answer.starts_with('y'),
        }))
    }
}

/// One question on a page of its own.
fn asked_alone(page: &mut SignInPage, question: &str, input: Input) -> Result<Option<Secret>> {
    const ANSWER: &str = "answer";
    let label = question.trim_end_matches([':', ' ']).to_owned();
    let field = Field { name: ANSWER, label, hint: String::new(), input };
    let buttons = [("go", "Go on"), (CANCEL, "Cancel")].map(|(word, text)| (word, text.to_owned()));
    let form =
        Form { title: "One more question".into(), fields: vec![field], buttons: buttons.into(), ..Form::default() };
    Ok(page.fill(&form)?.and_then(|answer| answer.only(ANSWER).cloned()))
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
