//! Secrets for the site that lie elsewhere in plain text: in the files of `store`, in netrc, in a remote's address, in a
//! header. They are named, never shown.

use super::chain::{Helper, Who, plain_files};
use super::report::Finding;
use super::target::Target;
use crate::config::{Environment, Line};
use crate::credential::Shape;
use crate::error::shown;
use crate::protocol::Request;
use crate::secret::Secret;
use crate::site::Site;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A secret in a file in plain text.
#[derive(Debug)]
pub struct Kept {
    file: PathBuf,
    number: usize,
    username: String,
    shape: Shape,
    whose: Whose,
}

/// Who reads that file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// `store`, by its usual name or by `--file`.
    Store { usual: bool },
    /// libcurl, before any helper is asked.
    Netrc,
}

/// What the files hold for this site.
pub fn gather(environment: &Environment, chain: &[Helper], site: &Site) -> Vec<Kept> {
    let home = environment.home();
    let config = environment.path("XDG_CONFIG_HOME").or(home.as_ref().map(|home| home.join(".config")));
    let usual =
        [home.as_ref().map(|home| home.join(".git-credentials")), config.map(|config| config.join("git/credentials"))];
    let usual = usual.into_iter().flatten().map(|file| (file, Whose::Store { usual: true }));
    let own = plain_files(chain).into_iter().map(|file| (opened(file, home.as_deref()), Whose::Store { usual: false }));
    let netrc = home.as_ref().map(|home| (home.join(if cfg!(windows) { "_netrc" } else { ".netrc" }), Whose::Netrc));
    usual.chain(own).chain(netrc).flat_map(|(file, whose)| kept_in(&file, whose, site)).collect()
}

fn opened(file: PathBuf, home: Option<&Path>) -> PathBuf {
    file.strip_prefix("~").ok().zip(home).map(|(rest, home)| home.join(rest)).unwrap_or(file)
}

fn kept_in(file: &Path, whose: Whose, site: &Site) -> Vec<Kept> {
    // a file that is not there, or not ours to read, keeps nothing from Git
    let Ok(bytes) = std::fs::read(file).map(Zeroizing::new) else { return Vec::new() };
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    let found = if whose == Whose::Netrc { in_netrc(&text, site) } else { in_store(&text, site) };
    let kept = |(number, username, shape)| Kept { file: file.to_owned(), number, username, shape, whose };
    found.into_iter().map(kept).collect()
}

type Found = (usize, String, Shape);

/// An address a line, with user and password in it (git-credential-store, "STORAGE FORMAT").
fn in_store(text: &str, site: &Site) -> Vec<Found> {
    let read = |line: &str| Request::read(Zeroizing::new(format!("url={line}\n")).as_bytes()).ok();
    let ours = |request: &Request| {
        let origin = request.place().ok().and_then(|(protocol, host)| Site::of_request(protocol, host));
        origin.is_some_and(|origin| origin.same_origin(site))
    };
    let requests = (1..).zip(text.lines()).filter_map(|(number, line)| Some((number, read(line)?)));
    let secrets = requests.filter(|(_, request)| ours(request)).filter_map(|(number, request)| {
        Some((number, request.username().unwrap_or_default(), Shape::of(request.password.as_ref()?)))
    });
    secrets.collect()
}

/// `machine HOST login NAME password SECRET`, over one line or several (netrc(5)).
fn in_netrc(text: &str, site: &Site) -> Vec<Found> {
    let authority = site.authority();
    let host = authority.split(':').next().unwrap_or_default();
    let words: Vec<(usize, &str)> = (1..)
        .zip(text.lines())
        .flat_map(|(number, line)| line.split_whitespace().map(move |word| (number, word)))
        .collect();
    let mut found: Vec<Found> = Vec::new();
    let mut ours = false;
    for pair in words.windows(2) {
        let ((number, key), (_, value)) = (pair[0], pair[1]);
        match (key, ours) {
            ("machine", _) => {
                ours = value.eq_ignore_ascii_case(host);
                found.extend(ours.then(|| (number, String::new(), Shape::Unknown)));
            }
            ("login", true) => found.last_mut().expect("a machine came first").1 = value.to_owned(),
            ("password", true) => found.last_mut().expect("a machine came first").2 = Shape::of(&Secret::new(value)),
            _ => {}
        }
    }
    found
}

/// What was kept elsewhere, judged.
pub fn judge(kept: &[Kept], chain: &[Helper], target: &Target, lines: &[Line]) -> Vec<Finding> {
    let read = chain.iter().any(|helper| helper.who == Who::PlainText);
    let mut findings: Vec<Finding> = kept.iter().map(|kept| judge_one(kept, target, read)).collect();
    if let Some(remote) = target.remote.as_ref().filter(|remote| remote.has_secret) {
        let text = format!(
            "the address of the remote {} has a secret in it, which git sends before it asks us",
            shown(&remote.name)
        );
        let remedy = format!("`git remote set-url {} {}`", shown(&remote.name), shown(&remote.bare));
        findings.push(Finding::bad("elsewhere.remote", text, remedy));
    }
    findings.extend(lines.iter().filter(|line| is_header(line, &target.url)).map(|line| {
        let text =
            format!("git sends an `Authorization` header of its own, set in {}, so it may never ask us", line.place());
        Finding::warn("elsewhere.header", text, format!("`git config --{} --unset-all {}`", line.scope, line.key()))
    }));
    findings
}

fn judge_one(kept: &Kept, target: &Target, read: bool) -> Finding {
    let place = format!("{}:{}", kept.file.display(), kept.number);
    let dead = kept.shape == Shape::AppPassword && target.site.is_cloud();
    let whose = if kept.username.is_empty() { String::new() } else { format!(" of {}", shown(&kept.username)) };
    let what = if dead { "an app password" } else { "a secret" };
    let text = match kept.whose {
        Whose::Netrc => format!("{what}{whose} is in {place}, which git reads before it asks us"),
        Whose::Store { .. } if dead => format!("{what}{whose} is kept in {place}; Bitbucket takes none any more"),
        Whose::Store { .. } => format!("{what}{whose} is kept in plain text in {place}"),
    };
    let check = if dead { "elsewhere.app-password" } else { "elsewhere.plain-text" };
    let remedy = remedy(kept, &target.site);
    match kept.whose == Whose::Netrc || dead && read {
        true => Finding::bad(check, text, remedy),
        false => Finding::warn(check, text, remedy),
    }
}

/// `git credential-store erase` takes it out, where the name can be typed as it stands.
fn remedy(kept: &Kept, site: &Site) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@._-+".contains(c);
    let Whose::Store { usual } = kept.whose else {
        return format!("take the entry out of {}", kept.file.display());
    };
    let file = if usual { String::new() } else { format!(" --file '{}'", kept.file.display()) };
    match kept.username.chars().all(plain) {
        true => format!(
            "`printf 'protocol={}\\nhost={}\\nusername={}\\n' | git credential-store{file} erase`",
            site.protocol(),
            site.authority(),
            kept.username
        ),
        false => format!("take the line out of {}", kept.file.display()),
    }
}

fn is_header(line: &Line, url: &str) -> bool {
    let entry = &line.entry;
    let header = entry.section == "http" && entry.key.eq_ignore_ascii_case("extraHeader") && line.applies_to(url);
    header && entry.value.trim_start().to_ascii_lowercase().starts_with("authorization:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_for_this_very_site_count() {
        let app = format!("ATBB{}", "x".repeat(32));
        let text = format!(
            "https://alice:{app}@bitbucket.org\nhttps://bob:canary@github.com\n\nhttps://al%40home:t@BITBUCKET.org:443/acme\n\
             http://carol:t@bitbucket.org\nhttps://dave@bitbucket.org\n"
        );
        let found = in_store(&text, &Site::cloud());
        let expected = [(1, "alice".to_owned(), Shape::AppPassword), (4, "al@home".to_owned(), Shape::Unknown)];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_netrc_entry_is_found_over_several_lines() {
        let app = format!("ATBB{}", "x".repeat(32));
        let text = format!(
            "machine github.com login bob password canary\nmachine bitbucket.org\n  login alice\n  password {app}\n"
        );
        assert_eq!(in_netrc(&text, &Site::cloud()), [(2, "alice".to_owned(), Shape::AppPassword)]);
        assert_eq!(in_netrc("machine evil-bitbucket.org login a password b", &Site::cloud()), []);
    }

    #[test]
    fn a_remedy_names_what_can_be_typed() {
        let kept = |username: &str, usual| Kept {
            file: "/home/al/x".into(),
            number: 1,
            username: username.into(),
            shape: Shape::Unknown,
            whose: Whose::Store { usual },
        };
        assert_eq!(
            remedy(&kept("alice", true), &Site::cloud()),
            "`printf 'protocol=https\\nhost=bitbucket.org\\nusername=alice\\n' | git credential-store erase`"
        );
        assert!(remedy(&kept("alice", false), &Site::cloud()).contains("store --file '/home/al/x' erase"));
        assert_eq!(remedy(&kept("a'; rm", true), &Site::cloud()), "take the line out of /home/al/x");
    }
}
