//! Somebody signs in: asked, checked once, kept. The same for `login` and from inside `get`.

use super::records::{Kept, keep_in, keep_new};
use super::{Situation, Whereabouts, answer, open_record, questions, strangers, turns, whereabouts, words};
use crate::accounts::{ACCESS_TOKEN_USER, Account, Choice, Index};
use crate::config::SignIn as Method;
use crate::credential::{Kind, Record};
use crate::error::{Error, Result, shown};
use crate::prompt::Asker;
use crate::protocol::Answer;
use crate::provider::{self, Check, Verdict};
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::storage::Name;
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
    /// A secret that came on stdin; nobody is asked then.
    pub given: Option<Secret>,
    /// A site that only its own header speaks for.
    pub stranger: bool,
}

/// What a person gave, before anybody looked at it.
pub struct Candidate {
    pub record: Record,
    pub bound: Option<String>,
}

/// A wrong answer may be followed by a better one this often; each costs the server one failed login.
const TRIES: usize = 3;

/// Signs somebody in and keeps the credential. Asks through `asker`, or nobody if the secret was given.
pub fn sign_in(order: &SignIn<'_>, asker: Option<&mut Asker>) -> Result<Record> {
    let _turn = turns::take(order.world, &order.site, "", true)?;
    sign_in_now(order, asker)
}

/// The answer to a `get` for which somebody must sign in; a miss with its words where nobody can be asked.
pub fn for_get(situation: &Situation<'_>, wanted: Option<&str>) -> Result<Option<Answer>> {
    let world = situation.world;
    let Some(mut asker) = world.asker() else { return nobody_there(situation, wanted) };
    if turns::was_cancelled(world, &situation.site) {
        return Ok(Some(Answer::quit()));
    }
    let _turn = turns::take(world, &situation.site, "", true)?;
    if let Some(answer) = somebody_was_faster(situation)? {
        return Ok(Some(answer));
    }
    let order = order_of(situation, wanted)?;
    match sign_in_now(&order, Some(&mut asker)) {
        Ok(record) => answer(situation, &record, false).map(Some),
        Err(error) => {
            if error == Error::Cancelled {
                turns::remember_cancel(world, &situation.site);
            }
            world.report(&error);
            Ok(Some(Answer::quit()))
        }
    }
}

/// One line that names the way out; silence where the site is only a guess.
fn nobody_there(situation: &Situation<'_>, wanted: Option<&str>) -> Result<Option<Answer>> {
    let site = situation.site.short();
    match (situation.known, situation.world.environment.is_ci()) {
        (false, _) => Ok(None),
        (true, true) => Err(Error::NoTokenInCi { site: situation.site.to_string(), cloud: situation.site.is_cloud() }),
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
        site,
        product: situation.product,
        wanted: wanted.filter(|name| provider::owner_of_fixed_name(name).is_none()).map(str::to_owned),
        place: situation.place.clone(),
        bound: None,
        given: None,
        stranger: !situation.known,
    })
}

fn sign_in_now(order: &SignIn<'_>, mut asker: Option<&mut Asker>) -> Result<Record> {
    let mut refused: Option<(Record, Error)> = None;
    let mut round = 1;
    loop {
        let candidate = questions::candidate(order, asker.as_deref_mut(), round == 1)?;
        // what was refused is not sent again, whoever types it again
        if let Some((_, why)) = refused.take_if(|(before, _)| same_attempt(before, &candidate.record)) {
            return Err(why);
        }
        let repeatable = asker.as_deref().is_some_and(Asker::is_repeatable) && order.given.is_none();
        match checked(order, asker.as_deref_mut(), &candidate) {
            Ok((record, account)) => return keep(order, asker, record, account),
            Err(error @ Error::Refused { .. }) if repeatable && round < TRIES => {
                order.world.report(&error);
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

/// Asks the server once and draws the conclusion (the decision table: only a clear refusal refuses).
fn checked(order: &SignIn<'_>, asker: Option<&mut Asker>, candidate: &Candidate) -> Result<(Record, Account)> {
    let mut record = candidate.record.clone();
    let verdict = ask_server(order, &record)?;
    let name = match verdict {
        Verdict::Refused(about) => return Err(Error::Refused { site: order.site.short(), about }),
        Verdict::Good { username, scopes } => owned_by(order, &mut record, username, scopes)?,
        Verdict::Nameless { granted } => {
            words::warn_of_missing_scopes(order.world, &granted);
            record.scopes = granted;
            name_without_owner(order, asker, &mut record)?
        }
        Verdict::Unknown(why) => {
            words::say_why_unchecked(order.world, &why);
            name_without_owner(order, asker, &mut record)?
        }
    };
    let bound = candidate.bound.clone().filter(|_| record.kind == Kind::AccessToken);
    let name = bound.as_ref().map_or(name.clone(), |bound| format!("{ACCESS_TOKEN_USER}:{bound}"));
    let account = Account { bound, ..Account::new(name, record.kind, "") };
    Ok((record, account))
}

fn ask_server(order: &SignIn<'_>, record: &Record) -> Result<Verdict> {
    let http = order.world.http(&order.site)?;
    let limit = order.world.limit(&order.site, true)?;
    let _spinner = order.world.spinner(&format!("asking {}", order.site.short()));
    provider::of(order.product).check(&Check {
        http: &http,
        site: &order.site,
        record,
        place: order.place.as_deref(),
        limit,
    })
}

/// The server's spelling of the name wins; a name other than the wanted one is reported, and nothing is overwritten.
fn owned_by(order: &SignIn<'_>, record: &mut Record, username: String, scopes: Vec<String>) -> Result<String> {
    // a token of a project or repository acts as a user of its own (isomorphic-git issue 1942)
    if username.starts_with("access-token-user/") {
        record.kind = Kind::AccessToken;
        record.username = ACCESS_TOKEN_USER.into();
        return Ok(ACCESS_TOKEN_USER.into());
    }
    same_person(order, record, &username)?;
    if record.kind == Kind::ApiToken {
        words::warn_of_missing_scopes(order.world, &scopes);
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

/// Keeps what was checked; where no keyring answers, a person may choose a file.
pub fn keep(order: &SignIn<'_>, asker: Option<&mut Asker>, mut record: Record, account: Account) -> Result<Record> {
    let world = order.world;
    let account = unlike_others(order, &record, account)?;
    record.mark = world.new_mark();
    let _turn = turns::take(world, &order.site, &account.name, true)?;
    let mut kept = keep_new(world, &order.site, order.product, account.clone(), &record);
    if let (Kept::Failed(error), Some(asker)) = (&kept, asker.filter(|asker| asker.is_repeatable())) {
        let file = questions::offer_file(asker, error)?;
        if file && keep_in(world, Name::File, &order.site, order.product, account.clone(), &record).is_ok() {
            kept = Kept::In(Name::File);
        }
    }
    say_where(order, &account.name, &kept);
    Ok(record)
}

/// Two access tokens that are bound to nothing share a name; the second gets a number.
fn unlike_others(order: &SignIn<'_>, record: &Record, account: Account) -> Result<Account> {
    if account.name != ACCESS_TOKEN_USER {
        return Ok(account);
    }
    let index = Index::read(&order.world.folder()?)?;
    let Some(entry) = index.site(&order.site) else { return Ok(account) };
    let names =
        std::iter::once(account.name.clone()).chain((2..).map(|number| format!("{ACCESS_TOKEN_USER}:{number}")));
    for name in names {
        let Some(known) = entry.account(&name) else { return Ok(Account { name, ..account }) };
        let same = open_record(order.world, &order.site, known)?.is_some_and(|known| known.secret == record.secret);
        if same {
            return Ok(Account { name, ..account });
        }
    }
    Ok(account)
}

fn say_where(order: &SignIn<'_>, account: &str, kept: &Kept) {
    let (site, account) = (order.site.short(), shown(account));
    match kept {
        Kept::In(storage) => {
            order.world.say(&format!("Signed in to {site} as {account}; kept in {}.", storage.title()))
        }
        Kept::Nowhere => {
            order.world.say(&format!("Signed in to {site} as {account}; not kept, as `bitbucket.storage` is none."))
        }
        Kept::Failed(error) => {
            order.world.say(&format!("Signed in to {site} as {account}, for this time only: it could not be kept."));
            order.world.report(error);
        }
    }
}

/// Several accounts and no rule: asked once, with the offer to remember it. `None` if the person cancels.
pub fn choose_account(situation: &Situation<'_>, names: &[String]) -> Result<Option<String>> {
    let ambiguous = || Error::Ambiguous { site: situation.site.short(), accounts: names.to_vec() };
    let mut asker = situation.world.asker().ok_or_else(ambiguous)?;
    if turns::was_cancelled(situation.world, &situation.site) {
        return Ok(None);
    }
    let _turn = turns::take(situation.world, &situation.site, "", true)?;
    // another process of the same command may have been told
    if let Choice::One { name, .. } = situation.choose(&situation.entry()?)? {
        return Ok(Some(name));
    }
    match questions::which_account(situation, &mut asker, names)? {
        Some(name) => Ok(Some(name)),
        None => {
            turns::remember_cancel(situation.world, &situation.site);
            Ok(None)
        }
    }
}
