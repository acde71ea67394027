//! The token itself: out of the variable, the file or the command. One line, trimmed and checked, and nothing waits for
//! ever: a pipe is not opened, a command has its time.

use crate::child::{self, Program};
use crate::config::{Injection, Source};
use crate::credential::Kind;
use crate::error::{Error, Result, shown};
use crate::secret::Secret;
use crate::site::Site;
use crate::world::World;
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// More than any token, less than any mistake.
const LONGEST: u64 = 64 * 1024;
/// Lines of a failed command that are worth a look.
const LAST_WORDS: usize = 10;

/// Opens it; an error says what is wrong with it and never what is in it.
pub fn open(world: &World, site: &Site, injection: &Injection) -> Result<Secret> {
    let bytes = match &injection.source {
        Source::Given(secret) => Zeroizing::new(secret.expose().to_vec()),
        Source::File(path) => content(path, injection.by)?,
        Source::Command(words) => output(world, site, words)?,
    };
    let secret = Secret::new(bytes.trim_ascii());
    let too_long = (bytes.len() as u64 > LONGEST).then_some("is longer than any token");
    match too_long.or(complaint(&secret, injection.kind)) {
        None => Ok(secret),
        Some(complaint) => {
            Err(wrong(format!("what `{}` gives {complaint}", injection.by), "it must be the token alone, on one line"))
        }
    }
}

fn complaint(secret: &Secret, said: Option<Kind>) -> Option<&'static str> {
    match secret.expose() {
        [] => Some("is empty"),
        _ if !secret.fits_a_line() => Some("has more than one line"),
        bytes if said != Some(Kind::Password) && is_a_name(bytes) => Some("is a variable's name instead of its value"),
        _ => None,
    }
}

/// `$TOKEN`, `${TOKEN}`, `$(TOKEN)`: what CI leaves standing where nothing of that name is set.
fn is_a_name(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b"$") else { return false };
    rest.starts_with(b"{")
        || rest.starts_with(b"(")
        || rest.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// A file that somebody else put there, so links are followed and its mode is theirs to choose.
fn content(path: &Path, by: &str) -> Result<Zeroizing<Vec<u8>>> {
    let failed = |error: std::io::Error| Error::File { action: "read", path: path.to_owned(), why: error.kind() };
    if !path.is_absolute() {
        return Err(wrong(
            format!("`{by}` is not an absolute path"),
            "write it from the root on: git may run in any folder",
        ));
    }
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(wrong(
            format!("`{by}` names something that is not a plain file"),
            "name the file that the secret is mounted as",
        ));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
    std::fs::File::open(path).map_err(failed)?.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn output(world: &World, site: &Site, words: &[String]) -> Result<Zeroizing<Vec<u8>>> {
    let [program, arguments @ ..] = words else { return Err(failed("is empty", site)) };
    let path =
        program_path(world, program).ok_or_else(|| failed("names a program that is not on the search path", site))?;
    let limit = world.limit(site, false)?;
    let command = Program::new("bitbucket.tokenCommand", path, world.environment.for_commands(), limit);
    let _sign = world.spinner("waiting for `bitbucket.tokenCommand`");
    let answer = command.run(arguments, b"").map_err(|error| late(error, site))?;
    if answer.success {
        return Ok(answer.output);
    }
    let said = String::from_utf8_lossy(&answer.complaint);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(LAST_WORDS)).for_each(|line| world.say(&format!("  {}", shown(line))));
    Err(failed("failed", site))
}

/// A full path, or a bare name in the absolute folders of the search path; nothing in the working folder.
fn program_path(world: &World, program: &str) -> Option<PathBuf> {
    let path = Path::new(program);
    match path.is_absolute() {
        true => Some(path.to_owned()),
        false if path.components().count() == 1 => child::find(program, &world.environment.search_path()),
        false => None,
    }
}

fn late(error: Error, site: &Site) -> Error {
    let remedy = format!("more time: `git config --global bitbucket.{site}.timeout SECONDS`");
    wrong(error.to_string(), &remedy)
}

fn failed(how: &str, site: &Site) -> Error {
    let remedy = format!("see it with `git config --show-origin --get-urlmatch bitbucket.tokenCommand {site}`");
    wrong(format!("`bitbucket.tokenCommand` {how}"), &remedy)
}

fn wrong(what: String, remedy: &str) -> Error {
    Error::Injected { what, remedy: remedy.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;
    use crate::world::Wishes;
    use proptest::prelude::*;

    fn told(text: &str) -> Option<&'static str> {
        complaint(&Secret::new(text), None)
    }

    #[test]
    fn what_is_no_token_is_told_in_words() {
        for (text, words) in [
            ("", "empty"),
            ("a\nb", "more than one line"),
            ("$MY_TOKEN", "name"),
            ("${{ secrets.X }}", "name"),
            ("$(T)", "name"),
        ] {
            assert!(told(text).is_some_and(|told| told.contains(words)), "{text:.20}");
        }
        for fine in ["ATATT3x=1A2B", "pa$$word", "$1.50 is the price"] {
            assert_eq!(told(fine), None, "{fine:.20}");
        }
        assert_eq!(complaint(&Secret::new("$ecret"), Some(Kind::Password)), None);
    }

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        let longest = "x".repeat(64 * 1024);
        assert_eq!(read(longest.as_bytes()), Ok(Secret::new(longest.as_str())));
        for longer in [format!("{longest}x"), format!("  {longest}"), longest.repeat(2)] {
            assert!(read(longer.as_bytes()).is_err_and(|error| error.to_string().contains("longer than any token")));
        }
    }

    #[test]
    fn a_command_is_a_full_path_or_a_bare_name_on_the_search_path() {
        let found = |path, program| program_path(&world([("PATH", path)]), program);
        assert_eq!(found("/usr", "bin/sh"), None, "not below a folder of it");
        assert_eq!(found("/bin", "sh"), Some("/bin/sh".into()));
        assert_eq!(found("/bin", "/somewhere/tool"), Some("/somewhere/tool".into()));
    }

    fn world<const N: usize>(variables: [(&str, &str); N]) -> World {
        World::new(Environment::from(variables), Wishes::default(), tempfile::tempfile().expect("a stdout"))
    }

    /// What is read out of a file that holds this.
    fn read(content: &[u8]) -> Result<Secret> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        std::io::Write::write_all(&mut file, content).expect("written");
        let source = Source::File(file.path().to_owned());
        let injection = Injection { by: "BITBUCKET_TOKEN_FILE", source, kind: None, username: None, email: None };
        open(&world([]), &Site::cloud(), &injection)
    }

    proptest! {
        #[test]
        fn a_token_file_gives_its_one_line_or_a_complaint_that_says_nothing_of_it(
            bytes in any::<Vec<u8>>(), token in "[!-#%-~]([ -~]{0,40}[!-~])?", before in "[ \t\n]{0,3}", after in "[ \t\r\n]{0,3}"
        ) {
            prop_assert_eq!(read(format!("{before}{token}{after}").as_bytes()), Ok(Secret::new(token)));
            match read(&bytes) {
                Ok(secret) => prop_assert!(secret.fits_a_line() && secret.expose() == bytes.trim_ascii() && !secret.is_empty()),
                Err(error) => prop_assert!(error.to_string().contains("BITBUCKET_TOKEN_FILE")),
            }
        }
    }
}
