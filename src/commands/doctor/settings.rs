//! Our settings for the site and where each comes from; those that a repository sets in vain; those that nobody knows.

use super::report::Finding;
use crate::config::{Environment, Line, SETTINGS, Settings, VARIABLES};
use crate::error::{Error, shown};
use crate::site::Site;

/// A command may have a secret in its words; no other value of ours is one (DESIGN section 4).
const HIDDEN: &str = "tokenCommand";

/// Everything that is set for the site.
pub fn examine(settings: &Settings, lines: &[Line], environment: &Environment, site: &Site, url: &str) -> Vec<Finding> {
    let ours = lines.iter().filter(|line| line.entry.section == "bitbucket" && line.applies_to(url));
    let mut findings: Vec<Finding> = ours.map(judge).collect();
    if findings.is_empty() {
        findings.push(Finding::ok("settings.none", "nothing is set for this site; the defaults hold"));
    }
    // values are not shown, since two of them are secrets
    let names = VARIABLES.iter().flat_map(|variable| variable.names);
    let set: Vec<&str> = names.copied().filter(|name| environment.text(name).is_some()).collect();
    if !set.is_empty() {
        findings.push(Finding::ok("settings.environment", format!("set in the environment: {}", set.join(", "))));
    }
    findings.extend(settings.ignored_of_network(site).iter().map(|key| network_key(key)));
    findings.extend(nonsense(settings, site));
    findings
}

fn judge(line: &Line) -> Finding {
    let (key, place) = (shown(&line.key()), line.place());
    let mut known = SETTINGS.iter().flat_map(|setting| setting.keys);
    let Some(name) = known.find(|name| name.eq_ignore_ascii_case(&line.entry.key)) else {
        let text = format!("`{key}` in {place} is no setting of ours, so it does nothing");
        return Finding::warn("settings.unknown", text, "see the settings in the README, or take the line out");
    };
    if !line.entry.is_trusted() && *name != "account" {
        let text = format!("`{key}` in {place} is ignored: a repository does not decide about secrets");
        return Finding::bad("settings.ignored", text, remedy_for_ignored(line, name));
    }
    let value = if *name != HIDDEN { format!(" = {}", shown(&line.entry.value)) } else { " is set".into() };
    Finding::ok("settings.value", format!("{key}{value} in {place}"))
}

/// The same line where it counts, or out with it.
fn remedy_for_ignored(line: &Line, name: &str) -> String {
    let key =
        line.entry.url.as_ref().map_or(format!("bitbucket.{name}"), |url| format!("bitbucket.{}.{name}", shown(url)));
    let value = &line.entry.value;
    let plain =
        name != HIDDEN && !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "._:/-".contains(c));
    let there =
        if plain { format!("`git config --global {key} {value}`") } else { format!("set `{key}` with `--global`") };
    format!("{there} if you want it, else `git config --{} --unset-all {key}`", line.scope)
}

/// Git itself goes by it in this repository, so the two part ways.
fn network_key(key: &str) -> Finding {
    let text = format!("`{}` in this repository's own config is ignored, though git goes by it", shown(key));
    Finding::warn("settings.ignored", text, "set it where it counts for both: `git config --global`")
}

/// Words that mean nothing stop us, so they are worth a line of their own.
fn nonsense(settings: &Settings, site: &Site) -> Vec<Finding> {
    let errors: [Option<Error>; 3] =
        [settings.product(site).err(), settings.sign_in(site).err(), settings.auth_scheme(site).err()];
    errors.into_iter().flatten().map(|error| Finding::error("settings.nonsense", &error)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;
    use crate::config::test_line as line;

    #[test]
    fn a_repositorys_word_is_named_as_ignored_with_the_way_to_make_it_count() {
        let finding = judge(&line("local", "bitbucket.storage", "file"));
        assert_eq!((finding.check, finding.verdict), ("settings.ignored", Verdict::Bad));
        let remedy = "`git config --global bitbucket.storage file` if you want it, else `git config --local --unset-all bitbucket.storage`";
        assert_eq!(finding.remedy.as_deref(), Some(remedy));
        assert_eq!(judge(&line("local", "bitbucket.account", "alice")).verdict, Verdict::Ok);
    }

    #[test]
    fn a_command_that_may_hold_a_secret_is_not_shown() {
        for scope in ["global", "local"] {
            let finding = judge(&line(scope, "bitbucket.https://bitbucket.org.tokencommand", "echo canary"));
            assert!(!format!("{finding:?}").contains("canary"), "{finding:?}");
        }
        let unknown = judge(&line("global", "bitbucket.token", "canary"));
        assert_eq!(unknown.check, "settings.unknown");
        assert!(!format!("{unknown:?}").contains("canary"), "{unknown:?}");
    }
}
