//! Text made into HTML. Whatever is not our own fixed words passes here, and comes out as text.

use crate::error::shown;

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

/// A site or an account: on its own, whatever direction its letters run.
pub fn name(text: &str) -> String {
    format!("<strong><bdi>{}</bdi></strong>", escape(text))
}

/// A message or a hint of ours as a sentence: backquotes make code, and an address can be followed.
pub fn sentence(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let html: String = parts.map(|(at, part)| if at % 2 == 1 { code(part) } else { words(part) }).collect();
    let end =
        if text.ends_with(|c: char| c.is_alphanumeric() || "`)".contains(c)) && !ends_in_link(text) { "." } else { "" };
    format!("{}{end}", capitalised(&html))
}

/// An address of the web, opened beside the page that is being filled in.
pub fn link(address: &str, words: &str) -> String {
    format!("<a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\">{}</a>", escape(address), escape(words))
}

pub fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

fn words(text: &str) -> String {
    let shown = |word: &str| if is_address(word) { link(word, word) } else { escape(word) };
    text.split(' ').map(shown).collect::<Vec<_>>().join(" ")
}

fn is_address(word: &str) -> bool {
    word.starts_with("https://") || word.starts_with("http://")
}

fn ends_in_link(text: &str) -> bool {
    text.rsplit(' ').next().is_some_and(is_address)
}

/// A host's name keeps its small letters.
fn capitalised(html: &str) -> String {
    let first = html.split(' ').next().unwrap_or_default().trim_end_matches([',', ':', '.']);
    let mut letters = html.chars();
    match letters.next() {
        Some(letter) if first.chars().all(char::is_alphabetic) => letter.to_uppercase().chain(letters).collect(),
        _ => html.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_as_a_sentence_and_its_command_as_code() {
        assert_eq!(sentence("sign in: `login <x>`"), "Sign in: <code>login &lt;x&gt;</code>.");
        assert_eq!(sentence("wrong, expired, or new"), "Wrong, expired, or new.");
        assert_eq!(sentence("bitbucket.org does not accept this"), "bitbucket.org does not accept this.");
        assert_eq!(
            sentence("solve it: https://x/login"),
            "Solve it: <a href=\"https://x/login\" target=\"_blank\" rel=\"noopener noreferrer\">https://x/login</a>"
        );
        assert_eq!(sentence("javascript:alert(1)"), "javascript:alert(1).");
    }

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let text = "<script>alert(1)</script>\"'&\u{202e}";
        let safe = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\u{202e}";
        assert_eq!(escape(text), safe);
        assert!(sentence(&format!("`{text}` https://{text}")).matches('<').count() == 4, "two elements of ours");
    }
}
