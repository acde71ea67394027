//! Git Credential Manager's layouts: what it calls things, and its two stores of files, `plaintext` and the
//! pass-compatible `gpg` (its `PlaintextCredentialStore.cs` and `GpgPassCredentialStore.cs`, 2.9.1).

use super::{Content, Find, Haul, Opened, Surroundings, items, place_of};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::site::Site;
use crate::storage::Pass;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Where a refresh token is kept: at this path of its host, whatever the repository.
const REFRESH: &str = "refresh_token";
/// Deeper than any repository's path.
const DEEPEST: usize = 12;

pub fn look(around: &Surroundings, haul: &mut Haul) {
    match items::of_gcm(&around.place, &around.namespace) {
        // who has no keyring has chosen one of the other stores
        Err(Error::KeyringAbsent | Error::KeyringWithoutCollection) => {}
        found => haul.take(found),
    }
    if let Some(folder) = &around.gcm_folder {
        let files = files_in(&folder.join(&around.namespace), "credential");
        haul.finds.extend(files.into_iter().filter_map(|file| file_find(file, Reader::Plain)));
    }
    if let Some(folder) = Pass::folder(&around.place) {
        let files = files_in(&folder.join(&around.namespace), "gpg");
        if !files.is_empty() {
            haul.take(gpg_finds(around, &folder, files));
        }
    }
}

fn gpg_finds(around: &Surroundings, folder: &Path, files: Vec<File>) -> Result<Vec<Find>> {
    let pass = Rc::new(Pass::find(&around.place)?);
    let reader = || Reader::Gpg { pass: Rc::clone(&pass), folder: folder.to_owned() };
    Ok(files.into_iter().filter_map(|file| file_find(file, reader())).collect())
}

/// A find of GCM's, from whichever of its stores.
pub fn find(
    origin: Site,
    path: Option<String>,
    username: Option<String>,
    lies_in: String,
    content: Box<dyn Content>,
) -> Find {
    let refreshes = path.as_deref() == Some(REFRESH);
    let username = username.filter(|name| !name.is_empty());
    Find { origin, path: path.filter(|_| !refreshes), username, refreshes, lies_in, content }
}

/// `NAMESPACE/https/HOST[:PORT]/PATH…/ACCOUNT.EXTENSION`.
struct File {
    path: PathBuf,
    url: String,
    account: String,
}

fn files_in(root: &Path, extension: &str) -> Vec<File> {
    let schemes = ["https", "http"].into_iter();
    schemes.flat_map(|scheme| below(&root.join(scheme), &format!("{scheme}:/"), extension, DEEPEST)).collect()
}

fn below(folder: &Path, url: &str, extension: &str, depth: usize) -> Vec<File> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take_while(|_| depth > 0);
    let found = entries.flat_map(|entry| {
        let (path, Ok(name)) = (entry.path(), entry.file_name().into_string()) else { return Vec::new() };
        // a link could lead anywhere
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => below(&path, &format!("{url}/{name}"), extension, depth - 1),
            Ok(kind) if kind.is_file() => {
                let account = name.strip_suffix(extension).and_then(|name| name.strip_suffix('.'));
                let file = account.map(|account| File { path, url: url.to_owned(), account: account.to_owned() });
                file.into_iter().collect()
            }
            _ => Vec::new(),
        }
    });
    found.collect()
}

fn file_find(file: File, reader: Reader) -> Option<Find> {
    let (origin, path) = place_of(&file.url)?;
    let (username, lies_in) = (Some(file.account.clone()), file.path.display().to_string());
    Some(find(origin, path, username, lies_in, Box::new(Kept { file, reader })))
}

enum Reader {
    Plain,
    Gpg { pass: Rc<Pass>, folder: PathBuf },
}

struct Kept {
    file: File,
    reader: Reader,
}

impl Content for Kept {
    fn open(&self) -> Result<Option<Opened>> {
        let text = match &self.reader {
            Reader::Plain => super::text_file::read(&self.file.path)?.map(|text| Secret::new(text.as_slice())),
            Reader::Gpg { pass, folder } => {
                let entry = self.file.path.strip_prefix(folder).unwrap_or(&self.file.path).with_extension("");
                // the name of a file without an account is its extension alone
                let entry = if self.file.account.is_empty() { entry.with_file_name("") } else { entry };
                pass.text(&entry.to_string_lossy())?
            }
        };
        Ok(text.and_then(|text| opened(&text, &self.file.url)))
    }

    /// As GCM itself does it.
    fn remove(&self) -> Result<()> {
        crate::files::remove(&self.file.path).map(drop)
    }
}

/// The secret, and below it `service=` and `account=`. GCM takes no file whose service is another than its folder's.
fn opened(text: &Secret, url: &str) -> Option<Opened> {
    let mut lines = text.expose().split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let secret = Secret::new(lines.next()?);
    let service = lines.find_map(|line| line.strip_prefix(b"service="))?;
    let same =
        std::str::from_utf8(service).is_ok_and(|service| service.trim_end_matches('/').eq_ignore_ascii_case(url));
    same.then(|| Opened::only(secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_is_read_by_its_lines_and_must_lie_where_its_service_says() {
        let url = "https://bitbucket.org";
        let text = |service: &str| Secret::new(format!("s3cret\nservice={service}\naccount=alice\n"));
        assert_eq!(opened(&text(url), url).map(|found| found.secret), Some(Secret::new("s3cret")));
        assert!(opened(&text("https://evil.example"), url).is_none());
        assert!(opened(&Secret::new("s3cret"), url).is_none());
    }

    proptest! {
        #[test]
        fn a_file_gives_its_first_line_or_nothing(first in "[^\r\n]{0,20}", rest in any::<Vec<u8>>()) {
            let url = "https://bitbucket.org";
            prop_assert!(opened(&Secret::new(rest.clone()), url).is_none_or(|found| found.secret.fits_a_line() || rest.contains(&b'\r') || rest.contains(&0)));
            let text = [first.as_bytes(), b"\nservice=https://BitBucket.org/\n", &rest].concat();
            prop_assert_eq!(opened(&Secret::new(text), url).map(|found| found.secret), Some(Secret::new(first)));
        }
    }
}
