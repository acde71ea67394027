//! Everything that can be set, in the words of the documents: our keys in git config, and the variables that we read. The man
//! page is made of it, `doctor` knows our keys by it, and the README is held to it.

/// Keys of the section `bitbucket` that belong together, what they mean, and what holds where nothing is said.
pub struct Setting {
    pub keys: &'static [&'static str],
    pub meaning: &'static str,
    pub default: &'static str,
}

/// Variables that belong together, and what they mean.
pub struct Variable {
    pub names: &'static [&'static str],
    pub meaning: &'static str,
}

pub const SETTINGS: [Setting; 9] = [
    setting(&["storage"], "`auto`, `keyring`, `file`, `pass`, `cache` (memory, a day), `none`", "`auto`: the keyring"),
    setting(&["product"], "`cloud`, `datacenter`", "by exact host; Data Center once signed in"),
    setting(&["signIn"], "`auto`, `web`, `token`, `password`, `never` (plain storage by Git's own rules)", "`auto`"),
    setting(&["account"], "the username to use when nothing else decides", "none"),
    setting(
        &["authScheme"],
        "`basic`, `bearer`, `auto` (Bearer for tokens of a project or repository, and where a sign-in found Basic off, if Git can)",
        "`auto`",
    ),
    setting(
        &["oauthClientId", "oauthRedirectUri", "oauthScope"],
        "the OAuth client of a site, the address at which it ends, what it asks for",
        "none; for the Cloud `http://127.0.0.1/cloud` on any free port, for a Data Center `http://127.0.0.1:34106/HOST/CONTEXT`",
    ),
    setting(
        &["tokenCommand", "tokenFile"],
        "where a token comes from, before every account; without a site in the key it is for bitbucket.org",
        "none",
    ),
    setting(
        &["allowHttp"],
        "plain http for a Data Center on a trusted network; never for the Cloud; loopback needs no permission",
        "`false`",
    ),
    setting(&["timeout"], "seconds for one answer of the server", "30; sign-in 150"),
];

/// Ours.
pub const VARIABLES: [Variable; 9] = [
    variable(&["BITBUCKET_TOKEN"], "the token; `exec` sets it for its command, so keep what you run to what you trust"),
    variable(&["BITBUCKET_TOKEN_FILE"], "or the full path of a file with it (a mounted secret)"),
    variable(&["BITBUCKET_SITE"], "the one site it is for, with its context path; `https://bitbucket.org` if unset"),
    variable(
        &["BITBUCKET_USERNAME"],
        "whose it is: for a person's HTTP access token or a password of a Data Center; for a token of a project or repository \
         there `x-token-auth`. From git 2.46 on, tokens need no name: they go as Bearer",
    ),
    variable(&["BITBUCKET_EMAIL"], "the e-mail that REST wants beside an API token"),
    variable(
        &["BITBUCKET_TOKEN_KIND"],
        "`api-token`, `access-token`, `http-token`, `oauth` or `password`, where its shape does not tell",
    ),
    variable(&["GIT_CREDENTIAL_BITBUCKET_HOME"], "the data folder, an absolute path"),
    variable(&["GIT_CREDENTIAL_BITBUCKET_STORAGE"], "as `--storage`, which beats it; it beats `bitbucket.storage`"),
    variable(
        &["GIT_TRACE_BITBUCKET"],
        "`1`, or an absolute file: tells each decision, request, storage and child with its time, and never a secret",
    ),
];

/// Those of others that are heeded.
pub const VARIABLES_OF_OTHERS: [Variable; 13] = [
    variable(&["CI"], "a build server runs us: nobody is asked, unless it is `false`"),
    variable(&["GIT_TERMINAL_PROMPT"], "`0`: nobody is asked"),
    variable(&["GIT_ASKPASS", "SSH_ASKPASS"], "the program that asks a person; `core.askPass` stands between them"),
    variable(&["TERM"], "`dumb` or unset: no moving signs while something is awaited"),
    variable(&["BROWSER"], "commands that open an address, separated by colons"),
    variable(
        &["DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "WSL_DISTRO_NAME", "WSL_INTEROP"],
        "whether a browser can be opened, and on whose screen it would appear",
    ),
    variable(
        &["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"],
        "the proxy, as libcurl reads them, where git config names none",
    ),
    variable(
        &[
            "GIT_SSL_CAINFO",
            "GIT_SSL_CAPATH",
            "GIT_SSL_CERT",
            "GIT_SSL_KEY",
            "GIT_SSL_NO_VERIFY",
            "GIT_PROXY_SSL_CAINFO",
            "GIT_HTTP_PROXY_AUTHMETHOD",
        ],
        "as Git reads them",
    ),
    variable(&["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"], "where the keyring is (Linux)"),
    variable(&["PASSWORD_STORE_DIR", "GNUPGHOME", "GPG_TTY"], "the password store of `pass`, and what its gpg needs"),
    variable(&["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"], "where the data folder and other helpers' files are"),
    variable(&["PATH"], "where `git`, `pass` and a browser are looked for; folders that are not absolute are left out"),
    variable(
        &[
            "GCM_NAMESPACE",
            "GCM_PLAINTEXT_STORE_PATH",
            "GCM_BITBUCKET_CLOUD_CLIENTID",
            "GCM_BITBUCKET_CLOUD_CLIENTSECRET",
            "GCM_BITBUCKET_CLOUD_OAUTH_REDIRECTURI",
            "GCM_BITBUCKET_DATACENTER_CLIENTID",
            "GCM_BITBUCKET_DATACENTER_CLIENTSECRET",
            "GCM_BITBUCKET_DATACENTER_OAUTH_REDIRECTURI",
        ],
        "what `import --from gcm` goes by",
    ),
];

const fn setting(keys: &'static [&'static str], meaning: &'static str, default: &'static str) -> Setting {
    Setting { keys, meaning, default }
}

const fn variable(names: &'static [&'static str], meaning: &'static str) -> Variable {
    Variable { names, meaning }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::{Path, PathBuf};

    const README: &str = include_str!("../../README.md");

    fn row(cells: &[&str]) -> String {
        format!("| {} |", cells.join(" | "))
    }

    fn quoted(names: &[&str]) -> String {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_readme_has_the_same_table_of_settings() {
        let (_, table) = README.split_once("| key | meaning | default |\n|---|---|---|\n").expect("a table");
        let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
        let wanted = SETTINGS.map(|setting| row(&[&quoted(setting.keys), setting.meaning, setting.default]));
        assert_eq!(rows, wanted);
    }

    #[test]
    fn the_readme_has_every_variable_of_ours() {
        for variable in VARIABLES {
            let name = quoted(variable.names);
            assert!(!name.starts_with("`BITBUCKET") || README.contains(&row(&[&name, variable.meaning])), "{name}");
            assert!(README.contains(&name), "{name}");
        }
    }

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }

    /// The names that a source asks for where it reads the environment.
    fn read_in(text: &str) -> Vec<String> {
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let asked = [".text(\"", ".path(\"", ".said(\"", "variable(\"", "variables.get(\""];
        let after = asked.iter().flat_map(|word| product.split(word).skip(1));
        let names = after.filter_map(|rest| rest.split('"').next()).map(str::to_owned);
        names
            .filter(|name| name.contains(|c: char| c.is_ascii_uppercase()) && !name.contains(char::is_lowercase))
            .collect()
    }

    #[test]
    fn every_variable_that_is_read_is_in_the_list() {
        let all = || VARIABLES.iter().chain(&VARIABLES_OF_OTHERS).flat_map(|variable| variable.names);
        let texts = sources(Path::new("src")).into_iter().filter_map(|path| fs::read_to_string(path).ok());
        let read: Vec<String> = texts.flat_map(|text| read_in(&text)).collect();
        assert!(read.len() > 20, "{read:?}");
        // what Windows calls the machine, what `exec` adds its own lines to, and what git tells whom it starts, are no settings
        let no_settings = ["COMPUTERNAME", "GIT_CONFIG_COUNT", "GIT_DIR", "GIT_EXEC_PATH"];
        let is_known = |name: &str| no_settings.contains(&name) || all().any(|known| *known == name);
        let missing: Vec<_> = read.iter().filter(|name| !is_known(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
