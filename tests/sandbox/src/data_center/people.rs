//! People who come, go and get other names, with everything that hangs on a name. Says nothing of why.

use super::directory::{Directory, Owner, Person};
use crate::oauth::Provider;

impl Directory {
    /// A user by what a directory elsewhere keeps the same.
    pub fn by_external(&self, identity: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.external.as_deref() == Some(identity))
    }

    /// Adds a user of a directory elsewhere.
    pub fn add_external(&mut self, name: &str, email: &str, identity: &str) {
        let id = self.people.iter().map(|person| person.id).max().unwrap_or(100) + 1;
        let mut person = Person::new(id, name, email, "");
        person.external = Some(identity.to_owned());
        self.people.push(person);
    }

    /// Gives a user another name; tokens, memberships and personal repositories follow.
    pub fn rename(&mut self, old: &str, new: &str) {
        for person in self.people.iter_mut().filter(|person| person.name == old) {
            new.clone_into(&mut person.name);
        }
        for members in self.members.values_mut() {
            if let Some(permission) = members.remove(old) {
                members.insert(new.to_owned(), permission);
            }
        }
        let (owner, renamed) = (Owner::Person(old.to_owned()), Owner::Person(new.to_owned()));
        for token in self.tokens.iter_mut().filter(|token| token.owner == owner) {
            token.owner = renamed.clone();
        }
        for token in self.plugin_tokens.iter_mut().filter(|token| token.user == old) {
            new.clone_into(&mut token.user);
        }
        for repo in self.repos.iter_mut().filter(|repo| repo.project == format!("~{old}")) {
            repo.project = format!("~{new}");
        }
        self.oauth.rename(old, new);
    }

    /// Deletes every user who is not to stay, with tokens and memberships.
    pub fn retain_people(&mut self, stays: impl Fn(&Person) -> bool) {
        let gone: Vec<String> =
            self.people.iter().filter(|person| !stays(person)).map(|person| person.name.clone()).collect();
        self.people.retain(|person| !gone.contains(&person.name));
        for members in self.members.values_mut() {
            members.retain(|name, _| !gone.contains(name));
        }
        self.tokens.retain(|token| !matches!(&token.owner, Owner::Person(name) if gone.contains(name)));
        self.plugin_tokens.retain(|token| !gone.contains(&token.user));
        gone.iter().for_each(|name| forget(&mut self.oauth, name));
    }
}

fn forget(oauth: &mut Provider, name: &str) {
    oauth.revoke_all_access_tokens(name);
    oauth.revoke_all_refresh_tokens(name);
}
