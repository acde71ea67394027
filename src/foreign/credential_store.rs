//! `git credential-store`: a file of lines, each a URL with name and password in it, percent-encoded (git-credential-store,
//! "STORAGE FORMAT").

use super::{Content, Find, Opened, place_of, text_file};
use crate::error::Result;
use crate::protocol::percent_decoded;
use crate::secret::Secret;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The lines of a file; none if it is not there. A line that makes no sense is nobody's, and stays.
pub fn finds(file: &Path) -> Result<Vec<Find>> {
    let text = text_file::read(file)?.unwrap_or_default();
    Ok(text.split(|byte| *byte == b'\n').filter_map(|line| find(file, line)).collect())
}

struct Line {
    file: PathBuf,
    line: Zeroizing<Vec<u8>>,
    secret: Secret,
}

fn find(file: &Path, line: &[u8]) -> Option<Find> {
    let text = std::str::from_utf8(line).ok()?;
    let (scheme, rest) = text.split_once("://")?;
    let (user, place) = rest.split_once('@').filter(|(user, _)| !user.contains('/'))?;
    let (username, password) = user.split_once(':')?;
    let (origin, path) = place_of(&format!("{scheme}://{place}"))?;
    let secret = Secret::new(Zeroizing::new(percent_decoded(password)?).as_bytes());
    let username = percent_decoded(username).filter(|name| !name.is_empty());
    let path = path.and_then(|path| percent_decoded(&path));
    let content = Line { file: file.to_owned(), line: Zeroizing::new(line.to_vec()), secret };
    let lies_in = file.display().to_string();
    Some(Find { origin, path, username, refreshes: false, lies_in, content: Box::new(content) })
}

impl Content for Line {
    fn open(&self) -> Result<Option<Opened>> {
        Ok(Some(Opened::only(self.secret.clone())).filter(|opened| !opened.secret.is_empty()))
    }

    /// Not by `git credential-store erase`, which removes every line that it cannot tell from this one.
    fn remove(&self) -> Result<()> {
        text_file::amend(&self.file, |old| {
            let others = old.split_inclusive(|byte| *byte == b'\n');
            let others = others.filter(|line| line.strip_suffix(b"\n").unwrap_or(line) != self.line.as_slice());
            Zeroizing::new(others.flatten().copied().collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_understood_as_git_writes_them_and_only_one_goes() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("credentials");
        let text = "https://alice%40acme.example:a%2fb%25@bitbucket.org\n# mine\nhttps://x:y@github.com\n\
                    https://alice:other@code.corp.example%3a8443/scm/prj/app.git\nhttps://alice:t@code.corp.example:8443/scm/prj/app.git";
        std::fs::write(&file, text).expect("written");
        let found = finds(&file).expect("read");
        let names: Vec<_> = found.iter().map(|find| (find.origin.to_string(), find.path.as_deref())).collect();
        let expected = [
            ("https://bitbucket.org".into(), None),
            ("https://github.com".into(), None),
            ("https://code.corp.example:8443".into(), Some("scm/prj/app.git")),
        ];
        assert_eq!(names, expected);
        assert_eq!(found[0].username.as_deref(), Some("alice@acme.example"));
        assert_eq!(found[0].open().expect("read").map(|opened| opened.secret), Some(Secret::new("a/b%")));
        found[0].remove().expect("removed");
        let (_, rest) = text.split_once('\n').expect("lines");
        assert_eq!(std::fs::read_to_string(&file).expect("there"), rest);
        assert_eq!(finds(&place.path().join("nowhere")).expect("no file is no trouble").len(), 0);
    }

    proptest! {
        #[test]
        fn what_git_writes_is_found_and_no_other_line_is_any_trouble(
            name in ".{1,12}", password in proptest::collection::vec(1..=255u8, 1..12), junk in any::<Vec<u8>>()
        ) {
            let file = Path::new("/credentials");
            let _ = find(file, &junk);
            let escaped = |bytes: &[u8]| bytes.iter().map(|byte| format!("%{byte:02x}")).collect::<String>();
            let line = format!("https://{}:{}@bitbucket.org/acme%2fapp.git", escaped(name.as_bytes()), escaped(&password));
            let found = find(file, line.as_bytes());
            // a password that is no text is nobody's
            prop_assert_eq!(found.is_some(), std::str::from_utf8(&password).is_ok());
            if let Some(found) = found {
                prop_assert_eq!((found.username, found.path), (Some(name), Some("acme/app.git".to_owned())));
                prop_assert_eq!(found.content.open().expect("read").map(|opened| opened.secret), Some(Secret::new(password)));
            }
        }
    }
}
