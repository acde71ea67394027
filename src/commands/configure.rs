//! `configure`: writes our lines into git config, for our sites only, and shows each.

use super::oauth_client::{Client, RECIPE};
use crate::accounts::Entry;
use crate::config::{Edit, GitFile, Lines, helper, is_ours, to_configure};
use crate::error::{Error, Exit, Result, shown};
use crate::site::{Product, Site};
use crate::world::World;
use clap::Args;

/// Make Git ask us about your Bitbuckets, and nobody else
///
/// Writes, with `git config` and only where it is not so already: for each site an empty `helper`, so that no other helper
/// sees its secrets, then ours, and `useHttpPath`, so that rules have a path to look at. Other sites keep their helpers.
#[derive(Debug, Args)]
#[command(after_help = RECIPE)]
pub struct Arguments {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    client: Client,
}

/// Which sites, in which file.
#[derive(Debug, Args)]
pub struct Target {
    /// Only this Bitbucket; may be repeated [default: bitbucket.org and every Data Center that is known]
    #[arg(long = "site", value_name = "SITE")]
    sites: Vec<String>,

    /// In your own git config (the default)
    #[arg(long, conflicts_with_all = ["system", "local"])]
    global: bool,

    /// For everybody on this machine
    #[arg(long, conflicts_with = "local")]
    system: bool,

    /// Only in this repository
    #[arg(long)]
    local: bool,
}

pub fn run(world: &World, arguments: &Arguments) -> Result<Exit> {
    let target = &arguments.target;
    let file = target.file();
    if let Some(id) = arguments.client.id() {
        return arguments.client.make_known(world, file, &target.only_site()?, id);
    }
    let (sites, helper) = (target.sites(world)?, helper(&world.environment)?);
    let mut wrote = false;
    for site in &sites {
        let lines = Lines { site, helper: &helper.value, product: product(world, site, file)? };
        wrote |= apply(world, file, &to_configure(&file.entries(&world.environment)?, &lines))?;
    }
    if !wrote {
        world.say(&format!("All of it stands in {} already.", file.title()));
    }
    if helper.is_another {
        world.say(&format!("`bitbucket` runs {}, which is not the program that says this.", helper.program.display()));
    }
    tell_of_rivals(world, &sites)
}

impl Target {
    /// The file that is meant.
    pub fn file(&self) -> GitFile {
        match (self.system, self.local) {
            (true, _) => GitFile::System,
            (_, true) => GitFile::Local,
            _ => GitFile::Global,
        }
    }

    /// The one site that is named, or the Cloud: a client belongs to one server.
    fn only_site(&self) -> Result<Site> {
        match self.sites.as_slice() {
            [] => Ok(Site::cloud()),
            [site] => Site::parse(site),
            _ => Err(Error::Usage("a client belongs to one server: give one `--site`".into())),
        }
    }

    /// The sites that are named, or all that are known.
    pub fn sites(&self, world: &World) -> Result<Vec<Site>> {
        if !self.sites.is_empty() {
            return self.sites.iter().map(|site| Site::parse(site)).collect();
        }
        let index = world.index()?;
        let known = index.sites().map(|(site, _)| site).chain(world.settings()?.configured_sites());
        let mut sites: Vec<Site> = known.chain([Site::cloud()]).collect();
        sites.sort();
        sites.dedup();
        Ok(sites)
    }
}

/// Shows the lines that go and come, then changes them; tells whether there were any.
pub fn apply(world: &World, file: GitFile, edits: &[Edit]) -> Result<bool> {
    for edit in edits {
        edit.removed().iter().for_each(|value| world.say(&line('-', edit, value)));
        edit.added().iter().for_each(|value| world.say(&line('+', edit, value)));
    }
    file.apply(&world.environment, edits).map(|()| !edits.is_empty())
}

fn line(sign: char, edit: &Edit, value: &str) -> String {
    format!("{sign} {} = {}", shown(&edit.key), shown(value)).trim_end().to_owned()
}

/// What tells a Data Center without a request; a repository may not say it (it would be ignored there).
fn product(world: &World, site: &Site, file: GitFile) -> Result<Option<Product>> {
    if site.is_cloud() || file == GitFile::Local || world.settings()?.product(site)?.is_some() {
        return Ok(None);
    }
    let index = world.index()?;
    Ok(Some(index.site(site).and_then(Entry::product).unwrap_or(Product::DataCenter)))
}

/// What Git makes of it all, read anew: other files may have the last word.
fn tell_of_rivals(world: &World, sites: &[Site]) -> Result<Exit> {
    let settings = world.settings_anew()?;
    for site in sites {
        let url = site.to_string();
        for rival in settings.helpers(&url).into_iter().filter(|entry| !is_ours(&entry.value)) {
            world.say(&format!("Git also tells `{}` what it knows of {}.", shown(&rival.value), site.short()));
            world.say(&format!("hint: see where it is set: `git config --show-origin --get-all {}`", rival.name()));
        }
        if !settings.sends_path(&url) {
            world.say(&format!("A later `credential.useHttpPath` hides the path at {} from rules.", site.short()));
        }
    }
    Ok(Exit::Done)
}
