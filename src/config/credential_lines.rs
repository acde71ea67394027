//! What Git itself makes of `credential.*`: every line whose address applies, in the order of the lines, the last word
//! counting, however exact an address is (credential.c; seen with git 2.39 and 2.47).

use super::{Entry, Settings, git_boolean};

impl Settings {
    /// The helpers that Git calls for a URL, in its order.
    pub fn helpers(&self, url: &str) -> Vec<&Entry> {
        let mut chain = Vec::new();
        for entry in self.credential_lines("helper", url) {
            match entry.value.is_empty() {
                true => chain.clear(),
                false => chain.push(entry),
            }
        }
        chain
    }

    /// Whether Git tells helpers the path of this URL (`credential.useHttpPath`).
    pub fn sends_path(&self, url: &str) -> bool {
        self.credential_lines("useHttpPath", url).last().is_some_and(|entry| git_boolean(&entry.value) == Some(true))
    }

    /// The username that Git gives to a URL which has none (`credential.username`).
    pub fn username(&self, url: &str) -> Option<&str> {
        self.credential_lines("username", url).last().map(|entry| entry.value.as_str()).filter(|name| !name.is_empty())
    }

    fn credential_lines(&self, key: &str, url: &str) -> impl Iterator<Item = &Entry> {
        self.section("credential").filter(move |entry| entry.key.eq_ignore_ascii_case(key) && entry.applies_to(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_helper_lets_those_before_it_go_and_the_later_line_has_the_last_word() {
        let settings = Settings::parse(
            b"global\0credential.helper\nstore\0\
              global\0credential.https://bitbucket.org.helper\n\0\
              global\0credential.https://bitbucket.org.helper\nbitbucket\0\
              global\0credential.https://bitbucket.org.usehttppath\ntrue\0\
              local\0credential.helper\ncache\0\
              local\0credential.usehttppath\nfalse\0",
        );
        let chain =
            |url| settings.helpers(url).into_iter().map(|entry| entry.value.as_str()).collect::<Vec<_>>().join(" ");
        assert_eq!(chain("https://bitbucket.org/acme/app.git"), "bitbucket cache");
        assert_eq!(chain("https://example.com"), "store cache");
        assert!(!settings.sends_path("https://bitbucket.org/acme/app.git"));
    }
}
