//! The questions of a sign-in where they are asked at once, on a page in the browser: the same as one by one, and the same
//! comes of them. Nothing is sent from here.

use super::Situation;
use super::questions::{Said, bind, bound, capital, kind_of, record, usual_end};
use super::sign_in::{Candidate, Ends, SignIn};
use crate::accounts::is_straight;
use crate::calendar;
use crate::config::SignIn as Method;
use crate::credential::Kind;
use crate::error::{Error, Result, shown};
use crate::loopback::Fields;
use crate::prompt::{Asker, CANCEL, Complaint, Elsewhere, Field, Form, Help, Input, PRESS, SignInPage, WAY, Way, text};
use crate::provider::{self, Recipe};
use crate::secret::Secret;
use crate::site::Product;
use crate::world::World;

const BROWSER: &str = "browser";
const TOKEN: &str = "token";
const EMAIL: &str = "email";
const USERNAME: &str = "username";
const PASSWORD: &str = "password";
const EXPIRES: &str = "expires";
const TRADE: &str = "trade";
const ACCOUNT: &str = "account";
const ALWAYS: &str = "always";

/// What was typed, before the kind of it is known.
struct Typed {
    secret: Secret,
    login: Option<String>,
    field: &'static str,
}

/// Shows the form until something is filled in that can be sent.
pub fn filled_in(order: &SignIn<'_>, asker: &mut Asker) -> Result<Said> {
    let form = form(order)?;
    loop {
        let Some(page) = asker.page() else { return Err(Error::Cancelled) };
        announce(order.world, page, &format!("Sign in to {} ({})", order.site, order.product.title()))?;
        let answer = page.fill(&form)?.ok_or(Error::Cancelled)?;
        if text(&answer, PRESS) == Some(BROWSER) {
            return Ok(Said::Browser);
        }
        match typed(order, &form, &answer).and_then(|typed| known(order, &answer, typed)) {
            Ok((typed, kind)) => {
                return candidate(order, asker, &answer, typed, kind).map(|said| Said::Typed(Box::new(said)));
            }
            Err(complaint) => page.blame(complaint),
        }
    }
}

/// What is said of an error where the answer can be mended.
pub fn complaint(error: &Error) -> Complaint {
    Complaint { message: error.to_string(), hint: error.hint(), field: None }
}

/// Whoever opens a browser also says the address.
fn announce(world: &World, page: &mut SignInPage, what: &str) -> Result<()> {
    if let Some(address) = page.begin()? {
        world.say(&format!("{what} in your browser:"));
        world.say(&format!("  {address}"));
    }
    Ok(())
}

fn form(order: &SignIn<'_>) -> Result<Form> {
    let stranger = order.stranger.then(|| "this site is not known here yet: look at its address first".to_owned());
    Ok(Form {
        title: format!("Sign in to {}", order.product.title()),
        facts: facts(order),
        warning: stranger,
        elsewhere: at_the_site(order)?,
        ways: ways(order),
        fields: only_here(order)?.into_iter().collect(),
        buttons: vec![("go", "Sign in".into()), (CANCEL, "Cancel".into())],
    })
}

fn facts(order: &SignIn<'_>) -> Vec<(&'static str, String)> {
    let site = Some(("Site", order.site.to_string()));
    let place = order.place.as_deref().map(|place| ("For", shown(place)));
    let account = order.wanted.as_deref().map(|name| ("Account", shown(name)));
    site.into_iter().chain(place).chain(account).collect()
}

fn at_the_site(order: &SignIn<'_>) -> Result<Option<Elsewhere>> {
    let is_known = order.world.settings()?.oauth_client(&order.site).is_some();
    let is_wanted = matches!(order.method, Method::Auto | Method::Web);
    Ok((is_known && is_wanted).then(|| Elsewhere {
        press: BROWSER,
        words: format!("Go on at {}", order.site.short()),
        remark: "You sign in there and come back by yourself.".into(),
    }))
}

/// What the site really has, the best first. Where single sign-on rules, only tokens are asked for.
fn ways(order: &SignIn<'_>) -> Vec<Way> {
    match (order.method, order.product) {
        (Method::Password, _) => vec![by_password(order)],
        (Method::Auto | Method::Web, Product::DataCenter) => vec![by_token(order), by_password(order)],
        _ => vec![by_token(order)],
    }
}

fn by_token(order: &SignIn<'_>) -> Way {
    let kind = if order.product == Product::Cloud { Kind::ApiToken } else { Kind::HttpToken };
    let recipe = provider::of(order.product).recipe(&order.site);
    let whose = provider::of(order.product).login_question(kind).map(|what| Field {
        name: EMAIL,
        label: what.into(),
        hint: "Goes with an API token. Without it, the token is not checked.".into(),
        input: Input::Line("email"),
    });
    let is_told = order.wanted.as_deref().is_some_and(|name| name.contains('@'));
    let secret = Field { name: TOKEN, label: capital(kind.title()), hint: recipe.besides.into(), input: Input::Secret };
    let fields = [secret].into_iter().chain(whose.filter(|_| !is_told)).chain(end(order, kind)).collect();
    Way { word: TOKEN, title: capital(kind.title()), help: Some(help(recipe)), fields }
}

/// No call tells when a token ends, so whoever makes one may say it.
fn end(order: &SignIn<'_>, kind: Kind) -> Option<Field> {
    let usual = if usual_end(kind, 0).is_some() { "in a year" } else { "never, or not known" };
    let hint = format!("You are reminded two weeks before. Empty: {usual}.");
    let field = Field { name: EXPIRES, label: "Expires".into(), hint, input: Input::Date };
    matches!(order.ends, Ends::Asked).then_some(field)
}

fn by_password(order: &SignIn<'_>) -> Way {
    let name = Field { name: USERNAME, label: "Username".into(), hint: String::new(), input: Input::Line("username") };
    let secret = Field { name: PASSWORD, label: "Password".into(), hint: String::new(), input: Input::Secret };
    let trade = Field {
        name: TRADE,
        label: "Let the server make an HTTP access token for git, and forget the password".into(),
        hint: String::new(),
        input: Input::Tick(true),
    };
    let trade = Some(trade).filter(|_| order.product == Product::DataCenter);
    let fields = order.wanted.is_none().then_some(name).into_iter().chain([secret]).chain(trade).collect();
    Way { word: PASSWORD, title: capital(Kind::Password.title()), help: None, fields }
}

fn help(recipe: Recipe) -> Help {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Help {
        title: "No token yet?".into(),
        words: recipe.make.into(),
        address: recipe.page,
        remark: recipe.beware.into(),
        choices: recipe.choices.iter().map(|(what, all)| (capital(what), names(all))).collect(),
    }
}

/// A rule is of use where others are signed in to the same site.
fn only_here(order: &SignIn<'_>) -> Result<Option<Field>> {
    let index = order.world.index()?;
    let is_wanted = |name: &str| order.wanted.as_deref().is_some_and(|wanted| wanted.eq_ignore_ascii_case(name));
    let others = index.site(&order.site).is_some_and(|entry| entry.names().iter().any(|name| !is_wanted(name)));
    Ok(project(order).filter(|_| others).map(|project| Field {
        name: ALWAYS,
        label: format!("Only for {}, and always there", shown(project)),
        hint: String::new(),
        input: Input::Tick(false),
    }))
}

fn project<'a>(order: &'a SignIn<'_>) -> Option<&'a str> {
    order.place.as_deref().filter(|place| is_straight(place) && order.bound.is_none())?.split('/').next()
}

/// The chosen way; where a browser shows all ways at once, the one that is filled in.
fn typed(order: &SignIn<'_>, form: &Form, answer: &Fields) -> Result<Typed, Complaint> {
    let has = |name: &str| answer.only(name).is_some_and(|secret| !secret.is_empty());
    let chosen = text(answer, WAY).unwrap_or(form.ways.first().map_or(TOKEN, |way| way.word));
    let by_password = if chosen == PASSWORD { has(PASSWORD) || !has(TOKEN) } else { has(PASSWORD) && !has(TOKEN) };
    if by_password { password(order, answer) } else { token(answer) }
}

fn token(answer: &Fields) -> Result<Typed, Complaint> {
    let secret = answer.only(TOKEN).map(|secret| Secret::new(secret.expose().trim_ascii()));
    let secret = secret.filter(|secret| !secret.is_empty()).ok_or_else(|| missing("token", TOKEN))?;
    Ok(Typed { secret, login: text(answer, EMAIL).map(str::to_owned), field: TOKEN })
}

fn password(order: &SignIn<'_>, answer: &Fields) -> Result<Typed, Complaint> {
    let login = order.wanted.clone().or(text(answer, USERNAME).map(str::to_owned));
    let login = login.ok_or_else(|| missing("username", USERNAME))?;
    let secret =
        answer.only(PASSWORD).filter(|secret| !secret.is_empty()).ok_or_else(|| missing("password", PASSWORD))?;
    Ok(Typed { secret: secret.clone(), login: Some(login), field: PASSWORD })
}

fn missing(what: &str, field: &'static str) -> Complaint {
    Complaint { message: format!("the {what} is missing"), hint: None, field: Some(field) }
}

fn known(order: &SignIn<'_>, answer: &Fields, typed: Typed) -> Result<(Typed, Kind), Complaint> {
    if text(answer, EXPIRES).is_some_and(|day| calendar::expiry(day, order.world.now()).is_none()) {
        let message = "that is no day ahead".into();
        return Err(Complaint { message, hint: None, field: Some(EXPIRES) });
    }
    let about = |error: Error| Complaint { field: Some(typed.field), ..complaint(&error) };
    if !typed.secret.fits_a_line() {
        return Err(about(Error::BadSecret));
    }
    let kind = match typed.field {
        // the token of a plug-in has whatever shape it likes
        TOKEN if order.product == Product::DataCenter => Kind::HttpToken,
        _ => kind_of(order, &typed.secret).map_err(about)?,
    };
    Ok((typed, kind))
}

fn candidate(order: &SignIn<'_>, asker: &mut Asker, answer: &Fields, typed: Typed, kind: Kind) -> Result<Candidate> {
    let bound = bound(order, asker, kind)?;
    let mut record = record(order, kind, typed.secret, typed.login);
    if kind.is_made_by_hand() && answer.has(EXPIRES) {
        let now = order.world.now();
        let said = text(answer, EXPIRES).and_then(|day| calendar::expiry(day, now));
        record.expires = said.or(usual_end(kind, now));
    }
    let rule = project(order).filter(|_| kind != Kind::AccessToken && answer.has(ALWAYS)).map(str::to_owned);
    Ok(Candidate { rule, trade: Some(answer.has(TRADE)), ..Candidate::new(record, bound) })
}

/// Which of several accounts, and whether that holds for the whole workspace or project.
pub fn which_account(situation: &Situation<'_>, asker: &mut Asker, names: &[String]) -> Result<Option<String>> {
    let (world, site) = (situation.world, &situation.site);
    let Some(page) = asker.page() else { return Ok(None) };
    announce(world, page, &format!("Choose an account at {site}"))?;
    let Some(answer) = page.fill(&choice(situation, names))? else { return Ok(None) };
    let chosen = text(&answer, ACCOUNT).and_then(|number| names.get(number.parse::<usize>().ok()?));
    if let (Some(name), Some(project)) = (chosen, situation.project().filter(|_| answer.has(ALWAYS))) {
        bind(world, site, project, name)?;
    }
    Ok(chosen.cloned())
}

fn choice(situation: &Situation<'_>, names: &[String]) -> Form {
    let names = names.iter().map(|name| shown(name)).collect();
    let account = Field { name: ACCOUNT, label: "Account".into(), hint: String::new(), input: Input::OneOf(names) };
    let always = situation.project().map(|project| Field {
        name: ALWAYS,
        label: format!("Always, for everything under {}", shown(project)),
        hint: String::new(),
        input: Input::Tick(true),
    });
    let place = situation.place.as_deref().map(|place| ("For", shown(place)));
    Form {
        title: format!("Which account at {}?", situation.site.short()),
        facts: [("Site", situation.site.to_string())].into_iter().chain(place).collect(),
        fields: [account].into_iter().chain(always).collect(),
        buttons: vec![("go", "Use this account".into()), (CANCEL, "Cancel".into())],
        ..Form::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_a_company_may_have_any_shape_and_one_of_the_cloud_has_its_own() {
        let world = World::in_folder(std::path::Path::new("/nowhere"));
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";
        for (site, field, secret, kind) in [
            ("https://git.corp.example", TOKEN, jwt, Kind::HttpToken),
            ("https://git.corp.example", TOKEN, "whatever a plug-in makes", Kind::HttpToken),
            ("https://git.corp.example", PASSWORD, "a password", Kind::Password),
            ("bitbucket.org", TOKEN, "ATCTT3xFfGN0abc=1234ABCD", Kind::AccessToken),
            ("bitbucket.org", TOKEN, "ATATT3xFfGF0abc=1234ABCD", Kind::ApiToken),
        ] {
            let typed = Typed { secret: Secret::new(secret), login: None, field };
            match known(&SignIn::at(&world, site), &Fields::default(), typed) {
                Ok((_, found)) => assert_eq!(found, kind, "{site} {field}"),
                Err(complaint) => panic!("{site} {field}: {}", complaint.message),
            }
        }
    }
}
