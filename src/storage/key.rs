//! Which record: one account at one site, and the names it takes in media that allow only plain ones.
//! It trusts no character of an account: whatever is not plain stays out of paths and is told apart by a hash.

/// One account at one site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Like `https://bitbucket.org`, as a `Site` writes itself.
    pub site: String,
    /// The username, in any UTF-8.
    pub account: String,
}

/// Readable characters at the front of a file name; with the hash it stays far below the 255 bytes of file systems.
const READABLE: usize = 60;

impl Key {
    /// The key of an account at a site.
    pub fn new(site: impl Into<String>, account: impl Into<String>) -> Self {
        Self { site: site.into(), account: account.into() }
    }

    /// `account@site`; the last `@` divides, since a site has none.
    pub(super) fn joined(&self) -> String {
        format!("{}@{}", self.account, self.site)
    }

    /// The key that `joined` wrote.
    pub(super) fn from_joined(text: &str) -> Option<Self> {
        text.rsplit_once('@').map(|(account, site)| Self::new(site, account))
    }

    /// A file name that is readable and safe on every file system, and differs for different keys even where case does not count.
    pub fn file_name(&self) -> String {
        format!("{}-{}", self.readable(&self.joined()), self.hash())
    }

    /// The same in two steps: a folder for the site, a name for the account.
    pub(super) fn path_names(&self) -> (String, String) {
        (self.readable(&self.site), format!("{}-{}", self.readable(&self.account), self.hash()))
    }

    /// FNV-1a of 128 bits over `site NUL account`. It is no seal: readers compare the key kept beside the secret.
    pub(super) fn hash(&self) -> String {
        let bytes = self.site.bytes().chain([0]).chain(self.account.bytes());
        let step =
            |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        format!("{:032x}", bytes.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, step))
    }

    fn readable(&self, text: &str) -> String {
        let text = text.strip_prefix("https://").unwrap_or(text).replace("@https://", "@");
        let plain = |c: char| if c.is_ascii_alphanumeric() || ".-_@".contains(c) { c } else { '_' };
        let name: String = text.chars().take(READABLE).map(plain).collect();
        // A leading dot would hide it, a leading minus would read as an option of `pass`.
        let name = name.trim_start_matches(['.', '-']);
        if name.is_empty() { "_".to_owned() } else { name.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_readable_and_carries_no_way_out() {
        let key = Key::new("https://bitbucket.org", "../../etc/pass wd");
        let name = key.file_name();
        assert!(name.starts_with("_.._etc_pass_wd@bitbucket.org-"), "{name}");
        assert!(!name.contains('/') && !name.starts_with('.'));
        for account in ["", "..", &"-".repeat(100)] {
            let key = Key::new("https://bitbucket.org", account);
            assert!(
                ![key.file_name(), key.path_names().1].iter().any(|name| name.starts_with(['.', '-'])),
                "{account}"
            );
        }
        assert!(Key::new("https://bitbucket.org", "x".repeat(300)).file_name().len() < 100);
    }

    #[test]
    fn keys_that_look_alike_after_cleaning_have_different_names() {
        let names = ["a/b", "a_b", "a b", "A_b", "a_b\u{e9}"].map(|account| Key::new("https://h", account).file_name());
        let lower: std::collections::HashSet<_> = names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(lower.len(), names.len());
        assert_ne!(Key::new("https://h", "a").hash(), Key::new("http://h", "a").hash());
    }

    #[test]
    fn account_and_site_come_back_out_of_one_text() {
        for account in ["alice", "alice@corp.example", "@", "", "a@https://evil.example"] {
            let key = Key::new("https://git.corp.example:8443/bitbucket", account);
            assert_eq!(Key::from_joined(&key.joined()), Some(key));
        }
    }

    #[test]
    fn the_hash_never_changes_since_files_are_found_by_it() {
        // FNV-1a of the one byte NUL: the offset basis times the prime
        assert_eq!(Key::new("", "").hash(), "d228cb69101a8caf78912b704e4a147f");
    }
}
