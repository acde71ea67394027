//! The token endpoint (RFC 6749, 3.2): authorization codes, refresh tokens, client credentials.
//! Knows clients and grants; what a scope means is the sites' business.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

use super::page;
use super::{Client, DeadRefresh, Grant, Provider, ScopeKey, Subject};
use crate::clock::Moment;
use crate::exchange::{Authorization, Reply, Request};

type Form = HashMap<String, String>;

impl Provider {
    /// Answers a client.
    pub fn token(&mut self, request: &Request, now: Moment) -> Reply {
        if matches!(request.authorization(), Authorization::Bearer(_)) {
            // a page, though the client speaks JSON: community.developer.atlassian.com topic 22038
            return Reply::html(400, page::problem("Bad request", "Bearer is not for clients."));
        }
        let form = request.form();
        let client = match self.who(request, &form) {
            Ok(client) => client,
            Err(refusal) => return refusal,
        };
        match form.get("grant_type").map(String::as_str) {
            Some("authorization_code") => self.exchange(&client, &form, now),
            Some("refresh_token") => self.refresh(&client, &form, now),
            Some("client_credentials") if self.settings.client_credentials => self.for_itself(&client, now),
            other => {
                let what = format!("Unsupported grant type: {}", other.unwrap_or("None"));
                refuse("invalid_grant", &what)
            }
        }
    }

    fn who(&self, request: &Request, form: &Form) -> Result<Client, Reply> {
        let (id, secret) = match request.authorization() {
            Authorization::Basic { user, secret } => (user, Some(secret)),
            _ => {
                let missing = "Client credentials missing; this request needs to be authenticated \
                               with the OAuth client id and secret";
                let id = form.get("client_id").cloned();
                let id = id.ok_or_else(|| refuse("unauthorized_client", missing))?;
                (id, form.get("client_secret").cloned())
            }
        };
        let known = self.client(&id).filter(|client| match &client.secret {
            Some(right) => secret.as_ref() == Some(right),
            None => secret.unwrap_or_default().is_empty(),
        });
        let invalid = || refuse("unauthorized_client", "Invalid OAuth client credentials");
        known.cloned().ok_or_else(invalid)
    }

    fn exchange(&mut self, client: &Client, form: &Form, now: Moment) -> Reply {
        let wanted = form.get("code").cloned().unwrap_or_default();
        let found = self.codes.iter().position(|code| code.text == wanted);
        let Some(found) = found else {
            return refuse("invalid_grant", "The specified code is not valid.");
        };
        // taken out before it is judged: a code is good for one try only
        let code = self.codes.remove(found);
        let proven =
            !self.settings.check_pkce || code.challenge.as_deref().is_none_or(|challenge| verified(challenge, form));
        let same_place = code.redirect.is_none() || code.redirect.as_ref() == form.get("redirect_uri");
        if code.grant.client != client.id || now > code.expires || !proven || !same_place {
            return refuse("invalid_grant", "The specified code is not valid.");
        }
        self.count(code.grant.subject.name()).exchanges += 1;
        let refresh = self.new_refresh(&code.grant, now);
        self.tokens(&code.grant, Some(refresh), now)
    }

    fn refresh(&mut self, client: &Client, form: &Form, now: Moment) -> Reply {
        let wanted = form.get("refresh_token").cloned().unwrap_or_default();
        let (grace, idle, rotate) = (self.settings.grace, self.settings.idle, self.settings.rotate);
        let found = self.refresh.iter_mut().find(|token| token.secret == wanted);
        let Some(token) = found else {
            return self.dead_refresh();
        };
        let user = token.grant.subject.name().to_owned();
        let late = token.replaced.is_some_and(|at| now >= at.saturating_add(grace));
        if late || token.grant.client != client.id || now > token.used.saturating_add(idle) {
            self.count(&user).refused += 1;
            return self.dead_refresh();
        }
        token.used = now;
        if rotate && token.replaced.is_none() {
            token.replaced = Some(now);
        }
        let grant = token.grant.clone();
        self.count(&user).refreshes += 1;
        let next = if rotate { self.new_refresh(&grant, now) } else { wanted };
        self.tokens(&grant, Some(next), now)
    }

    fn dead_refresh(&self) -> Reply {
        match self.settings.dead_refresh {
            DeadRefresh::InvalidGrant => refuse("invalid_grant", "Invalid refresh_token"),
            DeadRefresh::InvalidRequest => refuse("invalid_request", "Invalid refresh_token"),
        }
    }

    fn for_itself(&mut self, client: &Client, now: Moment) -> Reply {
        let grant = Grant {
            client: client.id.clone(),
            subject: Subject::App(client.workspace.clone()),
            scopes: client.scopes.clone(),
        };
        self.tokens(&grant, None, now)
    }

    fn tokens(&mut self, grant: &Grant, refresh: Option<String>, now: Moment) -> Reply {
        let mut reply = json!({
            "access_token": self.new_access(grant, now),
            "expires_in": self.settings.expires_in,
            "token_type": "bearer",
        });
        if let Some(refresh) = refresh.filter(|_| self.settings.gives_refresh) {
            reply["refresh_token"] = refresh.into();
        }
        self.name_scopes(&mut reply, &grant.scopes);
        let reply = Reply::json(200, &reply).served(grant.subject.name());
        reply.header("Cache-Control", "no-store")
    }

    fn name_scopes(&self, reply: &mut Value, scopes: &[String]) {
        let words = scopes.join(" ");
        match self.settings.scope_key {
            ScopeKey::Scope => reply["scope"] = words.into(),
            ScopeKey::Scopes => reply["scopes"] = words.into(),
            ScopeKey::List => reply["scopes"] = scopes.into(),
            ScopeKey::Missing => {}
        }
    }
}

/// RFC 7636, 4.6.
fn verified(challenge: &str, form: &Form) -> bool {
    let Some(verifier) = form.get("code_verifier") else {
        return false;
    };
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == challenge
}

fn refuse(error: &str, description: &str) -> Reply {
    Reply::json(400, &json!({"error": error, "error_description": description}))
}
