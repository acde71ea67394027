//! Which of several `section.<url>.key` lines a URL means: Git's rules (git-config, `http.<url>.*`; urlmatch.c),
//! kept here because `git config --get-urlmatch` cannot tell whose file a line comes from.

/// How well a pattern fits; greater is better, and equals leave the choice to the later line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    host: usize,
    path: usize,
    user: bool,
}

struct Parts<'a> {
    scheme: String,
    user: Option<&'a str>,
    host: String,
    port: Option<&'a str>,
    path: &'a str,
}

/// The rank of `pattern` for `url`, or `None` where it does not apply.
pub fn rank(pattern: &str, url: &str) -> Option<Rank> {
    let (pattern, url) = (parts(pattern)?, parts(url)?);
    let same_door = pattern.scheme == url.scheme && pattern.port == url.port;
    let user = pattern.user.is_none() || pattern.user == url.user;
    let fits = same_door && user && host_fits(&pattern.host, &url.host) && path_fits(pattern.path, url.path);
    // the longer host wins, and a `*` counts as the one letter it is (urlmatch.c, `cmp_matches`)
    fits.then(|| Rank { host: pattern.host.len(), path: pattern.path.len(), user: pattern.user.is_some() })
}

/// The same for a pattern that may lack its scheme, as Git lets it in `credential.*` (credential.c, `match_partial_url`).
pub fn rank_of_partial(pattern: &str, url: &str) -> Option<Rank> {
    match (pattern.contains("://"), url.split_once("://")) {
        (false, Some((scheme, _))) => rank(&format!("{scheme}://{pattern}"), url),
        _ => rank(pattern, url),
    }
}

fn parts(url: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let (host, port) = split_port(host);
    let default = if scheme == "http" { "80" } else { "443" };
    let port = port.filter(|port| !port.is_empty() && *port != default);
    Some(Parts { scheme, user, host: host.to_ascii_lowercase(), port, path: path.trim_end_matches('/') })
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    let end = host.rfind(']').map_or(0, |end| end + 1);
    host[end..].find(':').map_or((host, None), |colon| (&host[..end + colon], Some(&host[end + colon + 1..])))
}

/// Label by label; `*` stands for one whole label (git 2.26).
fn host_fits(pattern: &str, host: &str) -> bool {
    let (patterns, labels): (Vec<_>, Vec<_>) = (pattern.split('.').collect(), host.split('.').collect());
    patterns.len() == labels.len()
        && patterns.iter().zip(labels).all(|(pattern, label)| *pattern == "*" || *pattern == label)
}

/// Whole segments: `/acme` fits `/acme/app.git` and not `/acme-evil`.
fn path_fits(pattern: &str, path: &str) -> bool {
    path.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    fn fits(pattern: &str, url: &str) -> bool {
        rank(pattern, url).is_some()
    }

    #[test]
    fn an_address_applies_to_what_lies_below_it_and_to_nothing_beside_it() {
        for pattern in ["https://h.example", "https://H.example:443/", "https://*.example", "https://h.example/a"] {
            assert!(fits(pattern, "https://h.example/a/b.git"), "{pattern}");
        }
        for pattern in [
            "http://h.example",
            "https://example",
            "https://x.h.example",
            "https://h.example:8443",
            "https://h.example/a/",
            "https://h.example/ab",
        ] {
            assert!(!fits(pattern, "https://h.example/a-b.git"), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_without_a_scheme_means_that_host_by_any() {
        let url = "https://bitbucket.org/acme/app.git";
        for pattern in ["bitbucket.org", "bitbucket.org/acme", "https://bitbucket.org"] {
            assert!(rank_of_partial(pattern, url).is_some(), "{pattern}");
        }
        for pattern in ["org", "evil-bitbucket.org", "bitbucket.org/ac", "http://bitbucket.org"] {
            assert!(rank_of_partial(pattern, url).is_none(), "{pattern}");
        }
    }

    #[test]
    fn a_literal_host_beats_a_wildcard_and_a_longer_path_a_shorter() {
        let url = "https://al@git.corp.example/bitbucket/scm/a.git";
        let of = |pattern: &str| rank(pattern, url).expect("it applies");
        assert!(of("https://git.corp.example") > of("https://*.corp.example"));
        assert!(of("https://git.corp.example/bitbucket") > of("https://git.corp.example"));
        assert!(of("https://al@git.corp.example") > of("https://git.corp.example"));
        assert!(of("https://*.corp.example") > Rank::default());
    }

    #[test]
    fn ports_and_brackets_are_told_apart() {
        assert!(fits("https://[::1]:7990", "https://[::1]:7990/x"));
        assert!(!fits("https://[::1]:7991", "https://[::1]:7990/x"));
        assert!(fits("http://h:80", "http://h/x"));
    }

    /// The value that git itself picks among patterns, each of whose value is its place in the list.
    fn gits_choice(patterns: &[String], url: &str) -> Option<usize> {
        let settings =
            patterns.iter().enumerate().flat_map(|(place, pattern)| ["-c".into(), format!("x.{pattern}.y={place}")]);
        let mut git = Command::new("git");
        git.args(settings)
            .args(["config", "--get-urlmatch", "x.y", url])
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin");
        git.env("GIT_CONFIG_NOSYSTEM", "1").current_dir("/");
        String::from_utf8(git.output().expect("git runs").stdout).expect("text").trim().parse().ok()
    }

    fn our_choice(patterns: &[String], url: &str) -> Option<usize> {
        let ranked = patterns.iter().enumerate().filter_map(|(place, pattern)| Some((rank(pattern, url)?, place)));
        ranked.max().map(|(_, place)| place)
    }

    fn any_address(hosts: &'static str) -> impl Strategy<Value = String> {
        let user = "|alice@|bob@";
        (user, hosts, "|:443|:8443", "(/a|/ab|/a/b|/)?")
            .prop_map(|(user, host, port, path)| format!("https://{user}{host}{port}{path}"))
    }

    proptest! {
        // each case is a process
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn among_addresses_we_choose_as_git_does(
            patterns in proptest::collection::vec(any_address("h\\.example|H\\.example|\\*\\.example|\\*\\.\\*|x\\.h\\.example"), 1..5),
            url in any_address("h\\.example|x\\.h\\.example")
        ) {
            prop_assert_eq!(our_choice(&patterns, &url), gits_choice(&patterns, &url), "{:?} {}", patterns, url);
        }

        #[test]
        fn no_text_makes_the_matcher_panic(pattern in any::<String>(), url in any::<String>()) {
            let _ = (rank(&pattern, &url), rank_of_partial(&pattern, &format!("https://{url}")));
        }
    }
}
