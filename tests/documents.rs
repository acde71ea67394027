//! What README.md, CONTRIBUTING.md and SECURITY.md point to is there, and the figures of others are those that were measured.

use std::fs;
use std::path::Path;

const README: &str = include_str!("../README.md");
const PAGES: [(&str, &str); 3] = [
    ("README.md", README),
    ("CONTRIBUTING.md", include_str!("../CONTRIBUTING.md")),
    ("SECURITY.md", include_str!("../SECURITY.md")),
];

/// The names in a page that look like files of this repository: in a room at its top, or a page beside it.
fn files_in(page: &str) -> Vec<&str> {
    let outside_blocks = page.split("```").step_by(2);
    let codes = outside_blocks.flat_map(|part| part.split('`').skip(1).step_by(2));
    let links = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let words = codes.filter_map(|code| code.split(' ').next()).chain(links);
    words.filter(|word| is_page(word) || word.split_once('/').is_some_and(|(room, _)| is_room(room))).collect()
}

fn is_page(word: &str) -> bool {
    word.ends_with(".md")
}

fn is_room(name: &str) -> bool {
    ["src", "tests", "packaging", "benches", "completions", "fuzz", ".ci", ".github"].contains(&name)
}

/// `tests/*.rs` and `src/**` speak of a room.
fn is_there(file: &str) -> bool {
    Path::new(file.split('*').next().unwrap_or_default()).exists()
}

#[test]
fn every_file_that_a_page_names_is_there() {
    for (name, page) in PAGES {
        let missing: Vec<_> = files_in(page).into_iter().filter(|file| !is_there(file)).collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
    }
    let found: Vec<&str> = PAGES.iter().flat_map(|(_, page)| files_in(page)).collect();
    for file in ["packaging/session.svg", "SECURITY.md", "CONTRIBUTING.md", "src/main.rs", ".ci/run"] {
        assert!(found.contains(&file), "{file} is named by no page: {found:?}");
    }
    assert!(!is_there("tests/no_such_file.rs"));
}

/// `cargo test … THEME` runs something.
#[test]
fn every_theme_that_a_page_names_has_tests() {
    let themes = PAGES.iter().flat_map(|(_, page)| page.split("cargo test --test stories ").skip(1));
    let themes = themes.map(|rest| rest.split(|c: char| c == '`' || c.is_whitespace()).next().unwrap_or_default());
    let themes: Vec<&str> = themes.collect();
    assert!(themes.len() > 2, "{themes:?}");
    for theme in themes {
        let place = format!("tests/{}", theme.trim_end_matches("::").replace("::", "/"));
        let texts = [format!("{place}.rs"), format!("{place}/mod.rs")].map(fs::read_to_string);
        assert!(texts.iter().flatten().any(|text| text.contains("#[test]")), "{theme}");
    }
}

#[test]
fn whoever_writes_an_issue_is_asked_for_what_the_pages_promise() {
    let asked = "git credential-bitbucket doctor --json";
    for template in ["problem", "wish"] {
        let text = fs::read_to_string(format!(".github/ISSUE_TEMPLATE/{template}.yml")).expect("a template");
        assert!(text.contains(asked), "{template}");
    }
    assert!(PAGES[..2].iter().all(|(_, page)| page.contains(asked)));
}

/// A `get` of one helper in milliseconds, from the table of the measurement.
fn measured(helper: &str) -> f64 {
    let page = include_str!("../benches/README.md");
    let row = page.lines().find_map(|line| line.strip_prefix(&format!("| {helper} | "))).expect("a row");
    row.split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

fn in_words(milliseconds: f64) -> String {
    if milliseconds < 10.0 { format!("{milliseconds:.1} ms") } else { format!("{milliseconds:.0} ms") }
}

#[test]
fn what_a_get_costs_beside_others_is_what_was_measured() {
    let row = README.lines().find(|line| line.starts_with("| a warm `get` from the keyring |")).expect("a row");
    let cells: Vec<&str> = row.split(" | ").collect();
    for (cell, helper) in [(1, "ours, keyring"), (2, "Git Credential Manager"), (4, "git-credential-libsecret")] {
        assert!(cells[cell].starts_with(&in_words(measured(helper))), "{helper}: {row}");
    }
}
