//! Places: a workspace or project, and perhaps a repository in it. What rules are written for and matched against, and
//! which paths are too crooked for that.

use crate::error::{Error, Result};
use crate::site::Site;

/// The place in a repository's path. A Data Center's context path, `scm`, `.git` and what git-lfs appends are cut off.
pub fn place_in(site: &Site, path: &[u8]) -> Option<String> {
    let path = std::str::from_utf8(path).ok()?;
    let path = below(path, site.context().trim_start_matches('/')).unwrap_or(path);
    let path = if site.is_cloud() { path } else { path.strip_prefix("scm/").unwrap_or(path) };
    // a crooked tail stays, to be refused where a rule would depend on it
    let tail = path.find(".git/").filter(|end| is_straight(&path[end + 5..]));
    let path = tail.map_or(path, |end| &path[..end]);
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!path.is_empty()).then(|| path.to_owned())
}

/// The place that a person typed: `acme`, `acme/app`, `~alice`, or a repository's whole address at this site.
pub fn typed_place(site: &Site, text: &str) -> Result<String> {
    let path = match text.split_once("://") {
        Some((_, rest)) if Site::parse(text).is_ok_and(|found| found.same_origin(site)) => {
            rest.split_once('/').map_or("", |(_, path)| path)
        }
        Some(_) => return Err(Error::NotAPlace),
        None => text,
    };
    let place = place_in(site, path.trim_end_matches('/').as_bytes()).ok_or(Error::NotAPlace)?;
    let short = place.split('/').count() <= 2;
    (short && is_straight(&place)).then_some(place).ok_or(Error::NotAPlace)
}

/// Whether everybody reads it alike: whole segments, none of them a dot or empty, no escapes.
pub fn is_straight(place: &str) -> bool {
    let crooked = |segment: &str| matches!(segment, "" | "." | "..") || segment.contains(['%', '\\', '?']);
    !place.split('/').any(crooked)
}

/// An error where two readers could understand a place differently; for whoever lets an account depend on it.
pub fn check_place(place: &str) -> Result<()> {
    match is_straight(place) {
        true => Ok(()),
        false => Err(Error::Protocol("its path can be read in two ways, and an account depends on it")),
    }
}

/// Whether `place` is `rule` or lies under it: whole segments, whatever their case, since both products take either.
pub fn lies_under(place: &str, rule: &str) -> bool {
    let (place, rule) = (place.to_lowercase(), rule.to_lowercase());
    place.strip_prefix(&rule).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn below<'a>(path: &'a str, context: &str) -> Option<&'a str> {
    if context.is_empty() { Some(path) } else { path.strip_prefix(context)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Site {
        Site::parse("https://code.corp.example/bitbucket").expect("a site")
    }

    #[test]
    fn a_place_is_the_same_for_git_lfs_and_both_products() {
        let cases = [
            (Site::cloud(), "acme/app.git", "acme/app"),
            (Site::cloud(), "acme/app", "acme/app"),
            (Site::cloud(), "acme/app.git/info/lfs", "acme/app"),
            (Site::cloud(), "a/b.git/info/lfs", "a/b"),
            (Site::cloud(), "acme/app.git/../../globex/site.git", "acme/app.git/../../globex/site"),
            (server(), "bitbucket/scm/prj/app.git", "prj/app"),
            (server(), "bitbucket/scm/~alice/notes.git/info/lfs", "~alice/notes"),
        ];
        for (site, path, place) in cases {
            assert_eq!(place_in(&site, path.as_bytes()).as_deref(), Some(place), "{path}");
        }
        assert_eq!(place_in(&server(), b""), None);
    }

    #[test]
    fn a_person_types_a_name_or_pastes_an_address() {
        let cases = [
            (Site::cloud(), "acme", "acme"),
            (Site::cloud(), "acme/app/", "acme/app"),
            (Site::cloud(), "https://alice@bitbucket.org/acme/app.git", "acme/app"),
            (server(), "~alice", "~alice"),
            (server(), "PRJ", "PRJ"),
            (server(), "https://code.corp.example/bitbucket/scm/prj/app.git", "prj/app"),
        ];
        for (site, typed, place) in cases {
            assert_eq!(typed_place(&site, typed).as_deref(), Ok(place), "{typed}");
        }
        for typed in
            ["", "/", "/home/alice", "a/b/c", "..", "acme/../globex", "a//b", "https://evil.example/acme", "a%2fb"]
        {
            assert_eq!(typed_place(&Site::cloud(), typed), Err(Error::NotAPlace), "{typed}");
        }
    }

    #[test]
    fn a_rule_holds_for_whole_segments_whatever_their_case() {
        for place in ["acme", "acme/app", "ACME/app"] {
            assert!(lies_under(place, "Acme"), "{place}");
        }
        for place in ["acme-evil/app", "acm", "globex/acme"] {
            assert!(!lies_under(place, "acme"), "{place}");
        }
    }
}
