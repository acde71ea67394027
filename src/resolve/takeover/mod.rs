//! Taking over what other helpers keep: gathered, judged by one question each, kept and read back; removed where it was only
//! when somebody asks for that, and only after it is ours.

mod clients;
mod gather;
mod judge;
mod take;

pub use clients::{ClientOffer, clients};
pub use gather::{gather, named};
pub use judge::judge;
pub use take::{Taken, remove, take};

use crate::accounts::Account;
use crate::config::GcmClient;
use crate::credential::Record;
use crate::error::{Error, shown};
use crate::foreign::Find;
use crate::secret::Secret;
use crate::site::{Product, Site};

/// All finds that speak of one sign-in, opened.
pub struct Pile {
    pub site: Site,
    pub product: Product,
    username: Option<String>,
    /// The same person's e-mail, where the other helper had that for a username.
    email: Option<String>,
    /// The repository that each find is kept for.
    places: Vec<Option<String>>,
    /// Empty where only a refresh token was found.
    secret: Secret,
    refresh: Option<Secret>,
    expires: Option<u64>,
    finds: Vec<Find>,
}

/// A sign-in that was found, with what is thought of it.
pub struct Offer {
    pub pile: Pile,
    pub account: Account,
    pub outlook: Outlook,
    record: Record,
}

/// Whether a find is worth taking.
pub enum Outlook {
    Alive,
    /// Nobody has judged it: for this reason.
    Unchecked(String),
    /// A browser sign-in; its refresh token is used up by being tried, so that this waits for the takeover.
    Renewable(Box<GcmClient>),
    /// It is ours already.
    Here,
    /// Somebody is signed in under this name with something else.
    Occupied,
    /// The server's clear word against it, or against anybody asking.
    Dead(Error),
    /// Not worth a question, or not to be asked about.
    Useless(&'static str),
}

impl Pile {
    /// A repository that can judge it.
    fn place(&self) -> Option<&str> {
        self.places.iter().flatten().next().map(String::as_str)
    }

    /// The one repository that it is for, if all finds say so.
    fn only_place(&self) -> Option<String> {
        let first = self.places.first().cloned().flatten();
        first.filter(|first| self.places.iter().all(|place| place.as_ref() == Some(first)))
    }
}

impl Offer {
    /// Whether it would be taken.
    pub fn is_wanted(&self) -> bool {
        matches!(self.outlook, Outlook::Alive | Outlook::Unchecked(_) | Outlook::Renewable(_))
    }

    /// Whether we have this very secret.
    pub fn is_here(&self) -> bool {
        matches!(self.outlook, Outlook::Here)
    }

    /// What stands between a person and using it.
    pub fn trouble(&self) -> Option<&Error> {
        match &self.outlook {
            Outlook::Dead(error) => Some(error),
            _ => None,
        }
    }

    /// What it is, as far as anybody can tell.
    pub fn title(&self) -> &'static str {
        match &self.outlook {
            Outlook::Dead(Error::Refused { about: crate::error::Refusal::AppPassword, .. }) => "app password",
            _ => self.record.kind.title(),
        }
    }

    /// The outlook in words.
    pub fn words(&self) -> String {
        match &self.outlook {
            Outlook::Alive => "works".into(),
            Outlook::Unchecked(why) => format!("not checked: {why}"),
            Outlook::Renewable(_) => "to be renewed when it is taken over".into(),
            Outlook::Here => "is here already".into(),
            Outlook::Occupied => format!("{} is signed in here already, in another way", shown(&self.account.name)),
            Outlook::Dead(why) => why.to_string(),
            Outlook::Useless(why) => (*why).into(),
        }
    }

    /// The places where it lies now.
    pub fn places(&self) -> Vec<&str> {
        let mut places: Vec<&str> = self.pile.finds.iter().map(|find| find.lies_in.as_str()).collect();
        places.dedup();
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A site of this product.
    pub fn site(product: Product) -> Site {
        match product {
            Product::Cloud => Site::cloud(),
            Product::DataCenter => Site::parse("https://git.corp.example").expect("a site"),
        }
    }
}
