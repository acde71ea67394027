//! api.bitbucket.org: the few calls a credential helper and its users make.

use serde_json::{Value, json};

use super::Cloud;
use super::doors::{Caller, Refusal};
use super::model::{Reach, Repo, User};
use crate::clock::Moment;
use crate::exchange::{Reply, Request};
use crate::git::Service;

const WRONG: &str = "Login failed due to incorrect login credentials or method.\n\
    If you are unsure which login method to use, please refer to our documentation.";
const WRONG_BEARER: &str = "Token is invalid, expired, or not supported for this endpoint.";
const NO_SCOPE: &str = "Your credentials lack one or more required privilege scopes.";

impl Cloud {
    pub(super) fn rest(&mut self, request: &Request, now: Moment) -> Reply {
        let path = request.path();
        let Some(path) = path.strip_prefix("/2.0/") else {
            return Reply::text(403, "Forbidden");
        };
        let auth = request.authorization();
        let caller = match self.rest_caller(&auth, now).transpose() {
            Ok(caller) => caller,
            Err(refusal) => {
                self.note_failure(&auth);
                return refuse(refusal);
            }
        };
        self.forgive(&auth);
        let reply = self.resource(path, caller.as_ref());
        match caller {
            Some(caller) => reply.header("X-OAuth-Scopes", &caller.scopes.join(", ")).served(&caller.name()),
            None => reply,
        }
    }

    fn resource(&self, path: &str, caller: Option<&Caller>) -> Reply {
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        match (parts.as_slice(), caller) {
            (["user"], Some(caller)) => self.profile(caller),
            (["user"], None) => refuse(Refusal::Wrong),
            (["user", "workspaces"], Some(caller)) => self.workspaces_of(caller),
            (["repositories", workspace, slug], caller) => self.repository(workspace, slug, caller),
            (["repositories" | "workspaces"], _) | (["user", "permissions", ..], _) => {
                // CHANGE-2770
                error(410, "This endpoint has been removed.")
            }
            _ => error(404, "Resource not found"),
        }
    }

    fn profile(&self, caller: &Caller) -> Reply {
        if !caller.may_see_profile() {
            let required = match caller.scopes.iter().any(|scope| scope.ends_with(":bitbucket")) {
                true => "read:user:bitbucket",
                false => "account",
            };
            return lacks(required, caller).header("X-Accepted-OAuth-Scopes", "account");
        }
        let reply = match &caller.reach {
            Reach::User(name) => self.user(name).map(|user| Reply::json(200, &user_json(user))),
            _ if self.switches.user_for_access_tokens => Some(Reply::json(200, &app_user(caller))),
            _ => None,
        };
        let reply = reply.unwrap_or_else(|| refuse(Refusal::WrongBearer));
        reply.header("X-Accepted-OAuth-Scopes", "account")
    }

    fn workspaces_of(&self, caller: &Caller) -> Reply {
        let Reach::User(name) = &caller.reach else {
            return refuse(Refusal::WrongBearer);
        };
        let mine = self.workspaces.iter().filter(|(_, one)| one.members.contains_key(name));
        let values: Vec<Value> =
            mine.map(|(slug, _)| json!({"type": "workspace_access", "workspace": {"slug": slug}})).collect();
        Reply::json(200, &json!({"pagelen": 10, "page": 1, "size": values.len(), "values": values}))
    }

    fn repository(&self, workspace: &str, slug: &str, caller: Option<&Caller>) -> Reply {
        let visible = self.repo(workspace, slug).filter(|repo| match caller {
            None => repo.public,
            Some(caller) => self.permission(&caller.reach, repo).is_some(),
        });
        let Some(repo) = visible else {
            let text = "You may not have access to this repository or it no longer exists in this \
                        workspace. If you think this repository exists and you have access, make \
                        sure you are authenticated.";
            return error(404, text);
        };
        match caller {
            Some(caller) if !caller.has_scope_for(Service::Read) => lacks("repository", caller),
            _ => Reply::json(200, &repo_json(repo)),
        }
        .header("X-Accepted-OAuth-Scopes", "repository")
    }
}

fn refuse(refusal: Refusal) -> Reply {
    match refusal {
        Refusal::WrongBearer => error(401, WRONG_BEARER),
        Refusal::Unscoped => {
            Reply::text(401, WRONG).header("WWW-Authenticate", "BitbucketCustom realm=Bitbucket.org HTTP")
        }
        // no scopes in the body: that is how clients of 2019 told two-factor from the rest
        Refusal::TwoFactor => Reply::status(403),
        _ => Reply::text(401, WRONG).header("WWW-Authenticate", "Basic realm=\"Bitbucket.org HTTP\""),
    }
}

fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"type": "error", "error": {"message": message}}))
}

fn lacks(required: &str, caller: &Caller) -> Reply {
    let detail = json!({"required": [required], "granted": caller.scopes});
    let error = json!({"message": NO_SCOPE, "detail": detail});
    Reply::json(403, &json!({"type": "error", "error": error}))
}

fn user_json(user: &User) -> Value {
    json!({
        "type": "user",
        "uuid": user.uuid,
        "account_id": format!("557058:{}", user.uuid.trim_matches(['{', '}'])),
        "username": user.username,
        "nickname": user.nickname,
        "display_name": user.display_name,
        "created_on": "2019-03-01T09:00:00.000000+00:00",
        "links": {"self": {"href": format!("https://api.bitbucket.org/2.0/users/{}", user.uuid)}},
    })
}

fn app_user(caller: &Caller) -> Value {
    json!({
        "type": "app_user",
        "uuid": "{00000000-0000-4000-9000-000000000001}",
        "display_name": caller.name(),
    })
}

fn repo_json(repo: &Repo) -> Value {
    let full_name = format!("{}/{}", repo.workspace, repo.slug);
    let clone = json!([{"name": "https", "href": format!("https://bitbucket.org/{full_name}.git")}]);
    json!({
        "type": "repository",
        "full_name": full_name,
        "slug": repo.slug,
        "is_private": !repo.public,
        "links": {"clone": clone},
    })
}
