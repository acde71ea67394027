//! Several accounts, and nothing that says which: a person chooses, once for all processes of a command.

use super::web::Web;
use super::{Situation, person, questions, turns};
use crate::accounts::Choice;
use crate::error::{Error, Result, shown};
use crate::loopback::Page;

/// Several accounts and no rule: asked once, with the offer to remember it. `None` if the person cancels.
pub fn choose_account(situation: &Situation<'_>, names: &[String]) -> Result<Option<String>> {
    let (world, site) = (situation.world, &situation.site);
    let ambiguous =
        || Error::Ambiguous { site: site.short(), accounts: names.iter().map(|name| shown(name)).collect() };
    let method = world.settings()?.sign_in(site)?;
    let mut asker = person::asker(world, site, method, Web::default())?.ok_or_else(ambiguous)?;
    let _turn = turns::take(world, site, "", true)?;
    // another process of the same command may have been told
    if turns::was_cancelled(world, site) {
        return Ok(None);
    }
    if let Choice::One { name, .. } = situation.anew()?.choose()? {
        return Ok(Some(name));
    }
    let project = situation.project().unwrap_or_default();
    if let Some(name) = turns::chosen(world, site, project).filter(|name| names.contains(name)) {
        return Ok(Some(name));
    }
    let chosen = questions::which_account(situation, &mut asker, names)?;
    match &chosen {
        Some(name) => turns::remember_choice(world, site, project, name),
        None => turns::remember_cancel(world, site),
    }
    if let Some(page) = asker.page() {
        page.ends(chosen.as_ref().map_or_else(Page::called_off, |name| Page::chosen(name, &site.short())));
    }
    Ok(chosen)
}
