//! Where secrets rest: the storage that was chosen and by whom, whether it could answer now, and who may read the files.

use super::report::Finding;
use crate::accounts::{Entry, Index};
use crate::error::{Error, Result};
use crate::files;
use crate::site::Site;
use crate::storage::Name;
use crate::world::World;
use std::path::Path;

/// What was found; nobody was asked to unlock anything.
#[derive(Debug)]
pub struct Facts {
    /// `None` for `auto`.
    pub chosen: Result<Option<Name>>,
    /// Who chose it.
    pub by: String,
    /// Asked only where it is used.
    pub keyring: Option<Result<()>>,
    /// Storages that are used and whose program is missing.
    pub missing: Vec<Error>,
    /// What is wrong with the files.
    pub files: Vec<Error>,
}

/// `entry`: the accounts of the site, whose storages matter too.
pub fn gather(world: &World, site: &Site, entry: &Entry, by: String) -> Facts {
    let chosen = world.chosen_storage(site);
    let kept = entry.accounts.iter().filter_map(|account| Name::from_word(&account.storage));
    let mut used: Vec<Name> = chosen.iter().map(|chosen| chosen.unwrap_or(Name::Keyring)).chain(kept).collect();
    used.dedup();
    let keyring = used.contains(&Name::Keyring).then(|| world.probe_keyring());
    let others = used.into_iter().filter(|name| *name != Name::Keyring);
    let missing = others.filter_map(|name| world.storage(name, false).err()).collect();
    let files = world.folder().map_or_else(|error| vec![error], |folder| unsafe_files(&folder));
    Facts { chosen, by, keyring, missing, files }
}

/// What others may read or replace, and what cannot be read by us.
fn unsafe_files(folder: &Path) -> Vec<Error> {
    let records = folder.join("records");
    let folders = [folder, &records].map(|folder| files::is_private(folder).err());
    let index = Index::read(folder).err();
    let inside = std::fs::read_dir(&records).into_iter().flatten().flatten().map(|file| file.path());
    // a file that is only being written has a name of its own
    let records = inside.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let records = records.filter_map(|path| files::read(&path).err());
    let mut all: Vec<Error> = folders.into_iter().flatten().chain(index).chain(records).collect();
    all.dedup();
    all
}

pub fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = match &facts.chosen {
        Ok(chosen) => vec![chosen_line(*chosen, &facts.by)],
        Err(error) => vec![Finding::error("storage.chosen", error)],
    };
    findings.extend(facts.keyring.as_ref().map(keyring));
    findings.extend(facts.missing.iter().map(missing));
    findings.extend(facts.files.iter().map(|error| Finding::error("storage.files", error)));
    findings
}

fn chosen_line(chosen: Option<Name>, by: &str) -> Finding {
    const CHECK: &str = "storage.chosen";
    match chosen {
        None => Finding::ok(CHECK, "new sign-ins are kept in the keyring (`bitbucket.storage` is auto)"),
        Some(Name::None) => Finding::ok(CHECK, format!("nothing is kept, by {by}")),
        Some(Name::Cache) => {
            let text = format!("new sign-ins are kept in memory for a day at most, by {by}");
            Finding::tip(CHECK, text, "to keep them longer: `git config --global bitbucket.storage keyring`")
        }
        Some(name) => Finding::ok(CHECK, format!("new sign-ins are kept in {}, by {by}", name.title())),
    }
}

fn keyring(probed: &Result<()>) -> Finding {
    const CHECK: &str = "storage.keyring";
    match probed {
        Ok(()) => Finding::ok(CHECK, "the keyring is there and unlocked"),
        Err(error @ Error::KeyringLocked) => {
            let remedy = "unlock it: `git credential-bitbucket status` in your desktop session brings up its question; where there is no desktop: `git config --global bitbucket.storage file`, then sign in";
            Finding::bad(CHECK, error.to_string(), remedy)
        }
        Err(error) => Finding::error(CHECK, error),
    }
}

fn missing(error: &Error) -> Finding {
    let remedy = "install it, or choose another storage: `git config --global bitbucket.storage keyring`";
    Finding { remedy: Some(remedy.into()), ..Finding::error("storage.program", error) }
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;

    fn facts(keyring: Option<Result<()>>) -> Facts {
        Facts { chosen: Ok(None), by: String::new(), keyring, missing: Vec::new(), files: Vec::new() }
    }

    #[test]
    fn each_state_of_the_keyring_has_its_own_words_and_its_own_remedy() {
        let errors = [
            Error::KeyringLocked,
            Error::KeyringAbsent,
            Error::KeyringWithoutCollection,
            Error::KeyringSilent { seconds: 3 },
        ];
        let mut remedies = Vec::new();
        for error in errors {
            let finding = judge(&facts(Some(Err(error)))).remove(1);
            assert_eq!((finding.check, finding.verdict), ("storage.keyring", Verdict::Bad));
            remedies.push(finding.remedy.expect("a way out"));
        }
        assert!(remedies.iter().all(|remedy| remedy.contains("`git c")), "{remedies:#?}");
        remedies.dedup();
        assert_eq!(remedies.len(), 4);
        assert_eq!(judge(&facts(Some(Ok(()))))[1].verdict, Verdict::Ok);
    }

    #[test]
    fn files_that_others_may_read_are_named_with_the_way_to_close_them() {
        let error = Error::UnsafeFile { path: "/home/al/x".into(), why: "others may read it" };
        let findings = judge(&Facts { files: vec![error], ..facts(None) });
        assert!(findings[1].remedy.as_ref().is_some_and(|remedy| remedy.contains("chmod go= /home/al/x")));
    }
}
