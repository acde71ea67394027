//! What a query or a form says: names and values, `application/x-www-form-urlencoded`.

use crate::secret::Secret;

/// Names and values, in the order they came. Values are secrets: a code, a state, a typed password.
#[derive(Debug)]
pub struct Fields(Vec<(String, Secret)>);

impl Fields {
    /// The value under this name; `None` if there is none, or more than one.
    pub fn only(&self, name: &str) -> Option<&Secret> {
        let mut found = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        found.next().filter(|_| found.next().is_none())
    }

    /// Whether there is any value under this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}
