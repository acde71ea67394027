//! What a caller may do: scopes of the old style and the new, memberships, reach.
//! Answers yes or no; the refusals are worded at the doors.

use super::Cloud;
use super::doors::Caller;
use super::model::{Reach, Repo};
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
