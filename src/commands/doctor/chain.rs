//! The helpers that Git asks about a site, in its order, and what each of them means for us: an empty `helper` lets those go
//! that came before it, and every helper that is left hears of every credential that worked (gitcredentials, "helper").

use super::report::Finding;
use crate::config::{Environment, Line};
use crate::error::shown;
use std::path::{Path, PathBuf};

/// One helper in the chain.
#[derive(Clone, Debug)]
pub struct Helper {
    /// Its name without arguments, which may hold anything.
    name: String,
    pub who: Who,
    line: Line,
}

/// What kind of helper it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Ours,
    /// Git Credential Manager.
    Manager,
    /// `store`: a file in plain text.
    PlainText,
    /// `cache`: memory.
    Memory,
    Other,
}

const NAME: &str = "git-credential-bitbucket";

/// The helpers that are left after every reset.
pub fn chain(lines: &[Line], url: &str) -> Vec<Helper> {
    let mut chain = Vec::new();
    for line in lines {
        let entry = &line.entry;
        let speaks = entry.section == "credential" && entry.key.eq_ignore_ascii_case("helper") && line.applies_to(url);
        match speaks {
            true if entry.value.is_empty() => chain.clear(),
            true => chain.push(Helper { name: name(&entry.value), who: who(&entry.value), line: line.clone() }),
            false => {}
        }
    }
    chain
}

/// The files in which a `store` of the chain keeps things, beside its usual ones.
pub fn plain_files(chain: &[Helper]) -> Vec<PathBuf> {
    let file = |helper: &Helper| {
        let value = &helper.line.entry.value;
        let rest = value.split_once("--file").map(|(_, rest)| rest.trim_start_matches(['=', ' ']))?;
        Some(PathBuf::from(first_word(rest)))
    };
    chain.iter().filter(|helper| helper.who == Who::PlainText).filter_map(file).collect()
}

/// The chain judged. `elsewhere`: another storage was wanted (`bitbucket.storage none`), so that a helper before us is right.
pub fn judge(chain: &[Helper], argument: &str, elsewhere: bool) -> Vec<Finding> {
    let configure = format!("`git credential-bitbucket configure{}`", site_option(argument));
    let Some(ours) = chain.iter().position(|helper| helper.who == Who::Ours) else {
        let text = match chain {
            [] => "git asks no helper about this site, so it does not ask us".to_owned(),
            others => format!("git asks {} about this site, and not us", listed(others)),
        };
        return vec![Finding::bad("helpers.missing", text, configure)];
    };
    let mut findings = vec![Finding::ok("helpers.chain", format!("git asks, in this order: {}", listed(chain)))];
    for (at, helper) in chain.iter().enumerate().filter(|(_, helper)| helper.who != Who::Ours) {
        findings.extend(beside(helper, at < ours, &configure, elsewhere));
    }
    let others: Vec<&Helper> = chain.iter().filter(|helper| helper.who == Who::Ours).skip(1).collect();
    findings.extend(others.into_iter().map(|helper| {
        let text = format!("git asks us more than once: we stand in {} too", helper.line.place());
        Finding::warn("helpers.twice", text, format!("take that line out, or {configure}"))
    }));
    findings
}

/// What a helper beside us does to our tokens.
fn beside(helper: &Helper, before: bool, configure: &str, elsewhere: bool) -> Option<Finding> {
    let (name, place) = (shown(&helper.name), helper.line.place());
    // a repository's own line comes last, and no other line can take it back
    let own = ["local", "worktree"].contains(&helper.line.scope.as_str());
    let remedy = match own {
        true => format!("`git config --{} --unset-all {}`", helper.line.scope, helper.line.key()),
        false => configure.to_owned(),
    };
    match (helper.who, before) {
        (Who::PlainText, _) if elsewhere => {
            let text = format!(
                "`{name}` in {place} keeps tokens in plain text, as `bitbucket.storage` none leaves it to others"
            );
            Some(Finding::warn("helpers.plain-text", text, remedy))
        }
        (Who::PlainText, _) => {
            let text = format!("`{name}` in {place} keeps our tokens too, in a file in plain text");
            Some(Finding::bad("helpers.plain-text", text, remedy))
        }
        (_, true) if elsewhere => None,
        (_, true) => {
            let text = format!("`{name}` in {place} answers before us, with whatever it kept");
            Some(Finding::bad("helpers.before", text, remedy))
        }
        (Who::Manager | Who::Memory | Who::Other, false) => {
            let text = format!("`{name}` in {place} hears of our tokens too");
            Some(Finding::warn("helpers.beside", text, remedy))
        }
        (Who::Ours, _) => None,
    }
}

/// Whether Git can start us as it was told to.
pub fn judge_program(chain: &[Helper], environment: &Environment) -> Option<Finding> {
    let helper = chain.iter().find(|helper| helper.who == Who::Ours)?;
    let value = helper.line.entry.value.trim_start_matches('!');
    let word = first_word(value);
    let path = Path::new(&word);
    let found = if path.is_absolute() { path.is_file() } else { environment.program(NAME).is_some() };
    let text =
        format!("git is told to start `{}` in {}, and there is no such program", helper.name, helper.line.place());
    let remedy = format!("put {NAME} into a folder of `PATH`, or `git credential-bitbucket configure`");
    (!found).then(|| Finding::bad("helpers.program", text, remedy))
}

/// `configure` takes its site as an option.
fn site_option(argument: &str) -> String {
    if argument.is_empty() { String::new() } else { format!(" --site{argument}") }
}

fn listed(chain: &[Helper]) -> String {
    let one = |helper: &Helper| format!("{} ({})", shown(&helper.name), helper.line.place());
    chain.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// `store`, `manager`, `bitbucket`; a shell command is not shown, since people write secrets into them.
fn name(value: &str) -> String {
    let word = first_word(value);
    if value.starts_with('!') && who(value) != Who::Ours {
        return "a shell command".into();
    }
    let file = word.trim_start_matches('!').rsplit(['/', '\\']).next().unwrap_or_default();
    let file = file.trim_end_matches(".exe");
    file.strip_prefix("git-credential-").unwrap_or(file).to_owned()
}

fn who(value: &str) -> Who {
    let words = value.trim_start_matches('!');
    let file = first_word(words);
    let file = file.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".exe");
    let called = words.strip_prefix("git credential-").map_or(file, |rest| rest.split(' ').next().unwrap_or_default());
    match called.strip_prefix("git-credential-").unwrap_or(called) {
        "bitbucket" => Who::Ours,
        "manager" | "manager-core" | "manager-ui" => Who::Manager,
        "store" => Who::PlainText,
        "cache" => Who::Memory,
        _ => Who::Other,
    }
}

/// Up to the first space that no quote and no backslash keeps (Git hands helpers to the shell).
fn first_word(value: &str) -> String {
    let (mut word, mut quote, mut letters) = (String::new(), None, value.chars());
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => word.extend(letters.next()),
            ('\'' | '"', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (' ' | '\t', None) => break,
            (letter, _) => word.push(letter),
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;
    use crate::config::test_line as line;

    const URL: &str = "https://bitbucket.org/acme/app.git";

    fn checks(lines: &[(&str, &str, &str)], elsewhere: bool) -> Vec<(&'static str, Verdict)> {
        let lines: Vec<Line> = lines.iter().map(|(scope, key, value)| line(scope, key, value)).collect();
        judge(&chain(&lines, URL), "", elsewhere).iter().map(|finding| (finding.check, finding.verdict)).collect()
    }

    #[test]
    fn alone_after_a_reset_is_how_it_should_be() {
        let lines = [
            ("system", "credential.helper", "manager"),
            ("global", "credential.helper", "store"),
            ("global", "credential.https://bitbucket.org.helper", ""),
            ("global", "credential.https://bitbucket.org.helper", "bitbucket"),
            ("global", "credential.https://github.com.helper", "!gh auth git-credential"),
        ];
        assert_eq!(checks(&lines, false), [("helpers.chain", Verdict::Ok)]);
    }

    #[test]
    fn whoever_answers_before_us_or_keeps_plain_text_is_named() {
        let ours = ("global", "credential.https://bitbucket.org.helper", "bitbucket");
        let with = |other, first: bool| {
            let other = ("global", "credential.helper", other);
            let both = if first { [other, ours] } else { [ours, other] };
            checks(&both, false).into_iter().skip(1).collect::<Vec<_>>()
        };
        assert_eq!(with("store", true), [("helpers.plain-text", Verdict::Bad)]);
        assert_eq!(with("store --file=/x", false), [("helpers.plain-text", Verdict::Bad)]);
        assert_eq!(with("/usr/bin/git-credential-manager", true), [("helpers.before", Verdict::Bad)]);
        assert_eq!(with("manager", false), [("helpers.beside", Verdict::Warn)]);
        assert_eq!(with("cache --timeout 9", true), [("helpers.before", Verdict::Bad)]);
        assert_eq!(with("bitbucket", true), [("helpers.twice", Verdict::Warn)]);
    }

    #[test]
    fn a_helper_before_us_is_right_where_others_keep_the_secrets() {
        let lines = [("global", "credential.helper", "libsecret"), ("global", "credential.helper", "bitbucket")];
        assert_eq!(checks(&lines, true), [("helpers.chain", Verdict::Ok)]);
    }

    #[test]
    fn a_repositorys_own_line_is_taken_back_in_the_repository() {
        let lines = [line("global", "credential.helper", "bitbucket"), line("local", "credential.helper", "store")];
        let findings = judge(&chain(&lines, URL), "", false);
        assert_eq!(findings[1].remedy.as_deref(), Some("`git config --local --unset-all credential.helper`"));
    }

    #[test]
    fn a_helper_is_known_by_its_program_however_it_is_written() {
        for ours in [
            "bitbucket",
            "/opt/my\\ tools/git-credential-bitbucket",
            "\"/opt/my tools/git-credential-bitbucket\" --storage file",
            "!git credential-bitbucket",
            "C:/Tools/git-credential-bitbucket.exe",
        ] {
            assert_eq!((who(ours), name(ours).as_str().contains("opt")), (Who::Ours, false), "{ours}");
        }
        assert_eq!(name("!f() { echo password=canary; }; f"), "a shell command");
        assert_eq!(name("store --file /home/al/x"), "store");
        assert_eq!(
            plain_files(&chain(&[line("global", "credential.helper", "store --file '/a b/c'")], URL)),
            [PathBuf::from("/a b/c")]
        );
    }
}
