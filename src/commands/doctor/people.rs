//! Who could be asked, if something had to be asked here and now.

use super::report::Finding;
use crate::prompt::{Asker, Browser};
use crate::world::World;

/// What decides about asking.
#[derive(Debug, Default)]
pub struct Facts {
    /// What forbids it, in the words of whoever set it.
    pub forbidden: Vec<&'static str>,
    /// The askpass program that is set, and whether it is there.
    pub askpass: Option<(String, bool)>,
    pub terminal: bool,
    pub browser: bool,
    pub remote: bool,
}

pub fn gather(world: &World) -> Facts {
    let environment = &world.environment;
    let forbids = [
        (environment.is_ci(), "`CI` is set"),
        (environment.forbids_asking(), "`GIT_TERMINAL_PROMPT` is 0"),
        (world.settings().is_ok_and(crate::config::Settings::forbids_asking), "`credential.interactive` is false"),
    ];
    let desktop = environment.desktop();
    let remote = desktop.is_remote;
    let askpass = world.askpass().map(|program| {
        let found = Asker::find(Some(&program), &environment.search_path());
        (program, matches!(found, Some(Asker::Askpass(_))))
    });
    Facts {
        forbidden: forbids.into_iter().filter(|(holds, _)| *holds).map(|(_, words)| words).collect(),
        askpass,
        terminal: Asker::find(None, &[]).is_some(),
        browser: environment.this_program().is_some_and(|own| Browser::find(desktop, own).is_some()),
        remote,
    }
}

pub fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some((program, false)) = &facts.askpass {
        let text = format!("the askpass program {} is not there", crate::error::shown(program));
        findings.push(Finding::bad("people.askpass", text, "set `GIT_ASKPASS` or `core.askPass` right, or unset it"));
    }
    let askpass = facts.askpass.as_ref().filter(|(_, found)| *found).map(|(program, _)| crate::error::shown(program));
    let ways = [
        askpass.map(|program| format!("the askpass program {program}")),
        facts.terminal.then(|| "this terminal".to_owned()),
        facts.browser.then(|| "a browser".to_owned()),
    ];
    let ways: Vec<String> = ways.into_iter().flatten().collect();
    let from = if facts.remote { " (you are here over SSH)" } else { "" };
    findings.push(match (facts.forbidden.as_slice(), ways.as_slice()) {
        ([], []) => Finding::warn(
            "people.ways",
            format!("nobody can be asked here: no terminal, no askpass program, no browser{from}"),
            "sign in beforehand: `git credential-bitbucket login --with-token`",
        ),
        ([], ways) => Finding::ok("people.ways", format!("a person can be asked by {}{from}", ways.join(", "))),
        (forbidden, _) => Finding::ok("people.ways", format!("nobody is asked: {}", forbidden.join(", "))),
    });
    findings
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;

    #[test]
    fn an_askpass_that_is_not_there_is_named() {
        let facts = Facts { askpass: Some(("/nowhere/ask".into(), false)), terminal: true, ..Facts::default() };
        let findings = judge(&facts);
        assert_eq!((findings[0].check, findings[0].verdict), ("people.askpass", Verdict::Bad));
        assert!(findings[1].text.contains("this terminal"), "{}", findings[1].text);
    }

    #[test]
    fn who_forbids_asking_is_named_and_nobody_there_is_worth_a_warning() {
        let facts = Facts { forbidden: vec!["`CI` is set"], terminal: true, ..Facts::default() };
        assert_eq!(judge(&facts), [Finding::ok("people.ways", "nobody is asked: `CI` is set")]);
        assert_eq!(judge(&Facts::default())[0].verdict, Verdict::Warn);
    }
}
