//! The picture in the README is what a terminal shows: a clone that asks once, and a fetch, a push and a second clone that do not.
//! `SESSION=write` paints it anew.

use crate::stage::{Desk, Terminal, gits};
use bitbucket_sandbox::{Sandbox, seeds};
use std::fmt::Write;
use std::fs;

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/session.svg");

/// What a person types at the prompt of the shell, and then at ours; nothing typed where it does not show.
const SESSION: &[(&str, &[(&str, &str)])] = &[
    (
        "git clone https://bitbucket.org/acme/app.git",
        &[("Token for", seeds::API_TOKEN), ("E-mail", seeds::ALICE_EMAIL)],
    ),
    ("cd app && git pull && git push", &[]),
    ("git clone https://bitbucket.org/acme/lib.git", &[]),
    ("git credential-bitbucket accounts", &[]),
];

/// How far git is with its packs says nothing about us, and differs from run to run.
fn is_progress(line: &str) -> bool {
    ["remote: ", "Receiving objects: ", "Resolving deltas: "].iter().any(|word| line.starts_with(word))
}

/// The lines of the screen after each command, in one sitting.
fn session(desk: &Desk) -> Vec<String> {
    let mut lines = Vec::new();
    for (command, typed) in SESSION {
        let (well, shown) = Terminal::new().wide(100).shell(desk, command, typed);
        assert!(well, "{shown:?}");
        lines.push(format!("$ {command}"));
        lines.extend(shown.into_iter().filter(|line| !line.is_empty() && !is_progress(line)));
    }
    lines
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The lines as a picture that reads well on a light and on a dark page.
fn painted(lines: &[String]) -> String {
    let height = 24 + 19 * lines.len();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 {height}\" role=\"img\" aria-label=\"a terminal session\">\n\
         <style>rect{{fill:#f6f8fa;stroke:#d0d7de}}text{{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328;white-space:pre}}\
         .typed{{font-weight:bold;fill:#0b63ce}}@media(prefers-color-scheme:dark){{rect{{fill:#161b22;stroke:#30363d}}text{{fill:#e6edf3}}\
         .typed{{fill:#6ea8fe}}}}</style>\n<rect x=\".5\" y=\".5\" width=\"859\" height=\"{}\" rx=\"6\"/>\n",
        height - 1
    );
    for (number, line) in lines.iter().enumerate() {
        let class = if line.starts_with("$ ") { " class=\"typed\"" } else { "" };
        writeln!(svg, "<text x=\"14\" y=\"{}\"{class}>{}</text>", 26 + 19 * number, escaped(line)).expect("a text");
    }
    svg + "</svg>\n"
}

#[allow(clippy::disallowed_methods, reason = "a switch of the test run, not of the product")]
#[test]
fn the_picture_in_the_readme_is_what_a_terminal_shows() {
    let sandbox = Sandbox::start();
    let desk = Desk::at(&sandbox).with_git(&gits().pop().expect("a git")).with_path();
    let picture = painted(&session(&desk));
    if std::env::var_os("SESSION").is_some() {
        fs::write(PICTURE, &picture).expect("written");
    }
    assert_eq!(fs::read_to_string(PICTURE).expect("a picture"), picture, "`SESSION=write cargo test session::`");
}
