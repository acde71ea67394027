//! Somebody signs in: asked, checked once, kept. The same for `login` and from inside `get`.

use super::attempt::attempt;
use super::questions::Said;
use super::records::{Kept, keep_or_choose, told_apart};
use super::refusals::forgive;
use super::web::{self, Web};
use super::{Situation, answer, ending, on_premise, open_record, person, questions, renaming, strangers, turns};
use crate::accounts::{Account, Choice};
use crate::config::SignIn as Method;
use crate::credential::Record;
use crate::error::{Error, Result, shown};
use crate::oauth::App;
use crate::prompt::Asker;
use crate::protocol::Answer;
use crate::provider;
use crate::secret::Secret;
use crate::site::{Product, Site};
use crate::world::World;

/// Who is to sign in, where and how.
#[derive(Clone)]
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
    /// Whoever signed in with the browser before is led there again.
    pub by_browser: bool,
    pub web: Web,
    /// A secret that came on stdin; nobody is asked then.
    pub given: Option<Secret>,
    /// A site that only its own header speaks for.
    pub stranger: bool,
    pub ends: Ends,
}

#[cfg(test)]
impl<'a> SignIn<'a> {
    /// For tests: a sign-in at this site of which nothing else is said.
    pub fn at(world: &'a World, site: &str) -> Self {
        let site = Site::parse(site).expect("a site");
        let product = site.product_by_host();
        let (wanted, place, bound, given, web) = (None, None, None, None, Web::default());
        let (method, by_browser, stranger, ends) = (Method::Auto, false, false, Ends::NotAsked);
        Self { world, site, product, wanted, place, bound, method, by_browser, web, given, stranger, ends }
    }
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
    /// Whether a token shall take a password's place, if that has been asked already.
    pub trade: Option<bool>,
}

impl Candidate {
    /// Of which nothing else was said.
    pub fn new(record: Record, bound: Option<String>) -> Self {
        Self { record, bound, rule: None, trade: None }
    }
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
    let _turn = turns::take(world, &situation.site, "", true)?;
    // while we waited, the person may have said no, or yes
    if turns::was_cancelled(world, &situation.site) {
        log::debug!("called off a moment ago");
        return Ok(Some(Answer::quit()));
    }
    if let Some(answer) = somebody_was_faster(situation)? {
        return Ok(Some(answer));
    }
    let order = order_of(situation, wanted)?;
    let outcome = sign_in_now(&order, asker.as_mut());
    ending::show(&order, asker.as_mut(), &outcome);
    match outcome {
        // the sign-in may have found out how the server takes it
        Ok(record) => answer(&situation.anew()?, &record, false).map(Some),
        // git is gone, and nobody reads an answer
        Err(Error::Stdout) => Err(Error::Stdout),
        Err(error) => {
            if person::said_no(&error) {
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
    let situation = &situation.anew()?;
    let Choice::One { name, .. } = situation.choose()? else { return Ok(None) };
    let account = situation.entry.account(&name).ok_or(Error::RecordUnreadable)?;
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
        // a record that has ended is no longer in the index
        by_browser: web::came_by_browser(&situation.entry, wanted),
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
    let (mut order, mut before) = (order.clone(), Vec::new());
    on_premise::prepare(&mut order, asker.as_deref_mut())?;
    for round in 1.. {
        let candidate = match questions::candidate(&order, asker.as_deref_mut(), round == 1)? {
            Said::Typed(candidate) => candidate,
            Said::Browser => return web::sign_in(&order, asker, &web::client(&order)?),
        };
        let outcome = on_premise::stop_what_was_refused(&order, asker.as_deref_mut(), &candidate.record, &before)
            .and_then(|()| attempt(&order, asker.as_deref_mut(), &candidate));
        match outcome {
            Err(error @ Error::SecondFactor { .. }) => match app_for_second_factor(&order)? {
                Some(app) => return web::sign_in(&order, asker, &app),
                None if round < TRIES && person::may_mend(&mut order, asker.as_deref_mut(), &error) => {}
                None => {
                    on_premise::show_page(&order);
                    return Err(error);
                }
            },
            Err(error) if round < TRIES && person::may_mend(&mut order, asker.as_deref_mut(), &error) => {
                // whose it is, or a CAPTCHA, says nothing against the secret
                if matches!(error, Error::SignedInAsAnother { .. } | Error::Captcha { .. }) {
                    continue;
                }
            }
            outcome => return outcome,
        }
        before.push(candidate.record);
    }
    unreachable!("the last round returns")
}

/// What the server wants besides only the browser can show (the rule of 2019, when 403 meant two-step verification).
fn app_for_second_factor(order: &SignIn<'_>) -> Result<Option<App>> {
    let app = super::clients::app(order.world, &order.site, order.product, order.web.reading)?;
    let app = app.filter(|_| order.world.may_ask());
    if app.is_some() {
        order.world.warn(&Error::SecondFactor { site: order.site.short() }.to_string());
    }
    Ok(app)
}

/// Keeps what was checked; where no keyring answers, a person may choose a file.
pub fn keep(order: &SignIn<'_>, asker: Option<&mut Asker>, record: Record, account: Account) -> Result<Record> {
    keep_for(order, asker, record, account, None)
}

/// The same, with a rule for a workspace or project.
pub fn keep_for(
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
