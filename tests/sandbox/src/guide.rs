//! Who is who in a sandbox, read from its state: sites, people, what each of their secrets is good for, repositories.
//! Whatever secret it has no words for stands at the end, so that none is left out.

use crate::cloud::{Cloud, Kind, Reach, Repo, Token, User};
use crate::data_center::{DataCenter, Directory, HttpToken, Owner, Person};
use crate::oauth::Client;
use crate::{Moment, Permission, Sandbox, seeds};

/// All of it, as text for a terminal.
pub fn of(sandbox: &Sandbox) -> String {
    let now = sandbox.now();
    let cloud = section("https://bitbucket.org", &sandbox.cloud(|cloud| self::cloud(cloud, now)));
    let sites = [seeds::CORP.to_owned(), seeds::CODE.to_owned(), sandbox.loopback_site()];
    let mut told: Vec<(Vec<String>, String)> = Vec::new();
    for site in sites {
        let text = sandbox.data_center(&site, |server| data_center(server, now));
        match told.iter_mut().find(|(_, same)| *same == text) {
            Some((alike, _)) => alike.push(site),
            None => told.push((vec![site], text)),
        }
    }
    let servers: String = told.iter().map(|(sites, text)| section(&sites.join("  and  "), text)).collect();
    let text = cloud + &servers;
    let rest = others(sandbox, &text);
    text + &rest
}

fn section(title: &str, text: &str) -> String {
    format!("\n── {title}\n{text}")
}

fn rights(writes: &[&str], reads: &[&str]) -> String {
    let part = |word: &str, places: &[&str]| match places {
        [] => String::new(),
        places => format!("; {word} in {}", places.join(", ")),
    };
    part("writes", writes) + &part("reads", reads)
}

/// A secret has a line to itself, so that it can be copied.
fn secret(what: &str, good_for: &str, secret: &str) -> String {
    format!("    {what:<32} {good_for}\n      {secret}\n")
}

fn cloud(cloud: &Cloud, now: Moment) -> String {
    let people: String = cloud.users.iter().map(|user| member(cloud, user, now)).collect();
    let access: String = cloud.tokens.iter().filter_map(|token| access_token(token, now)).collect();
    let address = |repo: &Repo| format!("https://bitbucket.org/{}/{}.git", repo.workspace, repo.slug);
    let repositories: String = cloud.repos.iter().map(|repo| repository(&address(repo), repo.public)).collect();
    format!(
        "{people}\n  Access tokens; their username is x-token-auth\n{access}\n  OAuth\n{}\n  Repositories\n{repositories}",
        clients(&cloud.oauth.clients)
    )
}

fn member(cloud: &Cloud, user: &User, now: Moment) -> String {
    let inside = |permission| {
        let mine = cloud.workspaces.iter().filter(|(_, one)| one.members.get(&user.username) == Some(&permission));
        mine.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
    };
    let rights = rights(&inside(Permission::Write), &inside(Permission::Read));
    let own = |token: &&Token| token.reach == Reach::User(user.username.clone());
    let tokens: String = cloud.tokens.iter().filter(own).map(|token| api_token(token, now)).collect();
    let password = secret("account password", "the browser only", &user.password);
    format!("\n  {}, e-mail {}{rights}\n{tokens}{password}", user.username, user.email)
}

fn api_token(token: &Token, now: Moment) -> String {
    let what = if token.kind == Kind::AppPassword { "app password" } else { "API token" };
    secret(what, &token.opens(now), &token.secret)
}

fn access_token(token: &Token, now: Moment) -> Option<String> {
    let what = match &token.reach {
        Reach::User(_) => return None,
        Reach::Repository(workspace, slug) => format!("of repository {workspace}/{slug}"),
        Reach::Project(workspace, key) => format!("of project {key} in {workspace}"),
        Reach::Workspace(workspace) => format!("of workspace {workspace}"),
    };
    Some(secret(&what, &token.opens(now), &token.secret))
}

fn data_center(server: &DataCenter, now: Moment) -> String {
    let directory = &server.directory;
    let people: String = directory.people.iter().map(|person| colleague(directory, person, now)).collect();
    let access: String = directory.tokens.iter().filter_map(|token| shared_token(token, now)).collect();
    let address = |project: &str, slug: &str| format!("…/scm/{}/{slug}.git", project.to_lowercase());
    let repositories: String = directory
        .repos
        .iter()
        .map(|repo| repository(&address(&repo.project, &repo.slug), repo.public && server.switches.public_access))
        .collect();
    format!(
        "{people}\n  HTTP access tokens that are nobody's; their username is x-token-auth\n{access}\n  OAuth\n{}\n  \
         Repositories\n{repositories}",
        clients(&directory.oauth.clients)
    )
}

fn colleague(directory: &Directory, person: &Person, now: Moment) -> String {
    let inside = |permission| {
        let mine = directory.members.iter().filter(|(_, all)| all.get(&person.name) == Some(&permission));
        mine.map(|(key, _)| key.as_str()).collect::<Vec<_>>()
    };
    let rights = rights(&inside(Permission::Write), &inside(Permission::Read));
    let own = |token: &&HttpToken| token.owner == Owner::Person(person.name.clone());
    let tokens: String =
        directory.tokens.iter().filter(own).map(|token| http_token("HTTP access token", token, now)).collect();
    let password = secret("password", if person.admin { "administration" } else { "all of that" }, &person.password);
    format!("\n  {}{rights}\n{tokens}{password}", person.name)
}

fn shared_token(token: &HttpToken, now: Moment) -> Option<String> {
    let what = match &token.owner {
        Owner::Person(_) => return None,
        Owner::Project(key) => format!("of project {key}"),
        Owner::Repository(key, slug) => format!("of repository {key}/{slug}"),
    };
    Some(http_token(&what, token, now))
}

fn http_token(what: &str, token: &HttpToken, now: Moment) -> String {
    let writes = token.permissions.iter().any(|permission| !permission.ends_with("_READ"));
    let good_for = match (token.expires.is_some_and(|end| end <= now), writes) {
        (true, _) => "nothing any more: it has ended",
        (_, true) => "clone, push",
        (_, false) => "clone",
    };
    secret(what, good_for, &token.secret)
}

fn clients(clients: &[Client]) -> String {
    let one = |client: &Client| {
        let proof = client.secret.as_deref().unwrap_or("(no secret: PKCE proves it)");
        secret(&format!("client {}", client.id), &format!("answered at {}", client.callback), proof)
    };
    clients.iter().map(one).collect()
}

fn repository(address: &str, public: bool) -> String {
    format!("    {address:<56} {}\n", if public { "public" } else { "private" })
}

/// What somebody added to the sandbox without adding words for it here.
fn others(sandbox: &Sandbox, told: &str) -> String {
    let others: Vec<String> = sandbox.secrets().into_iter().filter(|secret| !told.contains(secret.as_str())).collect();
    match others.is_empty() {
        true => String::new(),
        false => section("Other secrets", &others.iter().map(|secret| format!("    {secret}\n")).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_is_in_the_guide() {
        let sandbox = Sandbox::start();
        let text = of(&sandbox);
        for secret in sandbox.secrets() {
            assert!(text.contains(&secret), "{secret}");
        }
    }

    #[test]
    fn what_a_secret_is_good_for_stands_above_it() {
        let sandbox = Sandbox::start();
        let text = of(&sandbox);
        let above = |secret: &str| text.lines().zip(text.lines().skip(1)).find(|(_, line)| line.trim() == secret);
        for (secret, words) in [
            (seeds::API_TOKEN, "clone, push, see the profile"),
            (seeds::API_TOKEN_READ_ONLY, "clone, see the profile"),
            (seeds::API_TOKEN_UNSCOPED, "without scopes"),
            (seeds::API_TOKEN_EXPIRED, "it has ended"),
            (seeds::APP_PASSWORD, "410"),
            (seeds::REPO_TOKEN, "of repository acme/app"),
            (seeds::HTTP_TOKEN_READ_ONLY, "clone"),
        ] {
            let (line, _) = above(secret).expect("it is listed");
            assert!(line.contains(words), "{line}");
        }
    }
}
