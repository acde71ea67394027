//! Git's configuration read from its files where that is plain, since asking Git costs as much as all else that a `get` does.
//! Plain means: a Git whose system file is known, no includes, no settings in the environment, no repository but an
//! ordinary one of this user's. Anything else is Git's to read, and `None` here.

use super::entry::{Entry, entry, is_asked_for};
use super::environment::Environment;
use super::{git_boolean, syntax};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Variables that change what Git reads in ways that are not followed here (git(1), git-config(1)).
const UNUSUAL: [&str; 8] = [
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_TEST_ASSUME_DIFFERENT_OWNER",
];

/// What Git keeps below `extensions.` without changing where its configuration stands.
const HARMLESS: [&[u8]; 3] = [b"extensions.objectformat", b"extensions.refstorage", b"extensions.partialclone"];

/// The largest file that is read here, in bytes.
const LARGEST: u64 = 1 << 20;

/// The lines that concern us, in Git's order.
pub fn read(environment: &Environment) -> Option<Vec<Entry>> {
    read_in(environment, &fs::canonicalize(".").ok()?)
}

fn read_in(environment: &Environment, here: &Path) -> Option<Vec<Entry>> {
    if UNUSUAL.iter().any(|name| environment.has(name)) {
        return None;
    }
    let mut all = Vec::new();
    for (scope, file) in sources(environment, here)? {
        all.extend(entries(scope, &here.join(file))?);
    }
    Some(all)
}

/// Scopes and files, whether they are there or not.
fn sources(environment: &Environment, here: &Path) -> Option<Vec<(&'static str, PathBuf)>> {
    let system = system(environment)?.into_iter().map(|file| ("system", file));
    let global = global(environment)?.into_iter().map(|file| ("global", file));
    let local = repository(environment, here)?.into_iter().map(|folder| ("local", folder.join("config")));
    Some(system.chain(global).chain(local).collect())
}

/// A variable that may be set to nothing; `None` if it is set to what is no text.
fn said(environment: &Environment, name: &str) -> Option<Option<String>> {
    match environment.said(name) {
        None if environment.has(name) => None,
        said => Some(said),
    }
}

/// The machine's own file: git's Makefile has `/etc` for the prefix `/usr`, and below the prefix for any other.
fn system(environment: &Environment) -> Option<Option<PathBuf>> {
    match said(environment, "GIT_CONFIG_NOSYSTEM")?.map(|said| git_boolean(&said)) {
        Some(Some(true)) => return Some(None),
        Some(None) => return None,
        Some(Some(false)) | None => {}
    }
    if let Some(file) = said(environment, "GIT_CONFIG_SYSTEM")? {
        return Some(named(file));
    }
    let [usual, local] = ["/etc/gitconfig", "/usr/local/etc/gitconfig"];
    match environment.text("GIT_EXEC_PATH")?.as_str() {
        "/usr/lib/git-core" | "/usr/libexec/git-core" => Some(Some(usual.into())),
        // somebody who built it may have chosen `/etc` all the same
        "/usr/local/libexec/git-core" if !Path::new(usual).exists() => Some(Some(local.into())),
        _ => None,
    }
}

/// The person's own files (git-config, "FILES").
fn global(environment: &Environment) -> Option<Vec<PathBuf>> {
    if let Some(file) = said(environment, "GIT_CONFIG_GLOBAL")? {
        return Some(named(file).into_iter().collect());
    }
    let home = said(environment, "HOME")?;
    if home.as_deref() == Some("") {
        return None;
    }
    let home = home.map(PathBuf::from);
    let xdg = said(environment, "XDG_CONFIG_HOME")?.filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let xdg = xdg.or_else(|| Some(home.as_ref()?.join(".config"))).map(|folder| folder.join("git/config"));
    Some(xdg.into_iter().chain(home.map(|home| home.join(".gitconfig"))).collect())
}

/// A file that a variable names; naming nothing is to have none.
fn named(file: String) -> Option<PathBuf> {
    (!file.is_empty()).then(|| PathBuf::from(file))
}

/// The folder of the repository that we stand in, if we stand in one.
fn repository(environment: &Environment, here: &Path) -> Option<Option<PathBuf>> {
    if environment.has("GIT_DIR") {
        let folder = here.join(environment.path("GIT_DIR")?);
        return is_ordinary(&folder).then_some(Some(folder));
    }
    let device = fs::metadata(here).ok()?.dev();
    for folder in here.ancestors() {
        // Git does not look beyond its file system
        if fs::metadata(folder).ok()?.dev() != device {
            break;
        }
        let own = folder.join(".git");
        match fs::symlink_metadata(&own) {
            Ok(found) => {
                let plain = found.is_dir() && is_ours(folder) && is_ours(&own) && is_ordinary(&own);
                return plain.then_some(Some(own));
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return None,
            // a bare one, perhaps
            Err(_) if fs::symlink_metadata(folder.join("HEAD")).is_ok() => return None,
            Err(_) => {}
        }
    }
    Some(None)
}

/// Whether this is a repository for Git as well, and not one among several working trees.
fn is_ordinary(folder: &Path) -> bool {
    let head = fs::read(folder.join("HEAD")).unwrap_or_default();
    head.starts_with(b"ref: refs/")
        && folder.join("objects").is_dir()
        && folder.join("refs").is_dir()
        && matches!(fs::symlink_metadata(folder.join("commondir")), Err(error) if error.kind() == ErrorKind::NotFound)
}

fn is_ours(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.uid() == rustix::process::geteuid().as_raw())
}

/// A file's lines that concern us; none if it is not there.
fn entries(scope: &str, file: &Path) -> Option<Vec<Entry>> {
    let found = match fs::metadata(file) {
        Ok(found) => found,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Some(Vec::new()),
        Err(_) => return None,
    };
    if !found.is_file() || found.len() > LARGEST {
        return None;
    }
    let all = syntax::assignments(&fs::read(file).ok()?)?;
    let is_unusual = |name: &[u8]| {
        let elsewhere = name.starts_with(b"include.") || name.starts_with(b"includeif.");
        elsewhere || name.starts_with(b"extensions.") && !HARMLESS.contains(&name)
    };
    if all.iter().any(|(name, _)| is_unusual(name)) {
        return None;
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let line = |(name, value): &syntax::Assignment| {
        let name = text(name);
        is_asked_for(&name).then_some(())?;
        entry(scope, &value.as_deref().map_or(name.clone(), |value| format!("{name}\n{}", text(value))))
    };
    Some(all.iter().filter_map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::config::entry::KEYS;
    use std::process::Command;

    /// A machine with one home, and programs that read it.
    struct Machine {
        place: tempfile::TempDir,
        variables: Vec<(&'static str, String)>,
    }

    impl Machine {
        fn new() -> Self {
            let place = tempfile::tempdir().expect("a folder");
            let variables = vec![("HOME", place.path().display().to_string()), ("GIT_CONFIG_NOSYSTEM", "1".into())];
            Self { place, variables }
        }

        fn with(mut self, name: &'static str, value: &str) -> Self {
            self.variables.retain(|(known, _)| *known != name);
            self.variables.push((name, value.into()));
            self
        }

        fn writes(self, file: &str, text: &str) -> Self {
            let file = self.place.path().join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, text).expect("written");
            self
        }

        fn git(&self, folder: &str, arguments: &[&str]) -> std::process::Output {
            let mut git = Command::new("git");
            git.args(arguments).env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
            git.envs(self.variables.iter().cloned()).current_dir(self.place.path().join(folder));
            git.output().expect("git runs")
        }

        fn inits(self, folder: &str) -> Self {
            assert!(self.git("", &["init", "-q", folder]).status.success());
            self
        }

        /// What we read, and whether it is what git reads; `None` where it is left to git.
        fn reads(&self, folder: &str) -> Option<usize> {
            let environment: Environment =
                self.variables.iter().cloned().map(|(name, value)| (name.to_owned(), value.into())).collect();
            let here = fs::canonicalize(self.place.path().join(folder)).expect("there");
            let ours = read_in(&environment, &here)?;
            let gits =
                Settings::parse(&self.git(folder, &["config", "-z", "--show-scope", "--get-regexp", KEYS]).stdout);
            assert_eq!(format!("{ours:?}"), format!("{:?}", gits.entries));
            Some(ours.len())
        }
    }

    const GLOBAL: &str =
        "[user]\n\tname = al\n[Bitbucket]\n\tStorage = file\n[bitbucket \"https://x.example\"]\n\tallowHttp\n";

    #[test]
    fn a_persons_and_a_repositorys_files_are_read_as_git_reads_them() {
        let own = "[core]\n\tbare = false\n[remote \"o.p\"]\n\turl = x\n\tfetch = y\n[core]\n\taskPass = z\n[bitbucket]\naccount=bob\n";
        let machine =
            Machine::new().writes(".gitconfig", GLOBAL).writes(".config/git/config", "[credential]\n\thelper =\n");
        assert_eq!(machine.reads(""), Some(3));
        let machine = machine.inits("work").writes("work/.git/config", own).writes("work/a/b/c", "");
        assert_eq!(
            (machine.reads("work"), machine.reads("work/a/b"), machine.reads("work/.git")),
            (Some(6), Some(6), None)
        );
        let machine = machine.with("GIT_DIR", "work/.git").with("XDG_CONFIG_HOME", "/nowhere");
        assert_eq!(machine.reads(""), Some(5));
        let file = machine.place.path().join(".gitconfig").display().to_string();
        let machine =
            machine.with("GIT_CONFIG_GLOBAL", "").with("GIT_CONFIG_NOSYSTEM", "").with("GIT_CONFIG_SYSTEM", &file);
        assert_eq!(machine.reads(""), Some(5));
    }

    #[test]
    fn whatever_is_not_plain_is_left_to_git() {
        let machine = || Machine::new().writes(".gitconfig", GLOBAL);
        for name in UNUSUAL {
            assert_eq!(machine().with(name, "").reads(""), None, "{name}");
        }
        for (name, value) in [("GIT_DIR", "nowhere"), ("GIT_DIR", ""), ("HOME", ""), ("GIT_CONFIG_NOSYSTEM", "x")] {
            assert_eq!(machine().with(name, value).reads(""), None, "{name}");
        }
        for text in ["[include]\npath = x", "[includeIf \"gitdir:/\"]\npath = x", "[core", "[a]\n\tk = a\tb"] {
            assert_eq!(Machine::new().writes(".gitconfig", text).reads(""), None, "{text}");
        }
        // which system file a git has is known for the usual places only
        for place in ["", "/opt/git/libexec/git-core"] {
            assert_eq!(
                machine().with("GIT_CONFIG_NOSYSTEM", "0").with("GIT_EXEC_PATH", place).reads(""),
                None,
                "{place}"
            );
        }
    }

    #[test]
    fn a_repository_that_is_not_ordinary_is_left_to_git() {
        let machine = || Machine::new().inits("work");
        assert_eq!(machine().reads("work"), Some(0));
        assert_eq!(machine().writes("work/.git/commondir", "..").reads("work"), None);
        assert_eq!(machine().writes("work/.git/HEAD", "nothing").reads("work"), None);
        assert_eq!(machine().writes("work/.git/config", "[extensions]\n\tworktreeConfig = true\n").reads("work"), None);
        assert_eq!(Machine::new().writes("work/.git", "gitdir: ../x").reads("work"), None);
        assert_eq!(Machine::new().writes("work/HEAD", "ref: refs/heads/main").reads("work"), None);
        let strange = machine();
        // only root can give a folder away
        if std::os::unix::fs::chown(strange.place.path().join("work"), Some(12345), None).is_ok() {
            assert_eq!(strange.reads("work"), None);
        }
    }

    #[test]
    fn the_system_file_is_the_one_of_the_git_that_runs_us() {
        let of = |place: &str| {
            let machine = Machine::new().with("GIT_CONFIG_NOSYSTEM", "0").with("GIT_EXEC_PATH", place);
            let environment: Environment =
                machine.variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            system(&environment)
        };
        assert_eq!(of("/usr/lib/git-core"), Some(Some("/etc/gitconfig".into())));
        assert_eq!(of("/usr/libexec/git-core"), Some(Some("/etc/gitconfig".into())));
        assert_eq!(of("/somewhere/git-core"), None);
    }
}
