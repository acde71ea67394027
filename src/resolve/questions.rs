//! What a person is asked at a sign-in, in which order and in which words. Nothing is sent from here.

use super::sign_in::{Candidate, Ends, SignIn};
use super::{Situation, on_page};
use crate::accounts::Index;
use crate::calendar::{self, DAY};
use crate::config::SignIn as Method;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::prompt::Asker;
use crate::provider;
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::storage::Name;
use crate::world::World;

/// For whoever would rather use the browser.
pub const NO_CLIENT: &str =
    "Signing in with the browser would need an OAuth client: `git credential-bitbucket configure --help`";

/// What a person says when asked to sign in.
pub enum Said {
    Typed(Box<Candidate>),
    /// Rather at the site itself.
    Browser,
}

/// Asks for a secret, and for a name if the check needs one; or takes what was given. Explains itself in the first round.
pub fn candidate(order: &SignIn<'_>, asker: Option<&mut Asker>, first: bool) -> Result<Said> {
    let typed = |candidate| Said::Typed(Box::new(candidate));
    match (&order.given, asker) {
        (Some(secret), _) => given(order, secret.clone()).map(typed),
        (None, Some(asker @ Asker::Page(_))) => on_page::filled_in(order, asker),
        (None, Some(asker)) => asked(order, asker, first).map(typed),
        (None, None) => Err(Error::NobodyToAsk { what: "a token" }),
    }
}

fn given(order: &SignIn<'_>, secret: Secret) -> Result<Candidate> {
    let kind = kind_of(order, &secret)?;
    if kind == Kind::Password && order.wanted.is_none() {
        return Err(Error::Usage("a password needs its username: add `--username NAME`".into()));
    }
    Ok(Candidate::new(record(order, kind, secret, None), order.bound.clone()))
}

fn asked(order: &SignIn<'_>, asker: &mut Asker, first: bool) -> Result<Candidate> {
    if first {
        explain(order, asker);
    }
    let provider = provider::of(order.product);
    let what = match order.method {
        Method::Password => "password",
        Method::Token if order.product == Product::DataCenter => Kind::HttpToken.title(),
        _ => provider.asks_for(),
    };
    let question = question(order, what, order.wanted.as_deref());
    let secret = asker.ask_secret(&question)?.filter(|secret| !secret.is_empty()).ok_or(Error::Cancelled)?;
    if !secret.fits_a_line() {
        return Err(Error::BadSecret);
    }
    let kind = kind_of(order, &secret)?;
    let login = login(order, asker, kind)?;
    let bound = bound(order, asker, kind)?;
    Ok(Candidate::new(record(order, kind, secret, login), bound))
}

pub fn kind_of(order: &SignIn<'_>, secret: &Secret) -> Result<Kind> {
    let kind = || provider::of(order.product).kind_of(secret);
    Ok(match order.method {
        Method::Password => Kind::Password,
        // the token of a plug-in has whatever shape it likes
        Method::Token if order.product == Product::DataCenter => Kind::HttpToken,
        _ => kind()?,
    })
}

/// Lines for whoever signs in: on the terminal, or among Git's own where there is none.
pub fn tell(world: &World, asker: Option<&mut Asker>, lines: &[String]) {
    match asker.filter(|asker| asker.is_repeatable()) {
        Some(asker) => lines.iter().for_each(|line| asker.tell(line)),
        None => lines.iter().for_each(|line| world.say(line)),
    }
}

fn explain(order: &SignIn<'_>, asker: &mut Asker) {
    let stranger = if order.stranger { ", which is not known here yet" } else { "" };
    asker.tell(&format!("Sign in to {} ({}{stranger})", order.site, order.product.title()));
    if order.method == Method::Password {
        return;
    }
    for line in provider::of(order.product).recipe(&order.site).lines() {
        asker.tell(&line);
    }
    if order.method == Method::Auto && order.world.settings().is_ok_and(|all| all.oauth_client(&order.site).is_none()) {
        asker.tell(NO_CLIENT);
    }
}

/// Named as Git names its own: an askpass window shows nothing but this line.
fn question(order: &SignIn<'_>, what: &str, name: Option<&str>) -> String {
    let what = format!("{}{}", what[..1].to_uppercase(), &what[1..]);
    match name {
        Some(name) => format!("{what} of {} at {}: ", shown(name), order.site),
        None => format!("{what} for {}: ", order.site),
    }
}

/// The e-mail or username that the check needs, if it is not known; an empty e-mail leaves the token unchecked.
pub fn login(order: &SignIn<'_>, asker: &mut Asker, kind: Kind) -> Result<Option<String>> {
    let Some(what) = provider::of(order.product).login_question(kind) else { return Ok(None) };
    let known = order.wanted.as_deref().filter(|name| kind == Kind::Password || name.contains('@'));
    if let Some(known) = known {
        return Ok(Some(known.to_owned()));
    }
    let text = match kind {
        Kind::Password => question(order, what, None),
        _ => format!("{what} (Enter: do not check): "),
    };
    let answer = asker.ask(&text)?.ok_or(Error::Cancelled)?;
    match answer.trim() {
        "" if kind == Kind::Password => Err(Error::Cancelled),
        "" => Ok(None),
        login => Ok(Some(login.to_owned())),
    }
}

/// What an access token is for; without it the first one would answer for everything.
pub fn bound(order: &SignIn<'_>, asker: &mut Asker, kind: Kind) -> Result<Option<String>> {
    let place = order.place.as_deref().filter(|_| kind == Kind::AccessToken && order.bound.is_none());
    let Some((project, _)) = place.and_then(|place| place.split_once('/')) else { return Ok(order.bound.clone()) };
    let options = [place.unwrap_or_default().to_owned(), project.to_owned()];
    let shown: Vec<String> = options.iter().map(|option| shown(option)).collect();
    let chosen = asker.choose("This token is for", &shown)?.ok_or(Error::Cancelled)?;
    Ok(options.get(chosen).cloned())
}

/// When a token ends, as far as somebody knows. The Cloud lets an API token live for a year at most, and for a year unless
/// told otherwise (support.atlassian.com, "Manage API tokens"); other tokens may have no end.
pub fn expiry(order: &SignIn<'_>, asker: Option<&mut Asker>, record: &Record) -> Result<Option<u64>> {
    let now = order.world.now();
    let asker = match (order.ends, asker.filter(|asker| asker.is_terminal())) {
        (Ends::Known(end), _) => return Ok(Some(end).filter(|_| record.kind.is_made_by_hand())),
        (Ends::Asked, Some(asker)) if record.kind.is_made_by_hand() => asker,
        // the page has asked already
        _ => return Ok(record.expires),
    };
    let usual = usual_end(record.kind, now);
    let enter = if usual.is_some() { "Enter: in a year, ?: not known" } else { "Enter: never, or not known" };
    loop {
        let answer = asker.ask(&format!("Expires (a date like 2027-03-01, or days; {enter}): "))?;
        match answer.as_deref().map(str::trim) {
            Some("") => return Ok(usual),
            None | Some("?") => return Ok(None),
            Some(text) => match calendar::expiry(text, now) {
                Some(end) => return Ok(Some(end)),
                None => asker.tell("That is no date ahead and no number of days."),
            },
        }
    }
}

/// When a token of this kind ends unless somebody chose otherwise.
pub fn usual_end(kind: Kind, now: u64) -> Option<u64> {
    (kind == Kind::ApiToken).then_some(now + 365 * DAY)
}

/// Whose token it is, where the server did not tell and git needs the name.
pub fn owner(order: &SignIn<'_>, asker: Option<&mut Asker>) -> Result<String> {
    let Some(asker) = asker else {
        return Err(Error::Usage("the server does not say whose token this is: add `--username NAME`".into()));
    };
    let answer = asker.ask(&question(order, "username", None))?.map(|name| name.trim().to_owned());
    answer.filter(|name| !name.is_empty()).ok_or(Error::Cancelled)
}

pub fn record(order: &SignIn<'_>, kind: Kind, secret: Secret, login: Option<String>) -> Record {
    let wanted = order.wanted.clone();
    let (email, name): (Option<String>, Option<String>) = match kind {
        Kind::ApiToken => {
            let email = login.or(wanted.clone().filter(|name| name.contains('@')));
            (email, wanted.filter(|name| !name.contains('@')))
        }
        Kind::AccessToken => (None, None),
        _ if order.product == Product::Cloud => (login.clone().or(wanted.clone()), login.or(wanted)),
        _ => (None, login.or(wanted)),
    };
    let username = name.or(provider::fixed_username(kind).map(str::to_owned)).unwrap_or_default();
    Record { rest_login: email, ..Record::new(kind, username, secret) }
}

/// Whether something that was refused before is to be sent once more. A program that answers every question with the same
/// password does not say yes.
pub fn send_again(order: &SignIn<'_>, asker: &mut Asker, record: &Record) -> Result<bool> {
    let (site, what) = (order.site.short(), record.kind.title());
    asker.tell("If it was another reason (a network, a phone), it may be right all the same.");
    if asker.page().is_some() {
        let question = format!("{site} has refused this {what} before. Send it once more?");
        return Ok(asker.confirm(&question, false)?.unwrap_or(false));
    }
    let answer = asker.ask(&format!("{site} has refused this {what} before. Send it once more? [y/N] "))?;
    Ok(matches!(answer.unwrap_or_default().trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Whether a token shall take the place of a password.
pub fn wants_token(order: &SignIn<'_>, asker: &mut Asker) -> Result<bool> {
    let question = format!("Let {} make an HTTP access token for git, and forget the password?", order.site.short());
    Ok(asker.confirm(&question, true)?.unwrap_or(false))
}

/// How many days a new token shall live, if that was not said beforehand; `None`: as many as the server allows.
pub fn days(world: &World, asker: Option<&mut Asker>, site: &Site, ends: Ends) -> Result<Option<u64>> {
    let days = |end: u64| Some((end - world.now()).div_ceil(DAY));
    let question =
        format!("When shall it end? A date like 2027-03-01, or days (Enter: as late as {} allows): ", site.short());
    let asker = match (ends, asker.filter(|asker| asker.is_repeatable())) {
        (Ends::Known(end), _) => return Ok(days(end)),
        (_, None) => return Ok(None),
        (_, Some(asker)) => asker,
    };
    loop {
        let answer = asker.ask(&question)?.unwrap_or_default();
        match (answer.trim(), calendar::expiry(&answer, world.now())) {
            ("", _) => return Ok(None),
            (_, Some(end)) => return Ok(days(end)),
            (_, None) => asker.tell("That is no date ahead and no number of days."),
        }
    }
}

/// No keyring answered: where else? One question with the choices of this machine; `None` where it is not about that.
pub fn which_storage(world: &World, asker: &mut Asker, why: &Error) -> Result<Option<Name>> {
    if !why.is_about_the_keyring() {
        return Ok(None);
    }
    let names = [world.storage_choices()?, vec![Name::None]].concat();
    let options: Vec<String> = names.iter().map(|name| choice(*name).to_owned()).collect();
    let question = format!("{}. Keep this sign-in, now and later, in", capital(&why.to_string()));
    Ok(asker.choose(&question, &options)?.and_then(|chosen| names.get(chosen).copied()))
}

fn choice(name: Name) -> &'static str {
    match name {
        Name::Cache => "git's memory cache: for a day, never on the disk",
        Name::None => "nothing: for this time only",
        name => name.title(),
    }
}

/// The text with a capital letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Remembers whom everything under a workspace or project is for.
pub fn bind(world: &World, site: &Site, project: &str, name: &str) -> Result<()> {
    Index::change(&world.folder()?, |index| {
        index.site_mut(site).bind(project, name);
        Ok(())
    })
}

/// Which of several accounts, and whether that holds for the whole workspace or project.
pub fn which_account(situation: &Situation<'_>, asker: &mut Asker, names: &[String]) -> Result<Option<String>> {
    if asker.page().is_some() {
        return on_page::which_account(situation, asker, names);
    }
    let shown_names: Vec<String> = names.iter().map(|name| shown(name)).collect();
    let question = format!("Which account at {}", situation.site);
    let Some(name) = asker.choose(&question, &shown_names)?.and_then(|chosen| names.get(chosen).cloned()) else {
        return Ok(None);
    };
    if let Some(project) = situation.project() {
        let always = format!("Always {} for everything under {}?", shown(&name), shown(project));
        if asker.confirm(&always, true)?.unwrap_or(false) {
            bind(situation.world, &situation.site, project, &name)?;
        }
    }
    Ok(Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_token_ends_in_a_year_and_no_other_kind_does_by_itself() {
        let now = 1_795_608_000;
        assert_eq!(usual_end(Kind::ApiToken, now), Some(1_827_144_000));
        for kind in [Kind::Password, Kind::AccessToken, Kind::HttpToken, Kind::Oauth] {
            assert_eq!(usual_end(kind, now), None, "{kind:?}");
        }
    }

    #[test]
    fn a_name_goes_to_git_and_an_e_mail_to_the_check() {
        let world = World::in_folder(std::path::Path::new("/nowhere"));
        let (email, api_user, nobody) = ("alice@acme.example", "x-bitbucket-api-token-auth", "x-token-auth");
        for (site, kind, wanted, login, username, rest_login) in [
            ("bitbucket.org", Kind::ApiToken, None, Some(email), api_user, Some(email)),
            ("bitbucket.org", Kind::ApiToken, Some(email), None, api_user, Some(email)),
            ("bitbucket.org", Kind::ApiToken, Some("alice"), None, "alice", None),
            ("bitbucket.org", Kind::ApiToken, Some("alice"), Some(email), "alice", Some(email)),
            ("bitbucket.org", Kind::AccessToken, Some("alice"), Some(email), nobody, None),
            ("bitbucket.org", Kind::Password, Some("alice"), None, "alice", Some("alice")),
            ("https://git.corp.example", Kind::Password, None, Some("alice"), "alice", None),
            ("https://git.corp.example", Kind::Password, Some("alice"), None, "alice", None),
            ("https://git.corp.example", Kind::HttpToken, None, None, "", None),
            ("https://git.corp.example", Kind::AccessToken, Some("alice"), None, nobody, None),
        ] {
            let order = SignIn { wanted: wanted.map(str::to_owned), ..SignIn::at(&world, site) };
            let record = record(&order, kind, Secret::new("secret"), login.map(str::to_owned));
            let found = (record.username.as_str(), record.rest_login.as_deref());
            assert_eq!(found, (username, rest_login), "{site} {kind:?} {wanted:?} {login:?}");
        }
    }
}
