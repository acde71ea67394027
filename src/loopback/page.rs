//! The pages that end a sign-in. Fixed texts, no script, nothing loaded; the only names in them are ones that we have
//! checked, and even those are escaped.

use crate::error::shown;

/// A page to answer with.
#[derive(Debug)]
pub struct Page {
    document: String,
    has_form: bool,
}

const STYLE: &str = include_str!("style.css");

/// The SHA-256 of `style.css`; a test tells the right one.
const STYLE_HASH: &str = "sha256-KdA/4y4MtFTdw/QwM2CbVEwZfWcxYI0B8U3D//raHdI=";

impl Page {
    /// The sign-in worked: who is signed in now, and where (`bitbucket.org`).
    pub fn linked(account: &str, site: &str) -> Self {
        let text = format!("Git now works with {} as {}.", name(site), name(account));
        Self::ending(Mark::Done, "You are signed in", &text, "You can close this window.")
    }

    /// The person said no at the site.
    pub fn denied(site: &str) -> Self {
        let text = format!("Access was not granted at {}, so nothing was kept.", name(site));
        Self::ending(Mark::Stopped, "Sign-in called off", &text, CLOSE_AND_RETRY)
    }

    /// Something went wrong; the terminal says what.
    pub fn failed() -> Self {
        let text = "The sign-in could not be finished. Your terminal, or the program that runs Git, says why.";
        Self::ending(Mark::Stopped, "That did not work", text, CLOSE_AND_RETRY)
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

    /// A page with a form in it, which is sent back to where the page came from. `body` is HTML.
    pub fn with_form(title: &'static str, body: &str) -> Self {
        Self { document: shell(title, body), has_form: true }
    }

    fn ending(mark: Mark, title: &str, text: &str, next: &str) -> Self {
        let body = format!("{}<h1>{title}</h1><p>{text}</p><p class=\"next\">{next}</p>", mark.picture());
        Self { document: shell(title, &body), has_form: false }
    }

    pub(super) fn document(&self) -> &str {
        &self.document
    }

    pub(super) fn policy(&self) -> String {
        let action = if self.has_form { "'self'" } else { "'none'" };
        format!(
            "default-src 'none'; style-src '{STYLE_HASH}'; form-action {action}; base-uri 'none'; frame-ancestors 'none'"
        )
    }

    /// With `no-referrer`, a browser would send a form without its origin.
    pub(super) fn referrer(&self) -> &'static str {
        if self.has_form { "same-origin" } else { "no-referrer" }
    }
}

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

fn shell(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – git-credential-bitbucket</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>{body}</main>\n<footer>git-credential-bitbucket</footer>\n</body>\n</html>\n"
    )
}

/// A site or an account: on its own, whatever direction its letters run.
fn name(text: &str) -> String {
    format!("<strong><bdi>{}</bdi></strong>", escape(text))
}

/// Text for HTML, inside an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut safe = String::new();
    for c in shown(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
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
    fn every_page_says_what_happened_and_loads_nothing() {
        let all = [
            (Page::linked("alice", "bitbucket.org"), "You are signed in"),
            (Page::denied("bitbucket.org"), "called off"),
            (Page::failed(), "did not work"),
            (Page::wrong_account("bob", "alice", "bitbucket.org"), "another account"),
        ];
        for (page, words) in all {
            let document = page.document();
            assert!(document.contains(words) && document.contains("lang=\"en\""), "{document}");
            let loads = ["http", "src=", "url(", "@import", "<script", "style=", "<form"];
            assert!(!loads.iter().any(|word| document.contains(word)), "{document}");
        }
    }
}
