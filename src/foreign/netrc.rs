//! `.netrc`: machines with login and password, as curl and git's contrib helper read them (curl's "netrc" page).
//! `default` is for every host and so for none of ours.

use super::{Content, Find, Opened, text_file};
use crate::error::Result;
use crate::secret::Secret;
use crate::site::Site;
use std::ops::Range;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The machines of a file; none if it is not there.
pub fn finds(file: &Path) -> Result<Vec<Find>> {
    let text = text_file::read(file)?.unwrap_or_default();
    Ok(machines(&text).into_iter().filter_map(|machine| find(file, machine)).collect())
}

/// One machine, and the bytes it takes.
#[derive(Default, Clone)]
struct Machine {
    host: Vec<u8>,
    port: Option<Vec<u8>>,
    login: Option<Vec<u8>>,
    password: Option<Secret>,
    takes: Range<usize>,
}

struct Kept {
    file: PathBuf,
    machine: Machine,
}

fn find(file: &Path, machine: Machine) -> Option<Find> {
    let host = match &machine.port {
        Some(port) => [&machine.host[..], port].join(&b':'),
        None => machine.host.clone(),
    };
    let origin = Site::of_request(b"https", &host)?;
    let username = machine.login.clone().and_then(|login| String::from_utf8(login).ok());
    let lies_in = file.display().to_string();
    let content = Box::new(Kept { file: file.to_owned(), machine });
    Some(Find { origin, path: None, username, refreshes: false, lies_in, content })
}

impl Content for Kept {
    fn open(&self) -> Result<Option<Opened>> {
        Ok(self.machine.password.clone().map(Opened::only))
    }

    fn remove(&self) -> Result<()> {
        text_file::amend(&self.file, |old| {
            let same = |machine: &Machine| {
                let names = |machine: &Machine| (machine.host.clone(), machine.port.clone(), machine.login.clone());
                names(machine) == names(&self.machine) && machine.password == self.machine.password
            };
            let mut rest = Zeroizing::new(Vec::with_capacity(old.len()));
            let mut from = 0;
            for machine in machines(old).into_iter().filter(same) {
                rest.extend_from_slice(&old[from..machine.takes.start]);
                from = machine.takes.end;
            }
            rest.extend_from_slice(&old[from..]);
            rest
        })
    }
}

fn machines(text: &[u8]) -> Vec<Machine> {
    let mut words = Words { text, at: 0 };
    let mut machines: Vec<Machine> = Vec::new();
    // not within `default`, which is for hosts that nobody named
    let mut open = false;
    while let Some((start, word)) = words.next() {
        match &word[..] {
            b"machine" => machines.push(Machine { host: words.word(), takes: start..start, ..Machine::default() }),
            b"macdef" => words.skip_macro(),
            b"default" => {}
            _ => detail(machines.last_mut().filter(|_| open), &word, &mut words),
        }
        open = match &word[..] {
            b"machine" => true,
            b"macdef" | b"default" => false,
            _ => open,
        };
        if let Some(last) = machines.last_mut().filter(|_| open) {
            last.takes.end = words.end_of_line();
        }
    }
    machines
}

fn detail(machine: Option<&mut Machine>, name: &[u8], words: &mut Words<'_>) {
    if !matches!(name, b"login" | b"password" | b"port" | b"account" | b"protocol") {
        return;
    }
    let value = Zeroizing::new(words.word());
    match (machine, name) {
        (Some(machine), b"login") => machine.login = Some(value.to_vec()),
        (Some(machine), b"port") => machine.port = Some(value.to_vec()),
        (Some(machine), b"password") => machine.password = Some(Secret::new(value.as_slice())),
        _ => {}
    }
}

/// Words between blanks; in double quotes, `\` makes the next character plain; `#` where a word begins ends the line.
struct Words<'a> {
    text: &'a [u8],
    at: usize,
}

impl Words<'_> {
    fn next(&mut self) -> Option<(usize, Zeroizing<Vec<u8>>)> {
        loop {
            self.at += self.text[self.at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            match self.text.get(self.at)? {
                b'#' => self.skip_while(|byte| byte != b'\n'),
                _ => return Some((self.at, self.take())),
            }
        }
    }

    fn word(&mut self) -> Vec<u8> {
        self.next().map(|(_, word)| word.to_vec()).unwrap_or_default()
    }

    fn take(&mut self) -> Zeroizing<Vec<u8>> {
        let quoted = self.text[self.at] == b'"';
        self.at += usize::from(quoted);
        let mut word = Zeroizing::new(Vec::with_capacity(self.text.len() - self.at));
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'"' if quoted => break,
                b'\\' if quoted => {
                    word.extend(self.text.get(self.at));
                    self.at = (self.at + 1).min(self.text.len());
                }
                byte if !quoted && byte.is_ascii_whitespace() => {
                    self.at -= 1;
                    break;
                }
                byte => word.push(byte),
            }
        }
        word
    }

    /// Behind the line's end, if only blanks are left on it.
    fn end_of_line(&self) -> usize {
        let blanks = self.text[self.at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        let end = self.at + blanks;
        end + usize::from(self.text.get(end) == Some(&b'\n'))
    }

    /// A macro ends at an empty line.
    fn skip_macro(&mut self) {
        let rest = &self.text[self.at..];
        let end = rest.windows(2).position(|two| two == b"\n\n").unwrap_or(rest.len());
        self.at += end;
    }

    fn skip_while(&mut self, skip: fn(u8) -> bool) {
        self.at += self.text[self.at..].iter().take_while(|byte| skip(**byte)).count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "# machine commented.example login no password no\n\
        machine bitbucket.org login alice password \"a \\\"b\\\" # c\"\n\
        macdef init\nmachine in.a.macro login x password y\n\n# work\n\
        machine git.corp.example\n\tlogin carol@corp.example\n\tpassword BBDC-x#y\n# everybody\n\
        default login anonymous password me@here\n";

    fn file() -> (tempfile::TempDir, PathBuf) {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("netrc");
        std::fs::write(&file, TEXT).expect("written");
        (place, file)
    }

    #[test]
    fn machines_are_found_and_macros_comments_and_the_default_are_not() {
        let (_place, file) = file();
        let found = finds(&file).expect("read");
        let names: Vec<_> = found.iter().map(|find| (find.origin.authority(), find.username.clone())).collect();
        let expected = [("bitbucket.org", "alice"), ("git.corp.example", "carol@corp.example")]
            .map(|(a, b)| (a.into(), Some(b.into())));
        assert_eq!(names, expected);
        let secrets: Vec<_> = found.iter().filter_map(|find| Some(find.open().expect("read")?.secret)).collect();
        assert_eq!(secrets, [Secret::new("a \"b\" # c"), Secret::new("BBDC-x#y")]);
    }

    #[test]
    fn removing_one_machine_leaves_every_other_byte() {
        let (_place, file) = file();
        let found = finds(&file).expect("read");
        found[1].remove().expect("removed");
        let left = std::fs::read_to_string(&file).expect("there");
        let expected: String = TEXT
            .lines()
            .filter(|line| !line.contains("git.corp") && !line.starts_with('\t'))
            .map(|line| line.to_owned() + "\n")
            .collect();
        assert_eq!(left, expected);
    }

    proptest! {
        #[test]
        fn text_that_makes_no_sense_is_no_trouble(text in "((machine|macdef|default|login|password|port|#|\"|\\\\|x|\n| ){0,20})") {
            let mut end = 0;
            for machine in machines(text.as_bytes()) {
                prop_assert!(end <= machine.takes.start && text.get(machine.takes.clone()).is_some());
                end = machine.takes.end;
            }
        }
    }
}
