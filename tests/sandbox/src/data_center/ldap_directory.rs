//! Users of an LDAP directory: their passwords are judged by a bind there, while the request is held; their names
//! follow the directory's. The embedded handler still judges the server's own users.

use std::time::Duration;

use super::attempt::Attempt;
use super::chain::{Handler, Principal, Verdict, Via};
use super::directory::{Directory, Person};
use super::held::{Later, Settle};
use super::refusal::{Reason, Refusal};
use crate::exchange::Authorization;
use crate::ldap::{self, Account, Found, Server};

/// How an administrator has connected the directory.
#[derive(Debug, Clone)]
pub struct LdapDirectory {
    /// Where it is, and who may search it.
    pub server: Server,
    /// The attribute that is the username: `cn`, `sAMAccountName`, `userPrincipalName`.
    pub name_attribute: String,
    /// Whether the unique id attribute is set; without it a renamed user is a new one.
    pub unique_id: bool,
    /// What is told when the directory does not answer within its limit.
    pub silent: Reason,
}

impl LdapDirectory {
    /// With names from this attribute, and with the unique id.
    pub fn new(server: Server, name_attribute: &str) -> Self {
        let silent = Refusal::new(401, "The remote user directory is not available.");
        let silent = silent.named("auth.AuthenticationSystemException").into();
        Self { server, name_attribute: name_attribute.to_owned(), unique_id: true, silent }
    }

    /// What the server keeps of an entry, to know it again.
    fn identity(&self, account: &Account) -> String {
        if self.unique_id { account.unique_id.clone() } else { account.name.clone() }
    }

    /// Follows a name that has changed, or takes in somebody new.
    fn take_in<'d>(&self, directory: &'d mut Directory, account: &Account) -> Option<&'d Person> {
        let identity = self.identity(account);
        match directory.by_external(&identity).map(|person| person.name.clone()) {
            Some(name) => directory.rename(&name, &account.name),
            None => directory.add_external(&account.name, &account.mail, &identity),
        }
        directory.person(&account.name)
    }

    fn judge(&self, found: ldap::Result<Found>, directory: &mut Directory) -> Verdict {
        match found {
            Ok(Found::Account(account)) => match self.take_in(directory, &account) {
                Some(person) => Verdict::Authenticated(Principal::person(person, Via::Password)),
                None => Verdict::Failed(Reason::Incorrect),
            },
            Ok(Found::WrongPassword | Found::Nobody) => Verdict::Failed(Reason::Incorrect),
            Err(_) => Verdict::Failed(self.silent.clone()),
        }
    }
}

impl Directory {
    /// Makes everybody whom the LDAP directory knows one of its users: whoever has the same e-mail address keeps
    /// everything but name and password, others are new, and those who have gone from it go.
    pub fn follow(&mut self, ldap: &LdapDirectory) -> ldap::Result<()> {
        let accounts = ldap.server.accounts(&ldap.name_attribute)?;
        for account in &accounts {
            let own = self.people.iter_mut().find(|person| person.external.is_none() && person.email == account.mail);
            if let Some(person) = own {
                person.external = Some(ldap.identity(account));
                person.password.clear();
            }
            ldap.take_in(self, account);
        }
        let known: Vec<String> = accounts.iter().map(|account| ldap.identity(account)).collect();
        self.retain_people(|person| person.external.as_ref().is_none_or(|identity| known.contains(identity)));
        Ok(())
    }
}

impl Handler for LdapDirectory {
    /// Directories are asked within the embedded handler, one after the other; this one is asked just before it,
    /// and passes on the server's own users.
    fn weight(&self) -> u32 {
        99
    }

    fn name(&self) -> &'static str {
        "ldap"
    }

    fn authenticate(&mut self, attempt: &Attempt<'_>, directory: &mut Directory) -> Verdict {
        let Authorization::Basic { user, secret } = attempt.authorization.clone() else {
            return Verdict::NotMine;
        };
        if directory.person(&user).is_some_and(|person| person.external.is_none()) {
            return Verdict::NotMine;
        }
        if directory.captcha_required(&user) {
            return Verdict::Failed(Reason::Captcha);
        }
        let (asked, this, silent) = (self.clone(), self.clone(), self.silent.clone());
        let wait = async move {
            let work = move || asked.server.authenticate(&asked.name_attribute, &user, &secret);
            let found = tokio::task::spawn_blocking(work).await.unwrap_or(Err(ldap::Silent));
            let settle: Settle = Box::new(move |_, directory| this.judge(found, directory));
            settle
        };
        // a search and two binds, each within its own limit
        let limit = self.server.limit * 4 + Duration::from_secs(5);
        Verdict::Later(Later::new(limit, wait, Box::new(move |_, _| Verdict::Failed(silent))))
    }
}
