//! What holds for every line of git config and every value, whatever it says; where Git is the judge, real Git is asked.

use super::*;
use proptest::prelude::*;
use std::process::Command;

/// A line as `git config -z --show-scope` prints it, and what it says.
fn any_line() -> impl Strategy<Value = [String; 5]> {
    let sections = "bitbucket|credential|http|core|remote";
    let url =
        "|[^\0\n]{1,20}|https://bitbucket\\.org|https://\\*\\.org/acme|http://git\\.corp\\.example:7990/bitbucket";
    let key = "account|storage|product|signin|authscheme|allowhttp|timeout|tokencommand|tokenfile|helper|username|proxy|sslverify|url|interactive";
    ("system|global|local|worktree|command", sections, url, key, "[^\0]{0,20}|true|never|60|http://al:pw@p:1")
        .prop_map(<[String; 5]>::from)
}

fn printed([scope, section, url, key, value]: &[String; 5]) -> String {
    let url = if url.is_empty() { String::new() } else { format!("{url}.") };
    format!("{scope}\0{section}.{url}{key}\n{value}\0")
}

fn said(entry: &Entry) -> [String; 5] {
    let scope = format!("{:?}", entry.scope).to_lowercase().replace("repository", "local");
    [scope, entry.section.clone(), entry.url.clone().unwrap_or_default(), entry.key.clone(), entry.value.clone()]
}

/// What git itself makes of a boolean.
fn gits_boolean(value: &str) -> Option<bool> {
    let mut git = Command::new("git");
    git.args(["-c", &format!("x.y={value}"), "config", "--type=bool", "x.y"]).env_clear();
    git.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("GIT_CONFIG_NOSYSTEM", "1").current_dir("/");
    match git.output().expect("git runs").stdout.as_slice() {
        b"true\n" => Some(true),
        b"false\n" => Some(false),
        _ => None,
    }
}

#[test]
fn numbers_are_booleans_as_git_reads_them() {
    for (text, boolean) in [("2", true), ("-1", true), ("1k", true), ("0x0", false), ("010", true), ("+0G", false)] {
        assert_eq!(git_boolean(text), Some(boolean), "{text}");
    }
    for text in ["08", "0x", "1 ", "++1", "3g", "99999999999999999999", "1kk", "k", "-"] {
        assert_eq!(git_boolean(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn every_line_is_read_as_git_prints_it(lines in proptest::collection::vec(any_line(), 0..8)) {
        let text: String = lines.iter().map(printed).collect();
        let expected: Vec<_> = lines.into_iter().map(|mut line| {
            line[0] = line[0].replace("worktree", "local");
            line
        }).collect();
        prop_assert_eq!(Settings::parse(text.as_bytes()).entries.iter().map(said).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_a_repository_says_changes_nothing_but_its_account(lines in proptest::collection::vec(any_line(), 0..8)) {
        let is_its_own = |line: &&[String; 5]| ["local", "worktree"].contains(&line[0].as_str());
        let all = Settings::parse(lines.iter().map(printed).collect::<String>().as_bytes());
        let without = Settings::parse(lines.iter().filter(|line| !is_its_own(line)).map(printed).collect::<String>().as_bytes());
        for address in ["https://bitbucket.org", "http://git.corp.example:7990/bitbucket"] {
            let site = Site::parse(address).expect("a site");
            let of = |settings: &Settings| {
                let words = (settings.product(&site), settings.sign_in(&site), settings.auth_scheme(&site), settings.storage(&site));
                let token = settings.injection(&site, None, None).map(|found| format!("{found:?}"));
                let network = settings.network(&site, &Environment::default());
                (words, token, network, settings.allows_http(&site), settings.timeout(&site, false), settings.oauth_client(&site))
            };
            prop_assert_eq!(of(&all), of(&without));
        }
    }

    #[test]
    fn no_bytes_make_a_reader_of_settings_panic(bytes in any::<Vec<u8>>(), lines in proptest::collection::vec(any_line(), 0..4), variable in any::<String>()) {
        let text = [bytes.as_slice(), b"\0", lines.iter().map(printed).collect::<String>().as_bytes()].concat();
        let names = ["BITBUCKET_SITE", "CI", "GIT_CONFIG_COUNT", "GIT_TERMINAL_PROMPT", "NO_PROXY", "PATH", "https_proxy"];
        let environment: Environment = names.iter().map(|name| ((*name).to_owned(), variable.clone().into())).collect();
        let _ = (environment.is_ci(), environment.forbids_asking(), environment.search_path(), environment.named_site());
        for settings in [Settings::parse(&bytes), Settings::parse(&text)] {
            let site = Site::cloud();
            let _ = (settings.network(&site, &environment), settings.forbids_asking(), settings.account(&site, Some("a/b"), true));
            prop_assert!((1..=LONGEST_TIMEOUT).contains(&settings.timeout(&site, true)));
            prop_assert!(!settings.allows_http(&site));
            prop_assert!(settings.helpers("https://bitbucket.org/a").iter().all(|entry| !entry.value.is_empty()));
        }
    }
}

proptest! {
    // each case is a process
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn a_boolean_is_what_git_says_it_is(value in "(true|FALSE|Yes|no|on|oFF|never|)|[ \t]?[+-]?(0x|0X|0)?([0-9]{0,3}|[0-9a-f]{1,2})[kKmMgG]? ?") {
        prop_assert_eq!(git_boolean(&value), gits_boolean(&value), "{:?}", value);
    }
}
