//! The pages of a sign-in. No script, nothing loaded; whatever in them are not our own fixed words is escaped.

use super::markup::{escape, name, sentence};

/// A page to answer with.
#[derive(Debug)]
pub struct Page {
    title: String,
    body: String,
    kind: Kind,
    notes: Vec<String>,
}

/// What a page is for.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Ending {
        next: &'static str,
    },
    Form,
    /// Leads to this address at once.
    Onward(String),
}

const STYLE: &str = include_str!("style.css");

/// The SHA-256 of `style.css`; a test tells the right one.
const STYLE_HASH: &str = "sha256-tNZhx7FDuP1WoHVEpBzyfSJqR4dRfengiAmC6u1johw=";

impl Page {
    /// The sign-in worked: who is signed in now, and where (`bitbucket.org`).
    pub fn linked(account: &str, site: &str) -> Self {
        let text = format!("Git now works with {} as {}.", name(site), name(account));
        Self::ending(Mark::Done, "You are signed in", &text, CLOSE)
    }

    /// The same where nobody's name is known: by an access token.
    pub fn accepted(what: &str, site: &str) -> Self {
        let text = format!("Git now works with {}, by this {}.", name(site), escape(what));
        Self::ending(Mark::Done, "You are signed in", &text, CLOSE)
    }

    /// Somebody who was signed in already has been chosen.
    pub fn chosen(account: &str, site: &str) -> Self {
        let text = format!("Git goes on as {} at {}.", name(account), name(site));
        Self::ending(Mark::Done, "That is settled", &text, CLOSE)
    }

    /// The person said no at the site.
    pub fn denied(site: &str) -> Self {
        let text = format!("Access was not granted at {}, so nothing was kept.", name(site));
        Self::ending(Mark::Stopped, "Sign-in called off", &text, CLOSE_AND_RETRY)
    }

    /// The person said no on our own page.
    pub fn called_off() -> Self {
        Self::ending(Mark::Stopped, "Sign-in called off", "Nothing was kept.", CLOSE_AND_RETRY)
    }

    /// Something went wrong; the terminal says what.
    pub fn failed() -> Self {
        let text = "The sign-in could not be finished. Your terminal, or the program that runs Git, says why.";
        Self::ending(Mark::Stopped, "That did not work", text, CLOSE_AND_RETRY)
    }

    /// Something went wrong, and nobody may be reading at a terminal: what happened, and what to do.
    pub fn stopped(what: &str, hint: Option<&str>) -> Self {
        let hint = hint.map(|hint| format!("</p><p>{}", sentence(hint))).unwrap_or_default();
        Self::ending(Mark::Stopped, "That did not work", &(sentence(what) + &hint), CLOSE_AND_RETRY)
    }

    /// The browser is signed in as `found`, but `wanted` was to sign in; nothing was kept.
    pub fn wrong_account(found: &str, wanted: &str, site: &str) -> Self {
        let text = format!(
            "This browser is signed in to {} as {}, but {} was asked for. Nothing was kept.",
            name(site),
            name(found),
            name(wanted)
        );
        let next = "Sign out there, or use another browser window, and start again.";
        Self::ending(Mark::Stopped, "That is another account", &text, next)
    }

    /// On to the site's own sign-in, which comes back by itself.
    pub fn onward(site: &str, address: &str) -> Self {
        let body = format!(
            "<h1>One moment</h1><p>The sign-in goes on at {}.</p>\
             <p class=\"next\"><a href=\"{}\" rel=\"noreferrer\">Go there now</a>, if it does not by itself.</p>",
            name(site),
            whole(address)
        );
        Self::new("One moment", body, Kind::Onward(address.to_owned()))
    }

    /// A page with a form in it, which is sent back to where the page came from. `body` is HTML.
    pub fn with_form(title: &str, body: &str) -> Self {
        Self::new(title, body.to_owned(), Kind::Form)
    }

    /// With these lines on it, if it is an ending.
    pub fn with_notes(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }

    fn ending(mark: Mark, title: &str, text: &str, next: &'static str) -> Self {
        let body = format!("{}<h1>{title}</h1><p>{text}</p>", mark.picture());
        Self::new(title, body, Kind::Ending { next })
    }

    fn new(title: &str, body: String, kind: Kind) -> Self {
        Self { title: escape(title), body, kind, notes: Vec::new() }
    }

    pub(super) fn document(&self) -> String {
        let onward = match &self.kind {
            Kind::Onward(address) => format!("<meta http-equiv=\"refresh\" content=\"0; url={}\">\n", whole(address)),
            _ => String::new(),
        };
        let class = if self.kind == Kind::Form { " class=\"form\"" } else { "" };
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{onward}\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title} – git-credential-bitbucket</title>\n<style>{STYLE}</style>\n</head>\n\
             <body>\n<main{class}>{body}{end}</main>\n<footer>git-credential-bitbucket</footer>\n</body>\n</html>\n",
            title = self.title,
            body = self.body,
            end = self.end(),
        )
    }

    fn end(&self) -> String {
        let Kind::Ending { next } = &self.kind else { return String::new() };
        let notes: String = self.notes.iter().map(|note| format!("<li>{}</li>", sentence(note))).collect();
        let notes = if notes.is_empty() { notes } else { format!("<ul class=\"notes\">{notes}</ul>") };
        format!("{notes}<p class=\"next\">{next}</p>")
    }

    pub(super) fn policy(&self) -> String {
        let action = if self.kind == Kind::Form { "'self'" } else { "'none'" };
        format!(
            "default-src 'none'; style-src '{STYLE_HASH}'; form-action {action}; base-uri 'none'; frame-ancestors 'none'"
        )
    }

    /// With `no-referrer`, a browser would send a form without its origin.
    pub(super) fn referrer(&self) -> &'static str {
        if self.kind == Kind::Form { "same-origin" } else { "no-referrer" }
    }
}

/// An address for an attribute, however long: made of letters that need no more care than this.
fn whole(address: &str) -> String {
    address.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

const CLOSE: &str = "You can close this window.";
const CLOSE_AND_RETRY: &str = "You can close this window. To try again, run the Git command once more.";

/// The picture above the title; for the eye alone.
#[derive(Clone, Copy)]
enum Mark {
    Done,
    Stopped,
}

impl Mark {
    fn picture(self) -> String {
        let (class, line) = match self {
            Self::Done => ("done", "M20 33.5l8.5 8.5L45 24.5"),
            Self::Stopped => ("stopped", "M32 19v16M32 44.5v.5"),
        };
        format!(
            "<svg class=\"mark {class}\" viewBox=\"0 0 64 64\" aria-hidden=\"true\">\
             <circle cx=\"32\" cy=\"32\" r=\"30\"/><path d=\"{line}\"/></svg>"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;

    fn base64(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let letter = |bits: u32| char::from(LETTERS[(bits & 63) as usize]);
        let group = |chunk: &[u8]| {
            let bits = chunk.iter().chain(&[0; 2]).take(3).fold(0, |bits, byte| bits << 8 | u32::from(*byte));
            let all = [bits >> 18, bits >> 12, bits >> 6, bits].map(letter);
            all.iter().enumerate().map(|(at, c)| if at > chunk.len() { '=' } else { *c }).collect::<String>()
        };
        bytes.chunks(3).map(group).collect()
    }

    #[test]
    fn the_policy_knows_the_style_and_nothing_else() {
        let sha256 = TLS13_AES_128_GCM_SHA256.tls13().expect("a suite of TLS 1.3").common.hash_provider;
        let hash = format!("sha256-{}", base64(sha256.hash(STYLE.replace("\r\n", "\n").as_bytes()).as_ref()));
        assert_eq!(STYLE_HASH, hash);
    }

    #[test]
    fn a_name_with_html_in_it_is_text_on_the_page() {
        let page = Page::linked("<script>alert(1)</script>\"'&\u{202e}", "evil.example");
        assert!(page.document().contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\u{202e}"));
        assert!(!page.document().contains("<script"));
    }

    #[test]
    fn an_ending_says_what_was_noted_on_the_way() {
        let notes = vec!["this token cannot push: it lacks the scope <x>".to_owned()];
        let document = Page::linked("alice", "bitbucket.org").with_notes(notes).document();
        assert!(document.contains("<li>This token cannot push: it lacks the scope &lt;x&gt;</li>"), "{document}");
    }

    #[test]
    fn an_address_to_go_on_to_stays_whole_and_one_attribute() {
        let address = format!("https://bitbucket.org/authorize?a=1&state={}\"><b", "x".repeat(400));
        let document = Page::onward("bitbucket.org", &address).document();
        let safe = address.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        assert_eq!(document.matches(&safe).count(), 2, "{document}");
    }

    #[test]
    fn every_page_says_what_happened_and_loads_nothing() {
        let all = [
            (Page::linked("alice", "bitbucket.org"), "You are signed in"),
            (Page::denied("bitbucket.org"), "called off"),
            (Page::failed(), "did not work"),
            (Page::wrong_account("bob", "alice", "bitbucket.org"), "another account"),
            (Page::chosen("alice", "bitbucket.org"), "goes on as"),
            (Page::called_off(), "called off"),
            (Page::stopped("the port is taken", Some("end the other program")), "The port is taken."),
        ];
        for (page, words) in all {
            let document = page.document();
            assert!(document.contains(words) && document.contains("lang=\"en\""), "{document}");
            let loads = ["http", "src=", "url(", "@import", "<script", "style=", "<form"];
            assert!(!loads.iter().any(|word| document.contains(word)), "{document}");
        }
    }
}
