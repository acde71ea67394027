//! What the manual page says beside the definition of the command line and the list of settings.

/// When the page last changed in what it says.
pub const DATE: &str = "2026-11-26";

pub const NAME: &str = "git-credential-bitbucket - Git credential helper for Bitbucket Cloud and Bitbucket Data Center";

pub const DESCRIPTION: &str = "\
Git asks a credential helper for a username and a secret when a server wants them (gitcredentials(7)). This one answers for \
bitbucket.org and for every Bitbucket Data Center that somebody signed in to, from the keyring, and is silent for all other hosts. \
Once your git config names it, which `configure` does, Git calls it by itself: people need `login`, and that now and then.

A credential that is kept is given without asking the network. The network is used to sign in, to refresh, and by `status`, `doctor` \
and `import`. A secret goes to the site that it is for and nowhere else. Only the server's clear no ends one: an outage, a limit or \
a page in place of an answer does not.

Where nobody can be asked (no terminal, no askpass program and no browser, `credential.interactive` or `GIT_TERMINAL_PROMPT` off, \
`CI` set), the command ends at once with one line that names the way out.";

/// Those that clap adds.
pub const OPTIONS: [(&str, &str); 2] = [
    (
        "`-h`, `--help`",
        "Tell what can be said; behind a command, of that command. As `git credential-bitbucket -h`, since Git shows this page for `--help`",
    ),
    ("`-V`, `--version`", "Print the version"),
];

pub const ACCOUNTS: &str = "\
Which account is used? The first of these that says so; between two people nobody is guessed:
  1  the username in the address, or credential.<url>.username
  2  the choice of this repository: switch NAME --here
  3  the rule for the repository, workspace or project: switch NAME --for PLACE
  4  bitbucket.account in your git config
  5  the account that was made the active one: switch NAME; or the only one

`accounts` shows all of it, and in a repository who would be used there and why.";

pub const CONFIGURATION: &str = "\
In git config (git-config(1)), section `bitbucket`; each key also as `bitbucket.<url>.key` for one site, where the more specific \
address wins. A repository's own config is listened to for `account` only: it does not decide where secrets go.";

/// Git's own keys that are heeded.
pub const KEYS_OF_GIT: [(&str, &str); 7] = [
    ("`credential.helper`", "`bitbucket` there, or below `credential.<url>`, makes Git ask us; `configure` writes it"),
    ("`credential.<url>.username`", "the account that is meant, as if it stood in the address"),
    ("`credential.useHttpPath`", "makes Git tell the path, which rules for a place look at; `configure` writes it"),
    ("`credential.interactive`", "`false` or `never`: nobody is asked"),
    ("`core.askPass`", "the program that asks a person"),
    (
        "`http.proxy`, `http.proxySSLCAInfo`, `remote.<name>.proxy`",
        "the way to the server, as Git goes it; at a proxy a password is shown as Basic only",
    ),
    (
        "`http.sslCAInfo`, `http.sslCAPath`, `http.sslCert`, `http.sslKey`, `http.sslVerify`",
        "whom to trust, and the certificate to show; with `sslVerify` off you are warned, loudly",
    ),
];

pub const FILES: [(&str, &str); 7] = [
    (
        "`~/.local/share/git-credential-bitbucket/`",
        "the data folder, closed to everybody else; on macOS `~/Library/Application Support/git-credential-bitbucket/`, on Windows \
         `%LOCALAPPDATA%\\git-credential-bitbucket\\`; another by `GIT_CREDENTIAL_BITBUCKET_HOME`",
    ),
    ("`accounts.json`", "in it: who is signed in where, who is used, and the rules; no secret"),
    ("`accounts.json.broken`", "a copy of a list that could not be read; `accounts --rebuild` makes a new one"),
    ("`locks/`", "one lock for each account, and notes of a line beside them, such as when somebody was last reminded"),
    ("`records/`", "the secrets, with `storage` = `file` only"),
    ("`~/.gitconfig`", "where `configure` writes its lines; `--system` and `--local` write elsewhere"),
    ("`~/.password-store/git-credential-bitbucket/`", "the secrets, with `storage` = `pass`"),
];

pub const EXIT_STATUS: [(&str, &str); 5] = [
    ("`0`", "done; or there is nothing to say, which is no failure to Git"),
    ("`1`", "failed"),
    ("`2`", "wrong usage"),
    ("`4`", "someone must sign in"),
    ("other", "that of the command which `exec` ran; 127 if it could not be run"),
];

pub const EXAMPLES: &str = "\
The first sign-in on a machine, then a clone that asks nothing:
  git credential-bitbucket configure
  git credential-bitbucket login
  git clone https://bitbucket.org/acme/app.git

A Data Center with a context path, where a password makes an HTTP access token that ends in 90 days:
  git credential-bitbucket configure --site https://code.corp.example/bitbucket
  git credential-bitbucket login https://code.corp.example/bitbucket --expires 90

Two people at one site, the second for one workspace:
  git credential-bitbucket login --username bob
  git credential-bitbucket switch bob --for globex
  git credential-bitbucket accounts

A build server, without any git config; `BITBUCKET_TOKEN` holds the token:
  git-credential-bitbucket exec -- git clone --recurse-submodules https://bitbucket.org/acme/app.git

A call of the REST API; the secret stands in no command line:
  git-credential-bitbucket token --for rest --header | curl --header @- https://api.bitbucket.org/2.0/user";

pub const SEE_ALSO: &str = "`git`(1), `git-config`(1), `git-credential`(1), `gitcredentials`(7)";
