//! The REST resources a credential helper touches, and the OAuth endpoints, which live under `/rest`, too.

use serde_json::{Value, json};

use super::attempt::Attempt;
use super::chain::{Principal, Via};
use super::directory::Person;
use super::{DataCenter, refusal};
use crate::exchange::Reply;

impl DataCenter {
    pub(super) fn rest(&mut self, attempt: &Attempt<'_>, resource: &str, who: Option<&Principal>) -> Reply {
        let parts: Vec<&str> = resource.trim_end_matches('/').split('/').collect();
        match parts.as_slice() {
            ["api", "latest" | "1.0", rest @ ..] => self.api(attempt, rest, who),
            ["authconfig", "1.0", "login-options"] if self.has_login_options() => self.login_options(),
            ["access-tokens", "latest" | "1.0", rest @ ..] if self.has_token_rest() => {
                self.access_tokens(attempt, rest, who)
            }
            ["oauth2", _, endpoint] if self.has_oauth() => self.oauth(attempt, endpoint, who),
            _ => self.not_found(attempt),
        }
    }

    fn oauth(&mut self, attempt: &Attempt<'_>, endpoint: &str, who: Option<&Principal>) -> Reply {
        let (request, now) = (attempt.request, attempt.now);
        let oauth = &mut self.directory.oauth;
        match endpoint {
            "authorize" => oauth.authorize(request, self.browser_user.as_deref(), now),
            "token" if request.method == "POST" => oauth.token(request, now),
            // 401 to the anonymous is how clients learn that there is a provider
            "client" if who.is_none() => refusal::not_permitted(),
            "client" => Reply::json(200, &json!([])),
            _ => self.not_found(attempt),
        }
    }

    fn login_options(&self) -> Reply {
        let form = self.switches.login_form.then(|| json!({"type": "LOGIN_FORM", "id": 1}));
        let sso = (!self.switches.login_form).then(|| json!({"type": "IDP", "id": 2}));
        let results: Vec<Value> = form.into_iter().chain(sso).collect();
        Reply::json(200, &json!({"results": results}))
    }

    fn api(&mut self, attempt: &Attempt<'_>, rest: &[&str], who: Option<&Principal>) -> Reply {
        match (rest, who) {
            (["application-properties"], _) => Reply::json(200, &self.properties()),
            (["users"], _) => self.users(attempt.request.param("filter").as_deref()),
            (["admin", "users", "captcha"], Some(who)) if attempt.request.method == "DELETE" => {
                self.forgive(who, attempt.request.param("name").unwrap_or_default().as_str())
            }
            (["users", slug], Some(_)) => match self.directory.by_slug(slug) {
                Some(person) => Reply::json(200, &person_json(person)),
                None => no_such(&format!("User {slug} does not exist.")),
            },
            (["projects"], who) => self.projects(who),
            (["projects", key, "repos", slug], Some(who)) => self.repository(key, slug, who),
            (["users" | "projects" | "admin", ..], None) => refusal::not_permitted(),
            _ => self.not_found(attempt),
        }
    }

    /// What does not exist at all, in the words of the server's age.
    fn not_found(&self, attempt: &Attempt<'_>) -> Reply {
        let old = format!("null for uri: {}{}", self.base(), attempt.path);
        let message = if self.has_new_not_found() { "HTTP 404 Not Found" } else { &old };
        Reply::json(404, &json!({"status-code": 404, "message": message}))
    }

    fn properties(&self) -> Value {
        json!({
            "version": self.switches.version,
            "buildNumber": self.build_number(),
            "buildDate": "1750000000000",
            "displayName": "Bitbucket",
        })
    }

    fn users(&self, filter: Option<&str>) -> Reply {
        let wanted = |person: &&Person| filter.is_none_or(|text| person.name.contains(text));
        let people = self.directory.people.iter().filter(wanted);
        page(people.map(person_json).collect())
    }

    fn projects(&self, who: Option<&Principal>) -> Reply {
        let repos = self.directory.repos.iter().filter(|repo| !repo.project.starts_with('~'));
        let seen = repos.filter(|repo| who.is_some_and(|who| self.permission(who, repo).is_some()));
        let mut keys: Vec<&str> = seen.map(|repo| repo.project.as_str()).collect();
        keys.dedup();
        page(keys.into_iter().map(|key| json!({"key": key})).collect())
    }

    fn repository(&self, key: &str, slug: &str, who: &Principal) -> Reply {
        match self.directory.repo(key, slug) {
            None => no_such(&format!("Repository {key}/{slug} does not exist.")),
            Some(repo) if self.permission(who, repo).is_none() => refusal::not_permitted(),
            Some(repo) => {
                let project = json!({"key": repo.project});
                Reply::json(200, &json!({"slug": repo.slug, "project": project, "public": repo.public}))
            }
        }
    }

    fn forgive(&mut self, who: &Principal, name: &str) -> Reply {
        let admin = self.directory.person(&who.name).is_some_and(|person| person.admin);
        if !admin || who.via == Via::Token {
            return refusal::not_permitted();
        }
        self.directory.clear_captcha(name);
        Reply::status(204)
    }
}

fn person_json(person: &Person) -> Value {
    json!({
        "name": person.name,
        "slug": person.slug(),
        "id": person.id,
        "emailAddress": person.email,
        "displayName": person.name,
        "active": true,
        "type": "NORMAL",
    })
}

/// A page of results that is the last one.
pub fn page(values: Vec<Value>) -> Reply {
    Reply::json(200, &json!({"size": values.len(), "limit": 25, "isLastPage": true, "start": 0, "values": values}))
}

/// What does not exist by name.
pub fn no_such(message: &str) -> Reply {
    refusal::rest(404, message, "NoSuchEntityException")
}
