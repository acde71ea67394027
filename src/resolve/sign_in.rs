//! Somebody signs in: asked, checked once, kept. The same for `login` and from inside `get`.

use super::questions::Said;
use super::records::{Kept, keep_or_choose, told_apart};
use super::refusals::forgive;
use super::web::{self, Web};
use super::{
    Situation, Whereabouts, answer, ending, open_record, person, questions, renaming, strangers, turns, whereabouts,
};
use crate::accounts::{ACCESS_TOKEN_USER, Account, Choice};
use crate::config::SignIn as Method;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::prompt::Asker;
use crate::protocol::Answer;
use crate::provider::{self, Check, Verdict};
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::world::World;

/// Who is to sign in, where and how.
pub struct SignIn<'a> {
    pub world: &'a World,
    pub site: Site,
    pub product: Product,
    /// The username or e-mail that is wanted; another one is not kept.
    pub wanted: Option<String>,
    /// The repository that Git wants, for tokens that only it can judge.
    pub place: Option<String>,
    /// The workspace, project or repository that an access token is to answer for.
    pub bound: Option<String>,
    pub method: Method,
    pub web: Web,
    /// A secret that came on stdin; nobody is asked then.
    pub given: Option<Secret>,
    /// A site that only its own header speaks for.
    pub stranger: bool,
    pub ends: Ends,
}

/// When a token that was made by hand ends, which no call tells.
#[derive(Clone, Copy)]
pub enum Ends {
    /// Not worth a question now.
    NotAsked,
    /// To be asked, if a terminal is there.
    Asked,
    /// Unix seconds, said beforehand.
    Known(u64),
}

/// What a person gave, before anybody looked at it.
pub struct Candidate {
    pub record: Record,
    pub bound: Option<String>,
    /// The workspace or project that this account is to answer for from now on.
    pub rule: Option<String>,
}

/// A wrong answer may be followed by a better one this often; each costs the server one failed login.
const TRIES: usize = 3;

/// Signs somebody in and keeps the credential. Asks through `asker`, or nobody if the secret was given.
pub fn sign_in(order: &SignIn<'_>, mut asker: Option<&mut Asker>) -> Result<Record> {
    let _turn = turns::take(order.world, &order.site, "", true)?;
    let outcome = sign_in_now(order, asker.as_deref_mut());
    ending::show(order, asker, &outcome);
    outcome
}

/// The answer to a `get` for which somebody must sign in; a miss with its words where nobody can be asked.
pub fn for_get(situation: &Situation<'_>, wanted: Option<&str>) -> Result<Option<Answer>> {
    let world = situation.world;
    let method = world.settings()?.sign_in(&situation.site)?;
    let mut asker = person::asker(world, &situation.site, method, Web::default())?;
    if asker.is_none() {
        log::debug!("nobody can be asked");
        return nobody_there(situation, wanted);
    }
    if turns::was_cancelled(world, &situation.site) {
        log::debug!("called off a moment ago");
        return Ok(Some(Answer::quit()));
    }
    let _turn = turns::take(world, &situation.site, "", true)?;
    if let Some(answer) = somebody_was_faster(situation)? {
        return Ok(Some(answer));
    }
    let order = order_of(situation, wanted)?;
    let outcome = sign_in_now(&order, asker.as_mut());
    ending::show(&order, asker.as_mut(), &outcome);
    match outcome {
        Ok(record) => answer(situation, &record, false).map(Some),
        // git is gone, and nobody reads an answer
        Err(Error::Stdout) => Err(Error::Stdout),
        Err(error) => {
            if matches!(
                error,
                Error::Cancelled | Error::Denied { .. } | Error::NobodyCame { .. } | Error::Unfilled { .. }
            ) {
                turns::remember_cancel(world, &situation.site);
            }
            world.report(&error);
            Ok(Some(Answer::quit()))
        }
    }
}

/// One line that names the way out; silence where the site is only a guess.
fn nobody_there(situation: &Situation<'_>, wanted: Option<&str>) -> Result<Option<Answer>> {
    let (site, environment) = (situation.site.short(), &situation.world.environment);
    match (situation.known, environment.is_ci()) {
        (false, _) => Ok(None),
        (true, true) => {
            let (site, cloud) = (situation.site.to_string(), situation.site.is_cloud());
            Err(Error::NoTokenInCi { site, cloud, empty: environment.has_empty_token() })
        }
        (true, false) => Err(Error::SignInNeeded { site, account: wanted.map(shown) }),
    }
}

/// After waiting, the account may be there: then nobody is asked a second time.
fn somebody_was_faster(situation: &Situation<'_>) -> Result<Option<Answer>> {
    if !situation.known {
        return match whereabouts(situation.world, situation.request, situation.site.origin())? {
            Whereabouts::Ours(now) if now.known => somebody_was_faster(&now),
            _ => Ok(None),
        };
    }
    let entry = situation.entry()?;
    let Choice::One { name, .. } = situation.choose(&entry)? else { return Ok(None) };
    let account = entry.account(&name).ok_or(Error::RecordUnreadable)?;
    let record = open_record(situation.world, &situation.site, account)?;
    let usable = record.filter(|record| !situation.was_refused(record) && record.is_fresh(situation.world.now()));
    usable.map(|record| answer(situation, &record, situation.may_resume())).transpose()
}

fn order_of<'a>(situation: &Situation<'a>, wanted: Option<&str>) -> Result<SignIn<'a>> {
    let world = situation.world;
    let site = if situation.known { situation.site.clone() } else { strangers::settled(situation)? };
    Ok(SignIn {
        world,
        method: world.settings()?.sign_in(&site)?,
        web: Web::default(),
        site,
        product: situation.product,
        wanted: wanted.filter(|name| provider::owner_of_fixed_name(name).is_none()).map(str::to_owned),
        place: situation.place.clone(),
        bound: None,
        given: None,
        stranger: !situation.known,
        ends: Ends::NotAsked,
    })
}

fn sign_in_now(order: &SignIn<'_>, mut asker: Option<&mut Asker>) -> Result<Record> {
    if order.given.is_none()
        && let Some(app) = web::client_for(order, asker.as_deref_mut())?
    {
        return web::sign_in(order, asker, &app);
    }
    let mut refused: Option<(Record, Error)> = None;
    let mut round = 1;
    loop {
        let candidate = match questions::candidate(order, asker.as_deref_mut(), round == 1)? {
            Said::Typed(candidate) => candidate,
            Said::Browser => return web::sign_in(order, asker, &web::client(order)?),
        };
        // what was refused is not sent again, whoever types it again
        let again = refused.take_if(|(before, _)| same_attempt(before, &candidate.record));
        let outcome = match again {
            Some((_, why)) => Err(why),
            None => checked(order, asker.as_deref_mut(), &candidate),
        };
        match outcome {
            Ok((mut record, account)) => {
                record.expires = questions::expiry(order, asker.as_deref_mut(), &record)?;
                return keep_for(order, asker, record, account, candidate.rule.as_deref());
            }
            Err(Error::SecondFactor { .. }) => return with_second_factor(order, asker),
            Err(error) if round < TRIES && person::may_mend(order, asker.as_deref_mut(), &error) => {
                refused = Some((candidate.record, error));
            }
            Err(error) => return Err(error),
        }
        round += 1;
    }
}

/// The same secret under another e-mail or username is another attempt.
fn same_attempt(one: &Record, other: &Record) -> bool {
    (&one.secret, &one.username, &one.rest_login) == (&other.secret, &other.username, &other.rest_login)
}

/// What the server wants besides only the browser can show (the rule of 2019, when 403 meant two-step verification).
fn with_second_factor(order: &SignIn<'_>, asker: Option<&mut Asker>) -> Result<Record> {
    let needed = Error::SecondFactor { site: order.site.short() };
    match super::clients::app(order.world, &order.site, order.product, order.web.reading)? {
        Some(app) if order.world.may_ask() => {
            order.world.warn(&needed.to_string());
            web::sign_in(order, asker, &app)
        }
        _ => Err(needed),
    }
}

/// Asks the server once and draws the conclusion (the decision table: only a clear refusal refuses).
fn checked(order: &SignIn<'_>, mut asker: Option<&mut Asker>, candidate: &Candidate) -> Result<(Record, Account)> {
    let mut record = candidate.record.clone();
    let verdict = ask_server(order, &record)?;
    let name = match verdict {
        Verdict::Refused(about) => return Err(Error::Refused { site: order.site.short(), about }),
        Verdict::SecondFactor => return Err(Error::SecondFactor { site: order.site.short() }),
        Verdict::Good { username, scopes } => owned_by(order, &mut record, username, scopes)?,
        Verdict::Nameless { granted } => {
            warn_of_missing_scopes(order.world, &granted);
            record.scopes = granted;
            name_without_owner(order, asker, &mut record)?
        }
        Verdict::Unknown(why) => {
            say_why_unchecked(order.world, &why);
            ending::note(asker.as_deref_mut(), &format!("not checked: {why}; git will tell whether it works"));
            name_without_owner(order, asker, &mut record)?
        }
    };
    let bound = candidate.bound.clone().filter(|_| record.kind == Kind::AccessToken);
    let name = bound.as_ref().map_or(name.clone(), |bound| format!("{ACCESS_TOKEN_USER}:{bound}"));
    let account = Account { bound, ..Account::new(name, record.kind, "") };
    Ok((record, account))
}

fn say_why_unchecked(world: &World, why: &Error) {
    world.warn(&format!("not checked: {why}; git will tell whether it works"));
    if let Some(hint) = why.hint() {
        world.say(&format!("hint: {hint}"));
    }
}

pub fn ask_server(order: &SignIn<'_>, record: &Record) -> Result<Verdict> {
    // a server of a company may hold the answer until a second factor is shown elsewhere
    let phone = if record.kind == Kind::Password { "; approve the sign-in on your phone if it asks" } else { "" };
    let _sign = order.world.spinner(&format!("asking {}{phone}", order.site.short()));
    let http = order.world.http(&order.site)?;
    let limit = order.world.limit(&order.site, true)?;
    provider::of(order.product).check(&Check {
        http: &http,
        site: &order.site,
        record,
        place: order.place.as_deref(),
        limit,
    })
}

/// The server's spelling of the name wins; a name other than the wanted one is reported, and nothing is overwritten.
pub fn owned_by(order: &SignIn<'_>, record: &mut Record, username: String, scopes: Vec<String>) -> Result<String> {
    // a token of a project or repository acts as a user of its own (isomorphic-git issue 1942)
    if username.starts_with("access-token-user/") {
        record.kind = Kind::AccessToken;
        record.username = ACCESS_TOKEN_USER.into();
        return Ok(ACCESS_TOKEN_USER.into());
    }
    same_person(order, record, &username)?;
    if record.kind == Kind::ApiToken {
        warn_of_missing_scopes(order.world, &scopes);
    }
    record.username = username.clone();
    record.scopes = scopes;
    Ok(username)
}

/// Compares whom the server knows with whom the order wants.
pub fn same_person(order: &SignIn<'_>, record: &Record, found: &str) -> Result<()> {
    let Some(wanted) = &order.wanted else { return Ok(()) };
    let login = record.rest_login.as_deref().unwrap_or_default();
    match [found, login].iter().any(|name| name.to_lowercase() == wanted.to_lowercase()) {
        true => Ok(()),
        false => Err(Error::SignedInAsAnother { site: order.site.short(), wanted: shown(wanted), found: shown(found) }),
    }
}

/// The name of what the server did not name: as wanted, or as the person says where git needs one.
fn name_without_owner(order: &SignIn<'_>, asker: Option<&mut Asker>, record: &mut Record) -> Result<String> {
    let wanted = order.wanted.clone().filter(|_| record.kind != Kind::AccessToken);
    if let Some(name) = wanted.or(record.rest_login.clone()) {
        return Ok(name);
    }
    if record.username.is_empty() {
        record.username = questions::owner(order, asker)?;
    }
    Ok(record.username.clone())
}

/// `granted` lists what the token may do; a token that may not read repositories is good for nothing here.
fn warn_of_missing_scopes(world: &World, granted: &[String]) {
    if let Some(line) = missing_scopes(granted) {
        world.warn(&line);
    }
}

/// What a token cannot do that git will ask of it; nothing where it is not known what it may do.
pub fn missing_scopes(granted: &[String]) -> Option<String> {
    let may = |names: &[&str]| granted.iter().any(|scope| names.iter().any(|name| scope.starts_with(name)));
    let lacks = [
        ("read:repository:bitbucket", may(&["read:repository", "repository"])),
        ("write:repository:bitbucket", may(&["write:repository", "repository:write", "repository:admin"])),
    ];
    let lacks: Vec<&str> = lacks.iter().filter(|(_, may)| !may).map(|(scope, _)| *scope).collect();
    let (what, scopes) = match lacks.as_slice() {
        _ if granted.is_empty() => return None,
        [] => return None,
        [only] if only.starts_with("write") => ("push", format!("scope {only}")),
        [only] => ("clone", format!("scope {only}")),
        both => ("clone or push", format!("scopes {}", both.join(" and "))),
    };
    Some(format!("this token cannot {what}: it lacks the {scopes}"))
}

/// Keeps what was checked; where no keyring answers, a person may choose a file.
pub fn keep(order: &SignIn<'_>, asker: Option<&mut Asker>, record: Record, account: Account) -> Result<Record> {
    keep_for(order, asker, record, account, None)
}

/// The same, with a rule for a workspace or project.
fn keep_for(
    order: &SignIn<'_>,
    mut asker: Option<&mut Asker>,
    mut record: Record,
    account: Account,
    rule: Option<&str>,
) -> Result<Record> {
    let world = order.world;
    let account = told_apart(world, &order.site, &record, account)?;
    record.mark = world.new_mark();
    let _turn = turns::take(world, &order.site, &account.name, true)?;
    let kept = keep_or_choose(world, asker.as_deref_mut(), &order.site, order.product, &account, &record)?;
    forgive(world, &order.site, &account.name);
    say_where(order, &account.name, &kept);
    ending::note_of(asker, &kept);
    if let Some(project) = rule {
        questions::bind(world, &order.site, project, &account.name)?;
    }
    renaming::join(world, &order.site, &account.name, &record)?;
    Ok(record)
}

fn say_where(order: &SignIn<'_>, account: &str, kept: &Kept) {
    let (site, account) = (order.site.short(), shown(account));
    match kept {
        Kept::In(storage) => {
            order.world.say(&format!("Signed in to {site} as {account}; kept in {}.", storage.title()))
        }
        Kept::Nowhere => {
            order.world.say(&format!("Signed in to {site} as {account}; kept nowhere, for this time only."))
        }
        Kept::Failed(error) => {
            order.world.say(&format!("Signed in to {site} as {account}, for this time only: it could not be kept."));
            order.world.report(error);
        }
    }
}
