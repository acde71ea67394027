//! Bitbucket Cloud: bitbucket.org and api.bitbucket.org, as they answer in 2026, or in 2019 when
//! `classic` is on. Knows its own data; nothing of proxies, faults or logs.

mod doors;
mod git;
mod model;
mod permissions;
mod rest;

pub use doors::{API_TOKEN_AUTH, TOKEN_AUTH};
pub use model::{Kind, Reach, Repo, Token, User, Workspace};

use std::collections::BTreeMap;

use crate::clock::Moment;
use crate::exchange::{Answer, Reply, Request};
use crate::failures::Failures;
use crate::lfs::Lfs;
use crate::oauth::{Provider, Settings};
use crate::permission::Permission;

/// Where nobody is sure how Cloud behaves, or where it has changed.
#[derive(Debug, Clone, Default)]
pub struct Switches {
    /// The Cloud of 2019: account passwords, app passwords, two-factor by 403.
    pub classic: bool,
    /// Whether `/2.0/user` answers an access token of a repository, project or workspace.
    pub user_for_access_tokens: bool,
    /// Whether LFS refuses the anonymous with 403, as seen in git-lfs issue 2658.
    pub lfs_anonymous_403: bool,
}

/// Bitbucket Cloud.
#[derive(Debug)]
pub struct Cloud {
    /// All users.
    pub users: Vec<User>,
    /// All workspaces by name.
    pub workspaces: BTreeMap<String, Workspace>,
    /// All repositories.
    pub repos: Vec<Repo>,
    /// API tokens, app passwords and access tokens.
    pub tokens: Vec<Token>,
    /// OAuth consumers and what they were granted.
    pub oauth: Provider,
    /// Who is signed in in the browser.
    pub browser_user: Option<String>,
    /// Failed logins, git and REST together.
    pub failures: Failures,
    /// What is not settled.
    pub switches: Switches,
    pub(crate) lfs: Lfs,
}

impl Default for Cloud {
    fn default() -> Self {
        Self {
            users: Vec::new(),
            workspaces: BTreeMap::new(),
            repos: Vec::new(),
            tokens: Vec::new(),
            oauth: Provider::new("cloud", Settings::cloud()),
            browser_user: None,
            failures: Failures::default(),
            switches: Switches::default(),
            lfs: Lfs::default(),
        }
    }
}

impl Cloud {
    /// Makes it the Cloud of 2019.
    pub fn classic(&mut self) {
        self.switches.classic = true;
        self.oauth.settings = Settings::classic();
    }

    /// A user by name, whatever its case.
    pub fn user(&self, username: &str) -> Option<&User> {
        let same = |user: &&User| user.username.eq_ignore_ascii_case(username);
        self.users.iter().find(same)
    }

    /// A user by name, to be changed.
    pub fn user_mut(&mut self, username: &str) -> Option<&mut User> {
        let same = |user: &&mut User| user.username.eq_ignore_ascii_case(username);
        self.users.iter_mut().find(same)
    }

    /// Adds a user.
    pub fn add_user(&mut self, user: User) {
        self.users.push(user);
    }

    /// Adds a token of any kind.
    pub fn add_token(&mut self, token: Token) {
        self.tokens.push(token);
    }

    /// Adds a repository, and its workspace if there was none.
    pub fn add_repo(&mut self, repo: Repo) {
        self.workspaces.entry(repo.workspace.clone()).or_default();
        self.repos.push(repo);
    }

    /// Lets a user into a workspace.
    pub fn let_in(&mut self, username: &str, workspace: &str, permission: Permission) {
        let workspace = self.workspaces.entry(workspace.to_owned()).or_default();
        workspace.members.insert(username.to_owned(), permission);
    }

    /// Takes a user out of a workspace.
    pub fn shut_out(&mut self, username: &str, workspace: &str) {
        if let Some(workspace) = self.workspaces.get_mut(workspace) {
            workspace.members.remove(username);
        }
    }

    /// Kills a secret of any kind; whether there was one.
    pub fn revoke(&mut self, secret: &str) -> bool {
        let before = self.tokens.len();
        self.tokens.retain(|token| token.secret != secret);
        self.tokens.len() < before || self.oauth.revoke(secret)
    }

    /// Gives a user another username; tokens and memberships follow.
    pub fn rename_user(&mut self, old: &str, new: &str) {
        if let Some(user) = self.user_mut(old) {
            user.username = new.to_owned();
        }
        for workspace in self.workspaces.values_mut() {
            if let Some(permission) = workspace.members.remove(old) {
                workspace.members.insert(new.to_owned(), permission);
            }
        }
        for token in &mut self.tokens {
            if token.reach == Reach::User(old.to_owned()) {
                token.reach = Reach::User(new.to_owned());
            }
        }
        self.oauth.rename(old, new);
    }

    /// Every secret known here.
    pub fn secrets(&self) -> Vec<String> {
        let tokens = self.tokens.iter().map(|token| token.secret.clone());
        let passwords = self.users.iter().map(|user| user.password.clone());
        tokens.chain(passwords).chain(self.oauth.secrets()).collect()
    }

    /// A repository by its place.
    pub fn repo(&self, workspace: &str, slug: &str) -> Option<&Repo> {
        let here = |repo: &&Repo| repo.workspace == workspace && repo.slug == slug;
        self.repos.iter().find(here)
    }

    /// Answers one request to bitbucket.org or api.bitbucket.org.
    pub(crate) fn answer(&mut self, request: &Request, now: Moment) -> Answer {
        if request.host == "api.bitbucket.org" {
            return self.rest(request, now).into();
        }
        let path = request.path();
        match path.as_str() {
            "/site/oauth2/authorize" => {
                let user = self.browser_user.clone();
                self.oauth.authorize(request, user.as_deref(), now).into()
            }
            "/site/oauth2/access_token" if request.method == "POST" => self.oauth.token(request, now).into(),
            _ => match crate::git::split(&path) {
                Some((repo, tail)) => self.git(request, repo, tail, now),
                None => web_page(&path).into(),
            },
        }
    }
}

fn web_page(path: &str) -> Reply {
    match path {
        "/" => Reply::html(200, "<!doctype html><title>Bitbucket</title><h1>Bitbucket</h1>"),
        _ => Reply::html(404, "<!doctype html><title>404</title><h1>That link has no power here</h1>"),
    }
}
