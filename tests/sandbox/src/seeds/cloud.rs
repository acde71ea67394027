//! Bitbucket Cloud at the start.

use super::names::*;
use crate::cloud::{Cloud, Reach, Repo, Token, User};
use crate::git::{Content, Submodule};
use crate::oauth::Client;
use crate::permission::Permission::{Read, Write};

const READ: &str = "read:repository:bitbucket";
const WRITE: &str = "write:repository:bitbucket";
const PROFILE: &str = "read:user:bitbucket";

pub(super) fn cloud() -> Cloud {
    let mut cloud = Cloud { browser_user: Some(ALICE.to_owned()), ..Cloud::default() };
    people(&mut cloud);
    repositories(&mut cloud);
    cloud.tokens = user_tokens().into_iter().chain(access_tokens()).collect();
    cloud.oauth.clients = vec![
        consumer(CONSUMER_ID, CONSUMER_SECRET, "http://127.0.0.1/"),
        consumer(FIXED_CONSUMER_ID, FIXED_CONSUMER_SECRET, "http://localhost:34106/"),
    ];
    cloud
}

fn people(cloud: &mut Cloud) {
    cloud.users = vec![
        User::new(ALICE, ALICE_EMAIL, ALICE_PASSWORD),
        User::new(ALICE_HOME, ALICE_HOME_EMAIL, ALICE_HOME_PASSWORD),
        User::new(BOB, BOB_EMAIL, BOB_PASSWORD),
        User::new(MALLORY, MALLORY_EMAIL, MALLORY_PASSWORD),
    ];
    cloud.let_in(ALICE, "acme", Write);
    cloud.let_in(ALICE, "globex", Write);
    cloud.let_in(ALICE_HOME, "alice-home", Write);
    cloud.let_in(ALICE_HOME, "globex", Write);
    cloud.let_in(BOB, "acme", Read);
    cloud.let_in(MALLORY, "acme-evil", Write);
}

fn repositories(cloud: &mut Cloud) {
    for place in [APP, LIB, SITE, EVIL, DOTFILES] {
        cloud.add_repo(repo(place));
    }
    cloud.add_repo(Repo { public: true, project: "OPEN".to_owned(), ..repo(PUBLIC) });
    let submodules = vec![submodule("lib", LIB), submodule("site", SITE)];
    cloud.add_repo(Repo { content: Content { submodules }, ..repo(WITH_SUBMODULES) });
}

fn repo(place: &str) -> Repo {
    let (workspace, slug) = place.split_once('/').unwrap_or((place, place));
    Repo::new(workspace, slug)
}

fn submodule(path: &str, place: &str) -> Submodule {
    Submodule {
        path: path.to_owned(),
        url: format!("https://bitbucket.org/{place}.git"),
        key: format!("bitbucket.org/{place}"),
    }
}

fn user_tokens() -> Vec<Token> {
    vec![
        Token::api(API_TOKEN, ALICE, &[READ, WRITE, PROFILE]),
        Token::api(API_TOKEN_GIT_ONLY, ALICE, &[READ, WRITE]),
        Token::api(API_TOKEN_READ_ONLY, ALICE, &[READ, PROFILE]),
        Token::api(API_TOKEN_UNSCOPED, ALICE, &[]),
        Token::api(API_TOKEN_EXPIRED, ALICE, &[READ, WRITE, PROFILE]).until(1),
        Token::api(API_TOKEN_HOME, ALICE_HOME, &[READ, WRITE, PROFILE]),
        Token::api(API_TOKEN_BOB, BOB, &[READ, WRITE, PROFILE]),
        Token::app_password(APP_PASSWORD, ALICE),
    ]
}

fn access_tokens() -> Vec<Token> {
    let (acme, app, main) = ("acme".to_owned(), "app".to_owned(), "MAIN".to_owned());
    let both = ["repository", "repository:write"];
    vec![
        Token::access(REPO_TOKEN, Reach::Repository(acme.clone(), app), &both),
        Token::access(PROJECT_TOKEN, Reach::Project(acme.clone(), main), &both),
        Token::access(WORKSPACE_TOKEN, Reach::Workspace(acme.clone()), &both),
        Token::access(WORKSPACE_TOKEN_READ_ONLY, Reach::Workspace(acme), &["repository"]),
    ]
}

fn consumer(id: &str, secret: &str, callback: &str) -> Client {
    let scopes = ["account", "repository", "repository:write"];
    Client {
        id: id.to_owned(),
        secret: Some(secret.to_owned()),
        name: "Git credential helper".to_owned(),
        callback: callback.to_owned(),
        scopes: scopes.map(str::to_owned).to_vec(),
        workspace: "acme".to_owned(),
    }
}
