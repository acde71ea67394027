//! A Data Center at the start; all of them begin alike.

use super::names::*;
use crate::data_center::{DataCenter, Directory, Owner, Person, Repo};
use crate::oauth::Client;
use crate::permission::Permission::{Read, Write};

const WRITING: [&str; 2] = ["PROJECT_READ", "REPO_WRITE"];

pub(super) fn data_center(base: &str, word: &str) -> DataCenter {
    let mut site = DataCenter::new(base, word);
    site.browser_user = Some(ALICE.to_owned());
    people(&mut site.directory);
    site.directory.repos = vec![
        repo("PRJ", "app", false),
        repo("PRJ", "lib", false),
        repo("PRJ", "public", true),
        repo("~alice", "notes", false),
    ];
    tokens(&mut site.directory);
    let secret = Some(LINK_SECRET.to_owned());
    site.directory.oauth.clients = vec![link(LINK_ID, secret), link(PUBLIC_LINK_ID, None)];
    site
}

fn people(directory: &mut Directory) {
    let all = [
        (ALICE, ALICE_EMAIL, DC_ALICE_PASSWORD),
        (BOB, BOB_EMAIL, DC_BOB_PASSWORD),
        (CAROL, CAROL, DC_CAROL_PASSWORD),
        (ADMIN, "admin@corp.example", DC_ADMIN_PASSWORD),
    ];
    for (id, (name, email, password)) in (101..).zip(all) {
        let mut person = Person::new(id, name, email, password);
        person.admin = name == ADMIN;
        directory.people.push(person);
    }
    directory.let_in(ALICE, "PRJ", Write);
    directory.let_in(BOB, "PRJ", Read);
    directory.let_in(CAROL, "PRJ", Write);
}

fn repo(project: &str, slug: &str, public: bool) -> Repo {
    let (project, slug) = (project.to_owned(), slug.to_owned());
    Repo { project, slug, public }
}

fn tokens(directory: &mut Directory) {
    let person = |name: &str| Owner::Person(name.to_owned());
    directory.add_token(HTTP_TOKEN, person(ALICE), &WRITING);
    directory.add_token(HTTP_TOKEN_READ_ONLY, person(ALICE), &["PROJECT_READ", "REPO_READ"]);
    directory.add_token(HTTP_TOKEN_LEGACY, person(ALICE), &WRITING);
    directory.add_token(HTTP_TOKEN_CAROL, person(CAROL), &WRITING);
    let (key, slug) = ("PRJ".to_owned(), "app".to_owned());
    directory.add_token(DC_PROJECT_TOKEN, Owner::Project(key.clone()), &WRITING);
    directory.add_token(DC_REPO_TOKEN, Owner::Repository(key, slug), &["REPO_WRITE"]);
    directory.add_token(HTTP_TOKEN_EXPIRED, person(ALICE), &WRITING);
    if let Some(last) = directory.tokens.last_mut() {
        last.expires = Some(1);
    }
}

fn link(id: &str, secret: Option<String>) -> Client {
    let scopes = ["PUBLIC_REPOS", "ACCOUNT_WRITE", "REPO_READ", "REPO_WRITE"];
    Client {
        id: id.to_owned(),
        secret,
        name: "Git credential helper".to_owned(),
        callback: LINK_REDIRECT.to_owned(),
        scopes: scopes.map(str::to_owned).to_vec(),
        workspace: String::new(),
    }
}
