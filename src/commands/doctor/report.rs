//! What was found, one verdict a line, and how it is shown: to people and to scripts. It knows no theme.

use crate::error::Error;
use serde_json::{Value, json};
use std::fmt::Write;

/// How well a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Ok,
    Warn,
    Bad,
}

/// One line of the report. Its text can be pasted into a ticket: names and addresses, never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `theme.thing`; scripts may rely on it.
    pub check: &'static str,
    pub verdict: Verdict,
    pub text: String,
    /// What to do about it, mostly a command.
    pub remedy: Option<String>,
}

/// Everything that was found about one site.
#[derive(Debug)]
pub struct Report {
    pub site: String,
    pub product: Option<&'static str>,
    pub findings: Vec<Finding>,
}

/// The shape of the JSON; raised when a field changes its meaning.
const FORMAT: u32 = 1;

impl Finding {
    pub fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Ok, text: text.into(), remedy: None }
    }

    /// Well, and could be better.
    pub fn tip(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::ok(check, text) }
    }

    pub fn warn(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warn, ..Self::tip(check, text, remedy) }
    }

    pub fn bad(check: &'static str, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { verdict: Verdict::Bad, ..Self::tip(check, text, remedy) }
    }

    /// What the rest of the program would say of it.
    pub fn error(check: &'static str, error: &Error) -> Self {
        Self { check, verdict: Verdict::Bad, text: error.to_string(), remedy: error.hint() }
    }

    fn theme(&self) -> &str {
        self.check.split('.').next().unwrap_or_default()
    }

    fn line(&self) -> String {
        let (word, label) = match self.verdict {
            Verdict::Ok => ("ok", "tip"),
            Verdict::Warn => ("warn", "mend"),
            Verdict::Bad => ("BAD", "mend"),
        };
        let remedy = self.remedy.as_ref().map(|remedy| format!("        {label}: {remedy}\n")).unwrap_or_default();
        format!("  {word:<5} {}\n{remedy}", self.text)
    }
}

impl Report {
    /// The worst verdict of all.
    pub fn verdict(&self) -> Verdict {
        self.findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok)
    }

    /// For people: themes with their lines, and a word at the end.
    pub fn as_text(&self) -> String {
        let mut text = format!("git-credential-bitbucket {} looks at {}\n", env!("CARGO_PKG_VERSION"), self.site);
        let mut theme = "";
        for finding in &self.findings {
            if finding.theme() != theme {
                theme = finding.theme();
                // writing to a text does not fail
                let _ = write!(text, "\n{theme}\n");
            }
            text.push_str(&finding.line());
        }
        let whereto = match env!("CARGO_PKG_REPOSITORY") {
            "" => String::new(),
            address => format!(" at {address}"),
        };
        let report = format!("A line that did not help is worth a report{whereto}; nothing in here is secret.");
        format!("{text}\n{}\n{report}\n", self.summary())
    }

    fn summary(&self) -> String {
        let count = |verdict| self.findings.iter().filter(|finding| finding.verdict == verdict).count();
        match (count(Verdict::Bad), count(Verdict::Warn)) {
            (0, 0) => "All is well.".into(),
            (0, warn) => format!("All is well enough; {warn} could be better."),
            (bad, 0) => format!("{bad} to mend."),
            (bad, warn) => format!("{bad} to mend; {warn} could be better."),
        }
    }

    /// For scripts.
    pub fn as_json(&self) -> String {
        let findings: Vec<Value> = self.findings.iter().map(row).collect();
        let all = json!({
            "format": FORMAT,
            "version": env!("CARGO_PKG_VERSION"),
            "site": self.site,
            "product": self.product,
            "verdict": self.verdict().word(),
            "findings": findings,
        });
        format!("{all:#}\n")
    }
}

fn row(finding: &Finding) -> Value {
    let Finding { check, verdict, text, remedy } = finding;
    json!({ "check": check, "verdict": verdict.word(), "text": text, "remedy": remedy })
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let findings = vec![
            Finding::ok("git.version", "git 2.47.3"),
            Finding::warn("helpers.beside", "cache too", "`git config …`"),
            Finding::bad("helpers.missing", "not asked", "`git credential-bitbucket configure`"),
        ];
        Report { site: "https://bitbucket.org".into(), product: Some("cloud"), findings }
    }

    #[test]
    fn a_remedy_stands_under_its_line_and_a_theme_over_its_lines() {
        let text = report().as_text();
        let lines = "\ngit\n  ok    git 2.47.3\n\nhelpers\n  warn  cache too\n        mend: `git config …`\n  BAD   not asked\n";
        assert!(text.contains(lines), "{text}");
        assert!(text.contains("1 to mend; 1 could be better."), "{text}");
    }

    #[test]
    fn scripts_get_the_fields_that_are_promised() {
        let value: Value = serde_json::from_str(&report().as_json()).expect("JSON");
        assert_eq!(
            (&value["format"], &value["verdict"], &value["product"]),
            (&json!(1), &json!("bad"), &json!("cloud"))
        );
        let remedy = "`git credential-bitbucket configure`";
        let last = json!({"check": "helpers.missing", "verdict": "bad", "text": "not asked", "remedy": remedy});
        assert_eq!(value["findings"][2], last);
        assert_eq!(value["findings"][0]["remedy"], Value::Null);
    }
}
