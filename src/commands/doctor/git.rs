//! Git itself: which one, and what it cannot do (git's release notes; the table stands in gitcredentials terms).

use super::report::Finding;
use crate::config::{Environment, git_version};

/// Major and minor.
pub type Version = (u32, u32);

/// From here on a refused token is healed in the same command, and Bearer can be sent.
pub const WHOLE: Version = (2, 46);
/// `git config --show-scope`, without which nobody can tell whose word a setting is.
const OLDEST: Version = (2, 26);
const NEWER: &str = "install Git 2.46 or later: https://git-scm.com/downloads";

/// The version that Git says it is, and the line about it.
pub fn examine(environment: &Environment) -> (Option<Version>, Finding) {
    match git_version(environment) {
        Ok((path, said)) => {
            let version = version_in(&said);
            (version, judge(version, &format!("{}, {}", crate::error::shown(&said), path.display())))
        }
        Err(error) => (None, Finding { remedy: Some(NEWER.into()), ..Finding::error("git.version", &error) }),
    }
}

fn version_in(said: &str) -> Option<Version> {
    let mut numbers = said.strip_prefix("git version ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn judge(version: Option<Version>, shown: &str) -> Finding {
    const CHECK: &str = "git.version";
    let Some(version) = version else {
        return Finding::warn(CHECK, format!("{shown}: not a version that we understand"), NEWER);
    };
    let lacks = lacking(version);
    match lacks {
        [] => Finding::ok(CHECK, shown),
        _ if version < OLDEST => Finding::bad(CHECK, format!("{shown}: too old; {}", lacks.join("; ")), NEWER),
        _ => Finding::warn(CHECK, format!("{shown}: {}", lacks.join("; ")), NEWER),
    }
}

/// What is missing, the gravest first.
fn lacking(version: Version) -> &'static [&'static str] {
    const ALL: [&str; 4] = [
        "it cannot tell whose word a setting is",
        "it does not know when a token expires",
        "it does not tell us what a server calls itself, so a Data Center must be named in git config",
        "a token that the server has ended costs one failed command, and Bearer cannot be sent",
    ];
    match version {
        version if version < OLDEST => &ALL,
        version if version < (2, 40) => &ALL[1..],
        version if version < (2, 41) => &ALL[2..],
        version if version < WHOLE => &ALL[3..],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;

    #[test]
    fn every_git_says_its_version_in_its_own_way() {
        for said in ["git version 2.39.5", "git version 2.39.5 (Apple Git-154)", "git version 2.39.2.windows.1"] {
            assert_eq!(version_in(said), Some((2, 39)), "{said}");
        }
        assert_eq!(version_in("git version 2.55.GIT"), Some((2, 55)));
        assert_eq!(version_in("hub 2"), None);
    }

    #[test]
    fn an_old_git_is_told_what_it_lacks() {
        for (version, verdict, words) in [
            ((2, 17), Verdict::Bad, "too old"),
            ((2, 39), Verdict::Warn, "when a token expires"),
            ((2, 40), Verdict::Warn, "what a server calls itself"),
            ((2, 45), Verdict::Warn, "Bearer"),
            ((2, 46), Verdict::Ok, "git"),
            ((3, 0), Verdict::Ok, "git"),
        ] {
            let finding = judge(Some(version), "git");
            assert_eq!(finding.verdict, verdict, "{version:?}");
            assert!(finding.text.contains(words), "{}", finding.text);
        }
    }
}
