//! `doctor`: why does it not work? Facts are gathered, each theme in its file; then judged, one verdict a line; then shown.
//! It asks nobody, and changes nothing that a `get` would not change.

mod account;
mod certificate;
mod chain;
mod credential;
mod elsewhere;
mod git;
mod lfs;
mod network;
mod people;
mod report;
mod server;
mod settings;
mod storage;
mod target;
mod way;

use crate::config::{self, Line, Settings};
use crate::error::{Exit, Result};
use crate::prompt::Spinner;
use crate::world::World;
use clap::Args;
use report::{Finding, Report, Verdict};
use target::Target;
use way::{Source, Way};

/// Tell why it does not work, and what mends it
///
/// Every link between git and the server, one verdict a line; under each bad one what mends it. It asks nobody, sends the
/// credential to the server once, and nothing in the report is secret: it can be pasted into a ticket.
#[derive(Debug, Args)]
#[command(after_help = JSON)]
pub struct Arguments {
    /// Which Bitbucket, or which of its repositories [default: this repository's, else the only one that is known]
    site: Option<String>,

    /// For scripts
    #[arg(long)]
    json: bool,
}

const JSON: &str = "\
--json prints one object; fields and checks may be added to it, and none is taken away:
  format    1
  version   of this program
  site      the address that was looked at
  product   cloud, datacenter, or null where git tells us nothing
  verdict   the worst of all: ok, warn or bad
  findings  a list of {check, verdict, text, remedy}: check is a fixed name, text is for people,
            remedy is what to do, or null
Exit code: 0 all is well, 1 something is bad.";

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let report = examine(world, arguments.site.as_deref())?;
    let text = if arguments.json { report.as_json() } else { report.as_text() };
    world.write(text.as_bytes())?;
    Ok(if report.verdict() == Verdict::Bad { Exit::Failed } else { Exit::Done })
}

fn examine(world: &World, typed: Option<&str>) -> Result<Report> {
    let (version, git) = git::examine(&world.environment);
    // without settings nobody knows what to look at
    let (settings, lines) = match (world.settings(), config::lines(&world.environment)) {
        (Ok(settings), Ok(lines)) => (settings, lines),
        (Err(error), _) | (_, Err(error)) => return Ok(alone(typed, vec![git, Finding::error("git.config", &error)])),
    };
    let here = config::remote(&world.environment)?;
    let target = Target::find(world, typed, here.as_ref())?;
    let whom = account::gather(world, settings, &target);
    let way = way_to(world, settings, &lines, &whom);
    let (local, gone) = std::thread::scope(|scope| {
        // the network and the keyring may both be slow
        let going = way.as_ref().ok().map(|way| scope.spawn(|| way::go(way)));
        let local = local(world, settings, &lines, &target, &whom);
        let _sign = Spinner::start(format!("on the way to {}", whom.site.short()));
        (local, going.map(|going| going.join().expect("it only looks")))
    });
    let now = world.now();
    let reached = gone.as_ref().is_some_and(|facts| matches!(facts.survey, Some(Ok(_))));
    let credential = credential::gather(world, &whom, &target, reached, version);
    let mut findings = vec![git];
    findings.extend(local);
    findings.extend(outside(settings, &whom, &way, gone.as_ref(), now));
    findings.extend(account::judge(&whom, &target, now));
    findings.extend(credential.iter().flat_map(|facts| credential::judge(facts, now)));
    findings.extend(lfs::examine(world, &target, &lines, reached));
    Ok(Report { site: whom.site.to_string(), product: Some(whom.product.word()), findings })
}

/// What the way to the server told, and the server itself.
fn outside(
    settings: &Settings,
    whom: &account::Facts,
    way: &Result<Way>,
    gone: Option<&way::Facts>,
    now: u64,
) -> Vec<Finding> {
    let (way, facts) = match (way, gone) {
        (Ok(way), Some(facts)) => (way, facts),
        (Err(error), _) => return vec![Finding::error("network.proxy", error)],
        (Ok(_), None) => return Vec::new(),
    };
    let server = facts.survey.as_ref().and_then(|survey| survey.as_ref().ok()).map(|survey| {
        let (site, product, kind) = (&whom.site, whom.product, whom.kind());
        let client = settings.oauth_client(site).is_some();
        server::judge(&server::Facts { site, product, survey, instead: facts.instead.as_ref(), client, kind })
    });
    network::judge(way, facts, now).into_iter().chain(server.into_iter().flatten()).collect()
}

/// A report about Git alone.
fn alone(typed: Option<&str>, findings: Vec<Finding>) -> Report {
    let site = super::site_or_cloud(typed).map(|site| site.to_string());
    Report { site: site.unwrap_or_default(), product: None, findings }
}

/// What this machine tells by itself.
fn local(world: &World, settings: &Settings, lines: &[Line], target: &Target, whom: &account::Facts) -> Vec<Finding> {
    let (environment, site) = (&world.environment, &whom.site);
    let chain = chain::chain(lines, &target.url);
    let kept = elsewhere::gather(environment, &chain, site);
    let storage = storage::gather(world, site, &whom.entry, chosen_by(world, lines, target));
    let elsewhere = matches!(storage.chosen, Ok(Some(crate::storage::Name::None)));
    let mut findings = chain::judge(&chain, &target.argument(), elsewhere);
    findings.extend(chain::judge_program(&chain, environment));
    findings.extend(elsewhere::judge(&kept, &chain, target, lines));
    findings.extend(settings::examine(settings, lines, environment, site, &target.url));
    findings.extend(storage::judge(&storage));
    findings.extend(people::judge(&people::gather(world)));
    findings
}

/// Who chose the storage.
fn chosen_by(world: &World, lines: &[Line], target: &Target) -> String {
    let setting = || {
        line_of(lines, "bitbucket", "storage", &target.url).map(|line| format!("`{}` in {}", line.key(), line.place()))
    };
    let variable =
        world.environment.text("GIT_CREDENTIAL_BITBUCKET_STORAGE").map(|_| "`GIT_CREDENTIAL_BITBUCKET_STORAGE`".into());
    let option = world.wishes.storage.as_ref().map(|_| "`--storage`".to_owned());
    option.or(variable).or_else(setting).unwrap_or_default()
}

/// The trusted line that a value most likely comes from: the last one that speaks of this URL.
fn line_of<'a>(lines: &'a [Line], section: &str, key: &str, url: &str) -> Option<&'a Line> {
    let is_it = |line: &&Line| {
        line.entry.section == section
            && line.entry.key.eq_ignore_ascii_case(key)
            && line.entry.is_trusted()
            && line.applies_to(url)
    };
    lines.iter().rfind(is_it)
}

fn way_to(world: &World, settings: &Settings, lines: &[Line], whom: &account::Facts) -> Result<Way> {
    let (site, environment) = (whom.site.clone(), &world.environment);
    let url = site.to_string();
    let source = |line: &Line| Source {
        place: format!("`{}` in {}", line.key(), line.place()),
        unset: format!("`git config --{} --unset {}`", line.scope, line.key()),
    };
    let variable = || {
        let names = ["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"];
        let name = names.into_iter().find(|name| environment.text(name).is_some())?;
        Some(Source { place: format!("`{name}`"), unset: format!("`unset {name}`") })
    };
    let line = |key| line_of(lines, "http", key, &url);
    let trust_variable = ["GIT_SSL_CAINFO", "GIT_SSL_CAPATH"].into_iter().find(|name| environment.text(name).is_some());
    let trust_line =
        || line("sslCAInfo").or_else(|| line("sslCAPath")).map(|line| format!("`{}` in {}", line.key(), line.place()));
    let network = settings.network(&site, environment)?;
    let used = network.proxy.as_ref().filter(|proxy| proxy.on_the_way_to(&site.authority()).is_some());
    Ok(Way {
        product: whom.product,
        proxy: used.map(ToString::to_string),
        proxy_from: line("proxy").map(source).or_else(variable),
        trust_from: trust_variable.map(|name| format!("`{name}`")).or_else(trust_line),
        limit: world.limit(&site, false)?.min(way::LOOK),
        network,
        site,
    })
}
