//! How the tour looks: a quiet colour on a terminal and none elsewhere, a line for everything that was said, no secret.

use super::scene::{Happening, Scene};
use crate::{Authorization, Seen};
use std::io::IsTerminal;

/// Where everything is written.
pub struct Screen {
    coloured: bool,
}

const BOLD: &str = "1";
const DIM: &str = "2";
const GREEN: &str = "32";
/// What stands where a secret was.
const MASK: &str = "••••••••";
/// The columns that a wrapped line may fill.
const WIDTH: usize = 96;

impl Screen {
    /// Stdout; coloured if that is a terminal and nobody objects (no-color.org).
    pub fn of_stdout() -> Self {
        let objected = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { coloured: !objected && std::io::stdout().is_terminal() }
    }

    /// The first line of all.
    pub fn title(&self, text: &str) {
        println!("\n{}\n", self.painted(BOLD, text));
    }

    /// A line of plain words.
    pub fn text(&self, text: &str) {
        println!("{text}");
    }

    /// The heading of a chapter.
    pub fn chapter(&self, title: &str) {
        let rule = "─".repeat(WIDTH.saturating_sub(title.chars().count() + 4));
        println!("\n\n{}", self.painted(BOLD, &format!("─ {title} {rule}")));
    }

    /// What happens next, and why.
    pub fn step(&self, number: usize, text: &str) {
        println!();
        for (index, line) in wrapped(text.split(' '), " ", WIDTH - 4).iter().enumerate() {
            let mark = if index == 0 { format!("{number:>2}") } else { "  ".to_owned() };
            println!("{}  {line}", if index == 0 { self.painted(BOLD, &mark) } else { mark });
        }
    }

    /// A command as the person types it.
    pub fn command(&self, words: &str) {
        println!("\n    {}", self.painted(BOLD, &format!("$ {words}")));
    }

    /// What the command itself said.
    pub fn said(&self, text: &str) {
        text.lines().for_each(|line| println!("    {line}"));
    }

    /// Who said what to whom; what was said several times over stands once.
    pub fn conversation(&self, scene: &Scene, secrets: &[String]) {
        let told: Vec<Vec<String>> =
            scene.happenings.iter().filter_map(|happening| lines(happening, secrets)).collect();
        for same in told.chunk_by(|one, next| one == next) {
            let times = if same.len() > 1 { format!("  ({} times)", same.len()) } else { String::new() };
            let mut all = same[0].clone();
            all.last_mut().expect("a line at least").push_str(&times);
            all.iter().for_each(|line| println!("      {}", self.painted(DIM, line)));
        }
    }

    /// Something that was insisted on, and holds.
    pub fn holds(&self, text: &str) {
        println!("    {} {text}", self.painted(GREEN, "✓"));
    }

    fn painted(&self, code: &str, text: &str) -> String {
        if self.coloured { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The text with every secret masked.
pub fn masked(text: &str, secrets: &[String]) -> String {
    secrets.iter().filter(|secret| !secret.is_empty()).fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
}

fn lines(happening: &Happening, secrets: &[String]) -> Option<Vec<String>> {
    let of = |from: &str, to: &str, words: Vec<String>| {
        let words = words.iter().map(|word| masked(word, secrets)).collect::<Vec<_>>();
        let text = wrapped(words.iter().map(String::as_str), "  ", WIDTH - 25);
        let head = |index: usize| if index == 0 { format!("{from:<6} → {to:<7}") } else { " ".repeat(16) };
        text.iter().enumerate().map(|(index, line)| format!("{}  {line}", head(index))).collect()
    };
    Some(match happening {
        Happening::Request(seen) => of(agent(seen), "server", vec![request(seen)]),
        Happening::Asked { operation, lines } => of("git", "helper", [vec![operation.clone()], told(lines)].concat()),
        Happening::Answered { operation, lines } if lines.is_empty() => match operation.as_str() {
            "get" => of("helper", "git", vec!["nothing".to_owned()]),
            // the others have no answer
            _ => return None,
        },
        Happening::Answered { lines, .. } => of("helper", "git", told(lines)),
        Happening::Question { question, answer } => {
            of("helper", "Alice", vec![format!("{question}{}", answer.as_deref().unwrap_or("(she declines)"))])
        }
    })
}

/// The attributes that say something to a person; no secret, whether the sandbox knows it or not.
fn told(lines: &[String]) -> Vec<String> {
    let opaque = |line: &str| line.starts_with("capability[]") || line.starts_with("state[]");
    let shown = lines.iter().filter(|line| !line.is_empty() && !opaque(line));
    let masked = |line: &String| match line.split_once('=') {
        Some((key @ ("password" | "credential" | "oauth_refresh_token"), _)) => format!("{key}={MASK}"),
        _ => line.clone(),
    };
    shown.map(masked).collect()
}

/// Who sent it; a browser or a tool of the stage is neither.
fn agent(seen: &Seen) -> &'static str {
    let name = seen.headers.get("user-agent").and_then(|name| name.to_str().ok()).unwrap_or_default();
    match name {
        name if name.starts_with("git-credential-bitbucket/") => "helper",
        name if name.starts_with("git") => "git",
        _ => "Alice",
    }
}

/// Method, place, whose secret, status; without the query, which may hold secrets.
fn request(seen: &Seen) -> String {
    // a tunnel's target is the host itself
    let path = if seen.method == "CONNECT" { "" } else { seen.target.split('?').next().unwrap_or_default() };
    let who = match seen.credential() {
        Authorization::Anonymous => String::new(),
        Authorization::Basic { user, .. } => format!(" as {user}"),
        Authorization::Bearer(_) => " with Bearer".to_owned(),
        Authorization::Other => " with another scheme".to_owned(),
    };
    format!("{} {}{path}{who}: {}", seen.method, seen.host, seen.status)
}

/// Words on as few lines as they need; a word longer than a line has one of its own.
fn wrapped<'a>(words: impl Iterator<Item = &'a str>, between: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words {
        let last = lines.last_mut().expect("one line at least");
        let length = last.chars().count() + between.len() + word.chars().count();
        match last.is_empty() {
            true => last.push_str(word),
            false if length <= width => *last = format!("{last}{between}{word}"),
            false => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_on_the_next_line_when_they_do_not_fit() {
        assert_eq!(wrapped("a bb ccc dddddddd".split(' '), " ", 6), ["a bb", "ccc", "dddddddd"]);
    }

    #[test]
    fn no_secret_is_shown_whether_the_sandbox_knows_it_or_not() {
        let lines =
            ["password=unknown", "credential=x", "oauth_refresh_token=y", "username=alice", "capability[]=state"];
        let shown = told(&lines.map(str::to_owned)).join(" ");
        assert!(!["unknown", "=x", "=y", "capability"].iter().any(|word| shown.contains(word)), "{shown}");
        assert_eq!(masked("a canary b", &["canary".to_owned(), String::new()]), format!("a {MASK} b"));
    }
}
