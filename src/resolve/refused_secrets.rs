//! What a Data Center has refused, so that no process sends it again: each failed sign-in counts towards a CAPTCHA. Kept in
//! storage like a record, as keyed digests: on the disk a plain digest would let anybody test guesses (user-pains, row 16).

use super::records::key;
use super::turns;
use crate::accounts::Index;
use crate::credential::{Kind, Record, sealed};
use crate::error::{Error, Result, Rule};
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::storage::Name;
use crate::world::World;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Everything that a site has refused lately, the newest last.
#[derive(Serialize, Deserialize)]
struct Memory {
    #[serde(with = "sealed")]
    key: Secret,
    refused: Vec<(String, u64)>,
}

/// Where it is kept, among the accounts of a site; a username has no space.
const PLACE: &str = "refused secrets";
/// Seconds after which something may be tried again: an old password that a program still has costs one try a month.
const LASTS: u64 = 30 * 86_400;
const MOST: usize = 32;

/// Remembers that the server refused this. What cannot be remembered is only sent once more.
pub fn remember(world: &World, site: &Site, product: Product, record: &Record) {
    if product == Product::DataCenter
        && let Err(error) = change(world, site, |memory, now| {
            let digest = memory.digest(record);
            memory.refused.retain(|(known, when)| *known != digest && when + LASTS > now);
            memory.refused.push((digest, now));
            let surplus = memory.refused.len().saturating_sub(MOST);
            memory.refused.drain(..surplus);
        })
    {
        log::debug!("not remembered: {error}");
    }
}

/// Whether the server refused this a while ago, and nothing has been heard since.
pub fn is_known(world: &World, site: &Site, product: Product, record: &Record) -> bool {
    let memory = (product == Product::DataCenter).then(|| read(world, site).ok().flatten()).flatten();
    let Some(memory) = memory else { return false };
    let digest = memory.digest(record);
    memory.refused.iter().any(|(known, when)| *known == digest && when + LASTS > world.now())
}

/// The server accepts it after all.
pub fn forgive(world: &World, site: &Site, product: Product, record: &Record) {
    if is_known(world, site, product, record) {
        let forgiven = change(world, site, |memory, _| {
            let digest = memory.digest(record);
            memory.refused.retain(|(known, _)| *known != digest);
        });
        forgiven.unwrap_or_else(|error| log::debug!("not forgiven: {error}"));
    }
}

/// Forgets all about a site where nobody is signed in any more.
pub fn forget(world: &World, site: &Site) -> Result<()> {
    world.storage(place(world, site)?, false)?.delete(&key(site, PLACE)).map(drop)
}

/// Why it is not sent; `kept` if it is an account's, which can be asked about.
pub fn error(site: &Site, record: &Record, kept: bool) -> Error {
    let rule = Rule::RefusedBefore { what: record.kind.title(), address: site.short(), kept };
    Error::Rule { site: site.short(), rule }
}

impl Memory {
    /// A password is refused to somebody, a token to everybody: it is asked about as Bearer, which takes no name.
    fn digest(&self, record: &Record) -> String {
        let name = if record.kind == Kind::Password { record.username.to_lowercase() } else { String::new() };
        let text = Zeroizing::new([name.as_bytes(), &[0], record.secret.expose()].concat());
        Secret::new(text.as_slice()).digest(&self.key)
    }
}

fn read(world: &World, site: &Site) -> Result<Option<Memory>> {
    let sealed = world.storage(place(world, site)?, world.may_ask())?.get(&key(site, PLACE))?;
    Ok(sealed.and_then(|sealed| serde_json::from_slice(sealed.expose()).ok()))
}

fn change(world: &World, site: &Site, change: impl FnOnce(&mut Memory, u64)) -> Result<()> {
    let _turn = turns::take(world, site, PLACE, false)?;
    let mut memory = match read(world, site)? {
        Some(memory) => memory,
        None => Memory { key: Secret::random().ok_or(Error::RecordUnreadable)?, refused: Vec::new() },
    };
    change(&mut memory, world.now());
    let text = Zeroizing::new(serde_json::to_string(&memory).expect("a memory is plain data"));
    let storage = world.storage(place(world, site)?, world.may_ask())?;
    storage.set(&key(site, PLACE), &Secret::new(text.as_bytes()))
}

/// Where the site's records are: as the settings say, else where the first account is; where nobody is left, in a file if
/// one was chosen for want of a keyring.
fn place(world: &World, site: &Site) -> Result<Name> {
    let index = Index::read(&world.folder()?)?;
    let first = index.site(site).and_then(|entry| entry.accounts.first());
    if let Some(name) = world.chosen_storage(site)?.or(first.and_then(|account| Name::from_word(&account.storage))) {
        return Ok(name);
    }
    let in_file = world.storage(Name::File, false)?.get(&key(site, PLACE))?.is_some();
    Ok(if in_file { Name::File } else { Name::Keyring })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONTH: u64 = 2_592_000;

    /// The memory of a Data Center, and a password that alice has there.
    struct Remembered {
        world: World,
        site: Site,
        _folder: tempfile::TempDir,
    }

    impl Remembered {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let site = Site::parse("https://git.corp.example").expect("a site");
            Self { world: World::in_folder(folder.path()), site, _folder: folder }
        }

        fn knows(&self, password: &str) -> bool {
            is_known(&self.world, &self.site, Product::DataCenter, &password_of_alice(password))
        }

        fn refuse(&self, password: &str) {
            remember(&self.world, &self.site, Product::DataCenter, &password_of_alice(password));
        }

        /// What stands there, after everything in it was made this many seconds older.
        fn aged(&self, seconds: u64) -> usize {
            let mut number = 0;
            let age = |memory: &mut Memory, _| {
                memory.refused.iter_mut().for_each(|(_, when)| *when -= seconds);
                number = memory.refused.len();
            };
            change(&self.world, &self.site, age).expect("written");
            number
        }
    }

    fn password_of_alice(password: &str) -> Record {
        Record::new(Kind::Password, "alice", Secret::new(password))
    }

    #[test]
    fn a_refusal_is_known_for_a_month_and_then_makes_room() {
        let memory = Remembered::new();
        memory.refuse("one");
        memory.aged(MONTH - 60);
        assert!(memory.knows("one") && !memory.knows("two"));
        memory.refuse("two");
        assert_eq!(memory.aged(60), 2, "a younger one does not push it out");
        assert!(!memory.knows("one") && memory.knows("two"));
        memory.refuse("three");
        assert_eq!(memory.aged(0), 2, "what is over is put away");
    }

    #[test]
    fn what_is_refused_again_is_there_once_and_as_the_newest() {
        let memory = Remembered::new();
        memory.refuse("one");
        memory.aged(MONTH - 60);
        memory.refuse("one");
        assert_eq!(memory.aged(60), 1);
        assert!(memory.knows("one"));
        forgive(&memory.world, &memory.site, Product::DataCenter, &password_of_alice("one"));
        assert!(!memory.knows("one"));
    }

    #[test]
    fn the_last_refusals_are_kept_and_a_cloud_has_none() {
        let memory = Remembered::new();
        (0..=MOST).for_each(|number| memory.refuse(&format!("password {number}")));
        assert_eq!(memory.aged(0), MOST);
        assert!(!memory.knows("password 0") && memory.knows("password 1"));
        remember(&memory.world, &Site::cloud(), Product::Cloud, &password_of_alice("one"));
        assert!(!is_known(&memory.world, &Site::cloud(), Product::Cloud, &password_of_alice("one")));
    }
}
