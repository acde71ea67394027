//! The syntax of Git's configuration files (git-config, "Syntax"; git's config.c), for plain files only: whatever this reader
//! does not know for certain it leaves to Git, and says so by `None`.

use std::iter::Peekable;
use std::slice::Iter;

/// A name as Git writes it (`section.subsection.key`, section and key in lower case) and its value, if it has one.
pub type Assignment = (Vec<u8>, Option<Vec<u8>>);

/// Every assignment of a file in its order; `None` where only Git knows what it means.
pub fn assignments(text: &[u8]) -> Option<Vec<Assignment>> {
    if text.contains(&0) {
        return None;
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = Reader { rest: text.iter().peekable() };
    let (mut section, mut all) = (Vec::new(), Vec::new());
    while let Some(byte) = reader.next() {
        match byte {
            b'#' | b';' => reader.skip_line(),
            b'[' => section = reader.section()?,
            _ if is_space(byte) => {}
            // a key before the first section is an error
            _ if byte.is_ascii_alphabetic() && !section.is_empty() => {
                let key = reader.key(byte);
                let name = [&section[..], b".", &key].concat();
                all.push((name, reader.assigned()?));
            }
            _ => return None,
        }
    }
    Some(all)
}

struct Reader<'a> {
    rest: Peekable<Iter<'a, u8>>,
}

impl Reader<'_> {
    /// The next byte; a line end of two is one.
    fn next(&mut self) -> Option<u8> {
        match self.rest.next()? {
            b'\r' if self.rest.next_if(|byte| **byte == b'\n').is_some() => Some(b'\n'),
            byte => Some(*byte),
        }
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|byte| byte != b'\n') {}
    }

    /// `name]`, `name.sub]` or `name "sub"]`, after the bracket.
    fn section(&mut self) -> Option<Vec<u8>> {
        let mut name = Vec::new();
        loop {
            match self.next()? {
                b']' if !name.is_empty() => return Some(name),
                byte if is_of_name(byte) || byte == b'.' => name.push(byte.to_ascii_lowercase()),
                b' ' | b'\t' if !name.is_empty() => break,
                _ => return None,
            }
        }
        name.push(b'.');
        name.extend(self.subsection()?);
        Some(name)
    }

    /// `"sub"]`: quoted, a backslash takes the next byte as it is.
    fn subsection(&mut self) -> Option<Vec<u8>> {
        while self.rest.next_if(|byte| matches!(byte, b' ' | b'\t')).is_some() {}
        let mut name = Vec::new();
        if self.next()? != b'"' {
            return None;
        }
        loop {
            match self.next()? {
                b'"' => break,
                b'\n' => return None,
                b'\\' => name.push(self.next().filter(|byte| *byte != b'\n')?),
                byte => name.push(byte),
            }
        }
        (self.next()? == b']').then_some(name)
    }

    fn key(&mut self, first: u8) -> Vec<u8> {
        let mut key = vec![first.to_ascii_lowercase()];
        while let Some(byte) = self.rest.next_if(|byte| is_of_name(**byte)) {
            key.push(byte.to_ascii_lowercase());
        }
        key
    }

    /// What follows a key: `= value`, or nothing at all up to the end of the line.
    fn assigned(&mut self) -> Option<Option<Vec<u8>>> {
        while self.rest.next_if(|byte| matches!(byte, b' ' | b'\t')).is_some() {}
        match self.next() {
            None | Some(b'\n') => Some(None),
            Some(b'=') => self.value().map(Some),
            Some(_) => None,
        }
    }

    /// Up to the end of the line: quotes, escapes, comments, continued lines; spaces around it are not part of it.
    fn value(&mut self) -> Option<Vec<u8>> {
        let (mut value, mut quoted, mut spaces) = (Vec::new(), false, 0);
        loop {
            let byte = match self.next() {
                None | Some(b'\n') if quoted => return None,
                None | Some(b'\n') => return Some(value),
                Some(b' ') if !quoted => {
                    spaces += usize::from(!value.is_empty());
                    continue;
                }
                // gits before 2.45 keep a tab within a value as a space; trailing ones fall away in all of them
                Some(byte) if is_space(byte) && !quoted => match value.is_empty() || self.ends_here() {
                    true => continue,
                    false => return None,
                },
                Some(b'#' | b';') if !quoted => {
                    self.skip_line();
                    return Some(value);
                }
                Some(byte) => byte,
            };
            value.extend(std::iter::repeat_n(b' ', std::mem::take(&mut spaces)));
            match byte {
                b'"' => quoted = !quoted,
                b'\\' => value.extend(self.escaped()?),
                _ => value.push(byte),
            }
        }
    }

    /// Whether nothing but spaces or a comment is left of this line.
    fn ends_here(&self) -> bool {
        let mut rest = self.rest.clone().copied().skip_while(|byte| is_space(*byte) && *byte != b'\n');
        rest.next().is_none_or(|byte| matches!(byte, b'\n' | b'#' | b';'))
    }

    /// What a backslash stands for; nothing before a line end, where the value goes on.
    fn escaped(&mut self) -> Option<Option<u8>> {
        Some(match self.next()? {
            b'\n' => None,
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'n' => Some(b'\n'),
            byte @ (b'\\' | b'"') => Some(byte),
            _ => return None,
        })
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// git's own `isspace`: not the vertical tab, not the form feed.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    fn read(text: &str) -> Option<Vec<(String, Option<String>)>> {
        let text_of = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let all = assignments(text.as_bytes())?;
        Some(all.into_iter().map(|(name, value)| (text_of(name), value.map(text_of))).collect())
    }

    #[test]
    fn sections_keys_and_values_are_read_as_git_writes_them() {
        let text = "\u{feff}# c\n[A \"B.c\\\"\"]Key = v ; c\n\tflag\n[d.E]x-1=\"a # b\" c\\\n  d\\t\r\n[f]y=";
        let expected =
            [("a.B.c\".key", Some("v")), ("a.B.c\".flag", None), ("d.e.x-1", Some("a # b c  d\t")), ("f.y", Some(""))];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        assert_eq!(read(text), Some(expected.to_vec()));
    }

    #[test]
    fn what_only_git_knows_is_left_to_git() {
        for unclear in [
            "x = 1",
            "[a]1=2",
            "[a]k=\"open",
            "[a]k=\\q",
            "[a b]k=1",
            "[]k=1",
            "[a]k = a\tb",
            "[a]k\0=1",
            "[a",
            "[a]k !",
        ] {
            assert_eq!(read(unclear), None, "{unclear:?}");
        }
    }

    /// What git itself reads: `None` where it complains.
    fn gits(text: &str) -> Option<Vec<(String, Option<String>)>> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        let mut git = Command::new("git");
        git.args(["config", "-z", "--list", "--file"]).arg(file.path());
        git.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").current_dir("/");
        let output = git.output().expect("git runs");
        let said = String::from_utf8(output.stdout).expect("text");
        let lines = said.split_terminator('\0').map(|line| match line.split_once('\n') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (line.to_owned(), None),
        });
        output.status.success().then(|| lines.collect())
    }

    proptest! {
        // each case is a process
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn what_we_read_is_what_git_reads(
            pieces in proptest::collection::vec(
                r##"\[[a-cA-C]{1,3}(\.[aB-]{1,2})?( ?"([aB.:/ ]|\\"|\\\\|\\q){0,4}")?\]| ?[a-cX][a-cX0-9-]{0,2} ?(= ?)?|"[a #;]*"|\\[tnb"\\]|\\\n|\\\r\n|[ \t]|\n|\r\n|#.{0,3}\n|;|[a-zé=]{1,3}|["\\\[\]\r]"##,
                0..14,
            )
        ) {
            let text = format!("[s]\n{}", pieces.concat());
            if let Some(ours) = read(&text) {
                prop_assert_eq!(Some(ours), gits(&text), "{:?}", text);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = assignments(&bytes);
        }
    }
}
