//! Git LFS in this repository: whether it would ask us at all. It asks helpers only after a 401; where the server says 403
//! instead, a setting makes it ask at once (git-lfs issue 2658).

use super::report::Finding;
use super::target::Target;
use crate::config::{Line, top_folder};
use crate::provider::asks_for_lfs;
use crate::world::World;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(5);

/// Looks only where the repository uses LFS and nothing is set.
pub fn examine(world: &World, target: &Target, lines: &[Line], reached: bool) -> Option<Finding> {
    const CHECK: &str = "lfs.access";
    let remote = target.remote.as_ref().filter(|_| reached)?;
    let top = top_folder(&world.environment)?;
    let attributes = std::fs::read_to_string(top.join(".gitattributes")).ok()?;
    if !attributes.contains("filter=lfs") {
        return None;
    }
    let endpoint = endpoint(&remote.bare);
    let is_set = |line: &Line| {
        line.entry.section == "lfs" && line.entry.key.eq_ignore_ascii_case("access") && line.applies_to(&endpoint)
    };
    if lines.iter().any(is_set) {
        return Some(Finding::ok(CHECK, "Git LFS signs in at once, as it is set to"));
    }
    Some(match asks_for_lfs(&*world.http(&target.site).ok()?, &endpoint, LIMIT)? {
        true => Finding::ok(CHECK, "Git LFS is asked to sign in, so it asks us"),
        false => Finding::bad(
            CHECK,
            "the server says 403 to Git LFS where 401 was due, so Git LFS never asks us",
            format!("`git config lfs.{endpoint}.access basic`"),
        ),
    })
}

/// git-lfs, "Server Discovery".
fn endpoint(remote: &str) -> String {
    let remote = remote.trim_end_matches('/');
    let ending = if remote.ends_with(".git") { "" } else { ".git" };
    format!("{remote}{ending}/info/lfs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_the_one_that_git_lfs_finds() {
        assert_eq!(endpoint("https://h/a/b"), "https://h/a/b.git/info/lfs");
        assert_eq!(endpoint("https://h/a/b.git/"), "https://h/a/b.git/info/lfs");
    }
}
