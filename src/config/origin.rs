//! Git's configuration for eyes: each line with the file where it stands, and what Git says of itself and of the repository
//! that we stand in. For whoever explains; nothing is decided by it.

use super::entry::entry;
use super::{Entry, Environment, git};
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A line of Git's configuration and where it was written.
#[derive(Clone, Debug)]
pub struct Line {
    pub entry: Entry,
    /// Git's word: `system`, `global`, `local`, `worktree`, `command`.
    pub scope: String,
    /// A file, or `command line`.
    pub origin: String,
    /// Where in the file, if it could be found.
    pub number: Option<usize>,
}

const PATTERN: &str = r"^(bitbucket|credential|http|lfs)\.";

/// The lines of `bitbucket.*`, `credential.*`, `http.*` and `lfs.*`, in Git's order.
pub fn lines(environment: &Environment) -> Result<Vec<Line>> {
    let said = git::run(environment, &["config", "-z", "--show-scope", "--show-origin", "--get-regexp", PATTERN])?;
    let text = String::from_utf8_lossy(&said.stdout);
    let fields: Vec<&str> = text.split_terminator('\0').collect();
    let mut lines: Vec<Line> = fields.chunks_exact(3).filter_map(|three| line(three[0], three[1], three[2])).collect();
    find_numbers(&mut lines);
    Ok(lines)
}

/// Where the Git on the search path stands, and what it says of its version.
pub fn git_version(environment: &Environment) -> Result<(PathBuf, String)> {
    let path = environment.program("git").ok_or(Error::Program { name: "git", why: "is not on the search path" })?;
    let said = git::run(environment, &["--version"])?;
    Ok((path, String::from_utf8_lossy(&said.stdout).trim().to_owned()))
}

/// The top folder of the repository that we stand in; `None` outside one, and in a bare one.
pub fn top_folder(environment: &Environment) -> Option<PathBuf> {
    let said = git::run(environment, &["rev-parse", "--show-toplevel"]).ok().filter(|said| said.status.success())?;
    Some(PathBuf::from(String::from_utf8_lossy(&said.stdout).trim_end())).filter(|top| top.is_absolute())
}

fn line(scope: &str, origin: &str, text: &str) -> Option<Line> {
    let origin = origin.strip_prefix("file:").unwrap_or(origin).trim_end_matches(':').to_owned();
    Some(Line { entry: entry(scope, text)?, scope: scope.into(), origin, number: None })
}

impl Line {
    /// Whether it speaks of this URL.
    pub fn applies_to(&self, url: &str) -> bool {
        self.entry.applies_to(url)
    }

    /// `credential.https://bitbucket.org.helper`, as a person would type it.
    pub fn key(&self) -> String {
        let url = self.entry.url.as_ref().map(|url| format!("{url}.")).unwrap_or_default();
        format!("{}.{url}{}", self.entry.section, self.entry.key)
    }

    /// `/home/al/.gitconfig:12 (global)`.
    pub fn place(&self) -> String {
        let number = self.number.map(|number| format!(":{number}")).unwrap_or_default();
        format!("{}{number} ({})", crate::error::shown(&self.origin), self.scope)
    }
}

/// Git names the file only; within a file its lines come in their order.
fn find_numbers(lines: &mut [Line]) {
    let mut files: BTreeMap<String, Vec<Written>> = BTreeMap::new();
    for line in lines {
        let written = files.entry(line.origin.clone()).or_insert_with(|| {
            // a file that cannot be read has no numbers
            let text = std::fs::read(&line.origin).unwrap_or_default();
            written(&String::from_utf8_lossy(&text)).into_iter().rev().collect()
        });
        let is_it = |written: &Written| {
            written.section.eq_ignore_ascii_case(&line.entry.section)
                && written.url == line.entry.url
                && written.key.eq_ignore_ascii_case(&line.entry.key)
        };
        if let Some(at) = written.iter().rposition(is_it) {
            line.number = Some(written[at].number);
            written.truncate(at);
        }
    }
}

/// A line as it stands in its file.
struct Written {
    section: String,
    url: Option<String>,
    key: String,
    number: usize,
}

fn written(text: &str) -> Vec<Written> {
    let (mut section, mut url) = (String::new(), None);
    let mut all = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let mut line = line.trim_start();
        if let Some(head) = line.strip_prefix('[') {
            let (name, quoted) =
                head.split_once(" \"").map_or((head, None), |(name, rest)| (name, rest.split_once('"')));
            section = name.split(']').next().unwrap_or_default().trim().to_owned();
            url = quoted.map(|(url, _)| url.to_owned());
            line = quoted.map_or(head, |(_, rest)| rest).split_once(']').map_or("", |(_, rest)| rest).trim_start();
        }
        let key: String = line.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        if !key.is_empty() {
            all.push(Written { section: section.clone(), url: url.clone(), key, number });
        }
    }
    all
}

/// A line without a file, for the tests of those who read lines.
#[cfg(test)]
pub fn test_line(scope: &str, key: &str, value: &str) -> Line {
    line(scope, "file:/etc/somewhere", &format!("{key}\n{value}")).expect("a line")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helper(pattern: Option<&str>) -> Line {
        let pattern = pattern.map(|pattern| format!("{pattern}.")).unwrap_or_default();
        line("global", "file:/home/al/.gitconfig", &format!("credential.{pattern}helper\nstore")).expect("a line")
    }

    #[test]
    fn a_line_is_found_in_its_file_by_its_order() {
        let text = "# top\n[credential]\n\thelper = store\n  Helper = cache\n[credential \"https://bitbucket.org\"] helper=\n\
                    \thelper = bitbucket ; ours\n[http \"http://[::1]:7990\"]\n\tproxy =\n";
        let found: Vec<_> = written(text).into_iter().map(|line| (line.number, line.key)).collect();
        let expected = [(3, "helper"), (4, "Helper"), (5, "helper"), (6, "helper"), (8, "proxy")];
        assert_eq!(found, expected.map(|(number, key)| (number, key.to_owned())));
    }

    #[test]
    fn a_place_is_told_with_file_line_and_scope() {
        let line = Line { number: Some(12), ..helper(Some("https://bitbucket.org")) };
        assert_eq!(line.place(), "/home/al/.gitconfig:12 (global)");
        assert_eq!(line.key(), "credential.https://bitbucket.org.helper");
    }
}
