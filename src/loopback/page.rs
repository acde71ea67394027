//! The pages that end a sign-in. Fixed texts, no script, nothing from outside but the names that we have checked.

/// A page to answer with.
#[derive(Debug)]
pub struct Page(String);

impl Page {
    /// The sign-in worked: who is signed in now, and where (`bitbucket.org`).
    pub fn linked(account: &str, site: &str) -> Self {
        Self(format!("{account} {site}"))
    }

    /// The person said no at the site.
    pub fn denied(site: &str) -> Self {
        Self(site.to_owned())
    }

    /// Something went wrong; the terminal says what.
    pub fn failed() -> Self {
        Self(String::new())
    }

    /// The browser is signed in as `found`, but `wanted` was to sign in; nothing was kept.
    pub fn wrong_account(found: &str, wanted: &str, site: &str) -> Self {
        Self(format!("{found} {wanted} {site}"))
    }
}
