//! What a caller may do: scopes of the old style and the new, memberships, reach.
//! Answers yes or no; the refusals are worded at the doors.

use super::Cloud;
use super::doors::Caller;
use super::model::{Kind, Reach, Repo, Token};
use crate::clock::Moment;
use crate::git::Service;
use crate::permission::Permission;

/// Scope names that allow reading; `write:repository:bitbucket` does not include it, while the
/// old `repository:write` does.
const READ: [&str; 4] = ["read:repository:bitbucket", "repository", "repository:write", "repository:admin"];
const WRITE: [&str; 3] = ["write:repository:bitbucket", "repository:write", "repository:admin"];
const PROFILE: [&str; 3] = ["read:user:bitbucket", "account", "account:write"];

impl Caller {
    /// Whether the scopes allow this service.
    pub fn has_scope_for(&self, service: Service) -> bool {
        match service {
            Service::Read => self.has_any(&READ),
            Service::Write => self.has_any(&WRITE),
        }
    }

    /// Whether the scopes allow asking who one is.
    pub fn may_see_profile(&self) -> bool {
        self.has_any(&PROFILE)
    }

    fn has_any(&self, wanted: &[&str]) -> bool {
        self.scopes.iter().any(|scope| wanted.contains(&scope.as_str()))
    }
}

impl Token {
    /// What it is good for at this moment, in words.
    pub fn opens(&self, now: Moment) -> String {
        let caller = Caller { reach: self.reach.clone(), scopes: self.scopes.clone() };
        let opens = [
            ("clone", caller.has_scope_for(Service::Read)),
            ("push", caller.has_scope_for(Service::Write)),
            ("see the profile", caller.may_see_profile()),
        ];
        let words: Vec<&str> = opens.into_iter().filter(|(_, may)| *may).map(|(word, _)| word).collect();
        match (&self.kind, self.expires.is_some_and(|end| end <= now)) {
            (Kind::AppPassword, _) => "nothing any more: git is answered 410".to_owned(),
            (_, true) => "nothing any more: it has ended".to_owned(),
            _ if words.is_empty() => "nothing: it was made without scopes".to_owned(),
            _ => words.join(", "),
        }
    }
}

impl Cloud {
    /// What the caller's owner may do with a repository, scopes aside.
    pub fn permission(&self, reach: &Reach, repo: &Repo) -> Option<Permission> {
        let inside = match reach {
            Reach::User(name) => return self.membership(name, repo),
            Reach::Repository(workspace, slug) => *workspace == repo.workspace && *slug == repo.slug,
            Reach::Project(workspace, key) => *workspace == repo.workspace && *key == repo.project,
            Reach::Workspace(workspace) => *workspace == repo.workspace,
        };
        inside.then_some(Permission::Write)
    }

    fn membership(&self, name: &str, repo: &Repo) -> Option<Permission> {
        let member = self.workspaces.get(&repo.workspace)?.members.get(name).copied();
        member.or(repo.public.then_some(Permission::Read))
    }
}
