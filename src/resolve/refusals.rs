//! The last refusal at a site, for whoever asks later why something did not work: when, by whom, about whom.

use super::notes::{self, Note};
use crate::site::Site;
use crate::world::World;

/// Who said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refuser {
    /// The server, when Git used the credential.
    Git,
    /// The server, when we asked about the credential.
    Server,
    /// The server knows the credential, and did not open the repository with it.
    Repository,
}

/// A refusal that nobody has signed in after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Unix seconds.
    pub when: u64,
    pub by: Refuser,
    pub account: String,
}

const WORDS: [(&str, Refuser); 3] =
    [("git", Refuser::Git), ("server", Refuser::Server), ("repository", Refuser::Repository)];

/// Notes that an account was refused just now.
pub fn remember(world: &World, site: &Site, account: &str, by: Refuser) {
    let word = WORDS.iter().find(|(_, refuser)| *refuser == by).map_or("", |(word, _)| word);
    notes::write(world, site, "", Note::Refused, &format!("{} {word} {account}", world.now()));
}

/// The last one, as long as the account has not signed in anew.
pub fn last_refusal(world: &World, site: &Site) -> Option<Refused> {
    parse(&notes::read(world, site, "", Note::Refused)?)
}

/// Somebody signed in: what was refused before says nothing any more.
pub fn forgive(world: &World, site: &Site, account: &str) {
    if last_refusal(world, site).is_some_and(|last| last.account.to_lowercase() == account.to_lowercase()) {
        notes::remove(world, site, "", Note::Refused);
    }
}

fn parse(text: &str) -> Option<Refused> {
    let [when, word, account]: [&str; 3] = text.splitn(3, ' ').collect::<Vec<_>>().try_into().ok()?;
    let by = WORDS.iter().find(|(known, _)| *known == word)?.1;
    Some(Refused { when: when.parse().ok()?, by, account: account.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_understood_and_one_of_another_kind_is_none() {
        let refused = Refused { when: 7, by: Refuser::Git, account: "Zoë of acme".into() };
        assert_eq!(parse("7 git Zoë of acme"), Some(refused));
        for text in ["", "7 git", "x git alice", "7 weather alice"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
