//! What Bitbucket Cloud consists of: users, workspaces, repositories, tokens.
//! Data and its questions; no HTTP.

use std::collections::BTreeMap;

use crate::clock::Moment;
use crate::git::Content;
use crate::permission::Permission;

/// An Atlassian account with a Bitbucket username.
#[derive(Debug, Clone)]
pub struct User {
    /// What git takes.
    pub username: String,
    /// What REST takes with an API token.
    pub email: String,
    /// With braces.
    pub uuid: String,
    /// Shown to people.
    pub display_name: String,
    /// Free to change, not unique.
    pub nickname: String,
    /// The account password: good for the browser, and for everything in classic mode.
    pub password: String,
    /// Whether two-step verification is on; matters in classic mode.
    pub two_factor: bool,
}

impl User {
    /// A user whose other names follow from the username.
    pub fn new(username: &str, email: &str, password: &str) -> Self {
        let number: u32 = username.bytes().map(u32::from).sum();
        Self {
            username: username.to_owned(),
            email: email.to_owned(),
            uuid: format!("{{00000000-0000-4000-8000-{number:012}}}"),
            display_name: format!("{username} (display name)"),
            nickname: format!("{username}-nick"),
            password: password.to_owned(),
            two_factor: false,
        }
    }
}

/// A workspace and its members.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// Members by username.
    pub members: BTreeMap<String, Permission>,
}

/// A repository.
#[derive(Debug, Clone)]
pub struct Repo {
    /// The workspace it is in.
    pub workspace: String,
    /// Its name in addresses.
    pub slug: String,
    /// The project it belongs to.
    pub project: String,
    /// Whether anybody may read it.
    pub public: bool,
    /// What it holds at first.
    pub content: Content,
}

impl Repo {
    /// A private repository in the project `MAIN`.
    pub fn new(workspace: &str, slug: &str) -> Self {
        Self {
            workspace: workspace.to_owned(),
            slug: slug.to_owned(),
            project: "MAIN".to_owned(),
            public: false,
            content: Content::default(),
        }
    }

    /// Its key among the repositories on the disk.
    pub fn key(&self) -> String {
        format!("bitbucket.org/{}/{}", self.workspace, self.slug)
    }
}

/// Whom or what a credential speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// A user, with all the user may do.
    User(String),
    /// One repository.
    Repository(String, String),
    /// One project of a workspace.
    Project(String, String),
    /// A workspace.
    Workspace(String),
}

/// The kinds of long-lived secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `ATATT…`, a user's; without scopes it is good for nothing here.
    ApiToken,
    /// `ATBB…`, a user's; dead since 2026-07-28.
    AppPassword,
    /// `ATCTT…`, of a repository, project or workspace.
    AccessToken,
}

/// A long-lived secret.
#[derive(Debug, Clone)]
pub struct Token {
    /// The secret itself.
    pub secret: String,
    /// Its kind.
    pub kind: Kind,
    /// For whom it speaks.
    pub reach: Reach,
    /// What it may do; none for an API token made "without scopes".
    pub scopes: Vec<String>,
    /// When it ends.
    pub expires: Option<Moment>,
}

impl Token {
    /// An API token of a user.
    pub fn api(secret: &str, username: &str, scopes: &[&str]) -> Self {
        Self::new(Kind::ApiToken, secret, Reach::User(username.to_owned()), scopes)
    }

    /// An app password of a user.
    pub fn app_password(secret: &str, username: &str) -> Self {
        let scopes = ["account", "repository:write"];
        Self::new(Kind::AppPassword, secret, Reach::User(username.to_owned()), &scopes)
    }

    /// An access token of a repository, project or workspace.
    pub fn access(secret: &str, reach: Reach, scopes: &[&str]) -> Self {
        Self::new(Kind::AccessToken, secret, reach, scopes)
    }

    /// The same, ending at this moment.
    #[must_use]
    pub fn until(mut self, moment: Moment) -> Self {
        self.expires = Some(moment);
        self
    }

    fn new(kind: Kind, secret: &str, reach: Reach, scopes: &[&str]) -> Self {
        Self {
            secret: secret.to_owned(),
            kind,
            reach,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            expires: None,
        }
    }
}
