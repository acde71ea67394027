//! The house's arrows point one way (the map in `src/main.rs`): a room may use the rooms to its right, none to its left and
//! none beside it.

use std::fs;
use std::path::{Path, PathBuf};

/// From left to right; rooms of one row stand beside each other.
const ROWS: [&[&str]; 13] = [
    &["main"],
    &["commands"],
    &["resolve"],
    &["world"],
    &["provider", "trace"],
    &["oauth", "foreign"],
    &["http", "storage", "accounts", "prompt"],
    &["config", "files", "loopback", "callers"],
    &["child"],
    &["protocol", "site"],
    &["credential"],
    &["secret", "calendar"],
    &["error"],
];

fn row(room: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&room))
}

/// `secret` and `error` are everybody's; all else obeys its place.
fn is_wrong(from: &str, to: &str) -> bool {
    let (Some(left), Some(right)) = (row(from), row(to)) else { return true };
    from != to && left >= right
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of sources").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The room a file belongs to: its first folder, or itself.
fn room_of(path: &Path) -> String {
    let inside = path.strip_prefix("src").expect("below src").components().next().expect("a name");
    inside.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn rooms_used(text: &str) -> Vec<String> {
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    text.match_indices("crate::").map(|(at, word)| name(&text[at + word.len()..])).collect()
}

fn wrong_arrows(from: &str, text: &str) -> Vec<String> {
    let used = rooms_used(text).into_iter().filter(|to| is_wrong(from, to));
    used.map(|to| format!("{from} ▶ {to}")).collect()
}

#[test]
fn no_room_uses_one_to_its_left_or_beside_it() {
    let files: Vec<_> =
        sources(Path::new("src")).into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "rs")).collect();
    assert!(files.len() > 30, "the sources are there");
    let wrong: Vec<String> =
        files.iter().flat_map(|path| wrong_arrows(&room_of(path), &fs::read_to_string(path).expect("text"))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_planted_arrow_is_found() {
    assert_eq!(wrong_arrows("storage", "use crate::resolve::get;"), ["storage ▶ resolve"]);
    assert_eq!(wrong_arrows("storage", "fn f() { crate::accounts::f() }"), ["storage ▶ accounts"]);
    assert_eq!(wrong_arrows("error", "use crate::secret::Secret;"), ["error ▶ secret"]);
    assert_eq!(wrong_arrows("site", "use crate::util::x;"), ["site ▶ util"]);
    assert!(wrong_arrows("storage", "use crate::error::Error; use crate::files;").is_empty());
}

#[test]
fn each_library_is_named_in_one_room() {
    let home = [
        ("reqwest", "http"),
        ("keyring_core", "storage"),
        ("rustbus", "storage"),
        ("clap", "commands"),
        ("dirs", "config"),
        ("oauth2", "oauth"),
        ("signal_hook", "prompt"),
        ("webbrowser", "prompt"),
    ];
    for path in sources(Path::new("src")) {
        let (room, text) = (room_of(&path), fs::read_to_string(&path).unwrap_or_default());
        for (library, home) in home {
            assert!(room == home || !text.contains(&format!("{library}::")), "{library} in {}", path.display());
        }
    }
}
