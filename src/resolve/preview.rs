//! Whom Git would be given at an address, and why: the beginning of `get`, without its end. No secret is opened, nobody is
//! asked, nothing is sent.

use super::situation::{Whereabouts, whereabouts};
use crate::accounts::{Choice, Entry};
use crate::error::Result;
use crate::protocol::Request;
use crate::site::Site;
use crate::world::World;

/// What a `get` for an address would come to.
#[derive(Debug)]
pub struct Preview {
    pub site: Site,
    /// Workspace or project, and repository; `None` where Git does not tell helpers the path.
    pub place: Option<String>,
    pub choice: Choice,
    /// The variable or key of a token that is handed in, and answers before any account.
    pub handed_in: Option<&'static str>,
    /// A username that stands in `credential.username` and not in the address.
    pub username_set: bool,
    /// There are rules, and Git does not tell the path that they are for.
    pub blind: bool,
}

/// `None` where the address is none of ours: another site, or not the web.
pub fn preview(world: &World, url: &str) -> Result<Option<Preview>> {
    let settings = world.settings()?;
    let Ok(mut request) = Request::read(format!("url={url}\n").as_bytes()) else { return Ok(None) };
    let username_set = request.username().is_none() && settings.username(url).is_some();
    if username_set {
        request.username = settings.username(url).map(|name| name.as_bytes().to_vec());
    }
    let told = settings.sends_path(url);
    request.path.take_if(|_| !told);
    let (protocol, host) = request.place()?;
    let Some(origin) = Site::of_request(protocol, host) else { return Ok(None) };
    let (site, place, choice, handed_in, blind) = match whereabouts(world, &request, origin)? {
        Whereabouts::Ours(situation) => {
            let choice = situation.choose()?;
            (situation.site, situation.place, choice, None, !told && has_places(&situation.entry))
        }
        Whereabouts::Injected(injected) => {
            let by = injected.by();
            (injected.site, None, Choice::Nobody, Some(by), false)
        }
        Whereabouts::Strange | Whereabouts::Plain(_) => return Ok(None),
    };
    Ok(Some(Preview { site, place, choice, handed_in, username_set, blind }))
}

/// Whether anything is decided by workspace, project or repository.
fn has_places(entry: &Entry) -> bool {
    !entry.rules.is_empty() || entry.accounts.iter().any(|account| account.bound.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Account;
    use crate::credential::Kind;

    #[test]
    fn a_path_matters_where_a_rule_or_a_bound_token_is() {
        let mut entry = Entry::default();
        entry.keep(Account::new("alice", Kind::ApiToken, "file"));
        assert!(!has_places(&entry));
        let bound = Some("acme/app".to_owned());
        let mut token = entry.clone();
        token.keep(Account { bound, ..Account::new("x-token-auth:acme/app", Kind::AccessToken, "file") });
        entry.bind("acme", "alice");
        assert!(has_places(&entry) && has_places(&token));
    }
}
