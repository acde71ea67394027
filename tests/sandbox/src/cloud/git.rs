//! git over HTTPS at bitbucket.org: the statuses and texts that git shows to people.

use super::Cloud;
use super::doors::{Caller, Refusal};
use super::model::Repo;
use crate::clock::Moment;
use crate::exchange::{Answer, Authorization, Reply, Request};
use crate::git::{Call, Service, service};
use crate::lfs;
use crate::permission::Permission;

const NO_ACCESS: &str = "You may not have access to this repository or it no longer exists in this \
    workspace. If you think this repository exists and you have access, make sure you are authenticated.";
const APP_PASSWORD: &str = "App passwords are deprecated and must be replaced with API tokens.";
const ACCOUNT_PASSWORD: &str = "Bitbucket Cloud recently stopped supporting account passwords for Git authentication.\n\
     See our community post for more details: https://atlassian.community/t5/x/x/ba-p/1948231";
const NO_SCOPE: &str = "Your credentials lack one or more required privilege scopes.";

impl Cloud {
    pub(super) fn git(&mut self, request: &Request, repo: &str, tail: &str, now: Moment) -> Answer {
        let auth = request.authorization();
        if lfs::is_transfer(tail) {
            return self.lfs.transfer(request, tail).into();
        }
        let caller = match self.git_caller(&auth, now).transpose() {
            Ok(caller) => caller,
            Err(refusal) => return self.git_refuse(&auth, refusal).into(),
        };
        self.forgive(&auth);
        let service = match lfs::is_batch(tail) {
            true => lfs::service(request),
            false => service(request, tail),
        };
        let Some(found) = self.found(repo) else {
            return challenge(NO_ACCESS).into();
        };
        if let Err(refusal) = self.admit(caller.as_ref(), &found, service, tail) {
            return refusal.into();
        }
        let user = caller.map(|caller| caller.name());
        if tail.starts_with("/info/lfs/") {
            return self.lfs.answer(request, repo, tail, user.as_deref()).into();
        }
        let (key, content, tail) = (found.key(), found.content, tail.to_owned());
        Answer::Git(Call { key, content, tail, user, headers: Vec::new() })
    }

    fn found(&self, repo: &str) -> Option<Repo> {
        let place = repo.trim_start_matches('/');
        let (workspace, slug) = place.strip_suffix(".git").unwrap_or(place).split_once('/')?;
        self.repo(workspace, slug).cloned()
    }

    fn admit(&self, caller: Option<&Caller>, repo: &Repo, service: Service, tail: &str) -> Result<(), Reply> {
        let Some(caller) = caller else {
            return self.admit_anonymous(repo, service, tail);
        };
        let permission = self.permission(&caller.reach, repo).ok_or_else(|| challenge(NO_ACCESS))?;
        if !caller.has_scope_for(service) {
            return Err(Reply::text(403, NO_SCOPE).served(&caller.name()));
        }
        if service == Service::Write && permission < Permission::Write {
            let text = "You do not have write access to this repository.";
            return Err(Reply::text(403, text).served(&caller.name()));
        }
        Ok(())
    }

    fn admit_anonymous(&self, repo: &Repo, service: Service, tail: &str) -> Result<(), Reply> {
        match repo.public && service == Service::Read {
            true => Ok(()),
            false if tail.starts_with("/info/lfs/") => {
                Err(lfs::anonymous("Bitbucket.org HTTP", self.switches.lfs_anonymous_403))
            }
            false => Err(challenge(NO_ACCESS)),
        }
    }

    fn git_refuse(&mut self, auth: &Authorization, refusal: Refusal) -> Reply {
        self.note_failure(auth);
        match refusal {
            Refusal::AppPassword => Reply::text(410, APP_PASSWORD),
            Refusal::AccountPassword => challenge(ACCOUNT_PASSWORD),
            _ => challenge(NO_ACCESS),
        }
    }

    pub(super) fn note_failure(&mut self, auth: &Authorization) {
        if let Authorization::Basic { user, secret } = auth {
            self.failures.note(user, secret);
        }
    }

    pub(super) fn forgive(&mut self, auth: &Authorization) {
        if let Authorization::Basic { user, .. } = auth {
            self.failures.forgive(user);
        }
    }
}

fn challenge(text: &str) -> Reply {
    Reply::text(401, text).header("WWW-Authenticate", "Basic realm=\"Bitbucket.org HTTP\"")
}
