//! git over HTTP under `/scm`: who may clone and push, and what git is told otherwise.

use serde_json::json;

use super::attempt::{Attempt, Errand};
use super::chain::Principal;
use super::directory::{Owner, Repo};
use super::{DataCenter, refusal};
use crate::exchange::{Answer, Reply};
use crate::git::{Call, Content, Service};
use crate::lfs;
use crate::permission::Permission;

const NOT_FOUND: &str = "Repository not found\nThe requested repository does not exist, or you do not \
    have permission to access it.";

impl DataCenter {
    pub(super) fn git(&mut self, attempt: &Attempt<'_>, errand: Errand<'_>, principal: Option<&Principal>) -> Answer {
        let Errand { place, tail, service } = errand;
        let found = place.split_once('/').and_then(|(key, slug)| self.directory.repo(key, slug));
        let admitted = match principal {
            None => self.admit_anonymous(found, service, errand.is_lfs()),
            Some(principal) => self.admit(attempt, found, service, principal),
        };
        if let Err(refusal) = admitted {
            return refusal.into();
        }
        let user = principal.map(|principal| principal.name.clone());
        if errand.is_lfs() {
            let repo = format!("{}/scm/{place}.git", self.context);
            return self.lfs.answer(attempt.request, &repo, tail, user.as_deref()).into();
        }
        let key = format!("{}{}/scm/{place}", self.authority, self.context).to_lowercase();
        let (content, tail, headers) = (Content::default(), tail.to_owned(), Vec::new());
        Answer::Git(Call { key, content, tail, user, headers })
    }

    fn admit_anonymous(&self, repo: Option<&Repo>, service: Service, lfs: bool) -> Result<(), Reply> {
        let public = self.switches.public_access && repo.is_some_and(|repo| repo.public);
        match public && service == Service::Read {
            true => Ok(()),
            false if lfs => Err(lfs::anonymous("Atlassian Bitbucket", self.switches.lfs_anonymous_403)),
            false => Err(refusal::challenge()),
        }
    }

    fn admit(
        &self,
        attempt: &Attempt<'_>,
        repo: Option<&Repo>,
        service: Service,
        principal: &Principal,
    ) -> Result<(), Reply> {
        let permission = repo.and_then(|repo| self.permission(principal, repo));
        let Some(permission) = permission else {
            // the form in which CAPTCHA was seen; for this case it is inferred
            let packet = refusal::remote_error(attempt, NOT_FOUND);
            return Err(packet.unwrap_or_else(|| Reply::json(404, &json!({"message": "Repository not found"}))));
        };
        let enough = service == Service::Read || permission == Permission::Write;
        match enough && principal.has_permission_for(service) {
            true => Ok(()),
            false => Err(Reply::text(403, "You are not permitted to access this resource")),
        }
    }

    pub(super) fn permission(&self, principal: &Principal, repo: &Repo) -> Option<Permission> {
        let inside = match &principal.owner {
            Owner::Person(name) => return self.directory.membership(name, repo),
            Owner::Project(key) => *key == repo.project,
            Owner::Repository(key, slug) => *key == repo.project && *slug == repo.slug,
        };
        inside.then_some(Permission::Write)
    }
}

impl Principal {
    /// Whether the credential is good for this service; a higher permission includes the lower.
    pub fn has_permission_for(&self, service: Service) -> bool {
        let allows = |permission: &String| {
            let (area, level) = permission.split_once('_').unwrap_or_default();
            let writes = level == "WRITE" || level == "ADMIN";
            ["REPO", "PROJECT"].contains(&area) && (service == Service::Read || writes)
        };
        self.permissions.as_ref().is_none_or(|all| all.iter().any(allows))
    }
}
