//! Who is asked, and whether they may answer anew.

use super::on_page::complaint;
use super::on_premise;
use super::sign_in::SignIn;
use super::web::Web;
use crate::config::SignIn as Method;
use crate::error::{Error, Result};
use crate::prompt::Asker;
use crate::site::Site;
use crate::world::World;

/// The person at the terminal or behind an askpass program; where neither is there, before a browser of this machine. Who
/// wants the browser, and has no client to sign in with there, gets the page as well.
pub fn asker(world: &World, site: &Site, method: Method, web: Web) -> Result<Option<Asker>> {
    let page = || world.browser().filter(|_| !web.elsewhere).map(|browser| world.page(browser)).transpose();
    let wants_page = method == Method::Web && world.settings()?.oauth_client(site).is_none();
    let found = if wants_page { page()?.or_else(|| world.asker()) } else { world.asker() };
    found.map_or_else(page, |asker| Ok(Some(asker)))
}

/// Tells the person what was wrong, if another answer can be right. On the page that may be another account's secret.
pub fn may_mend(order: &mut SignIn<'_>, asker: Option<&mut Asker>, error: &Error) -> bool {
    let Some(asker) = asker.filter(|asker| asker.is_repeatable() && order.given.is_none()) else { return false };
    let leaves_another_try = on_premise::leaves_another_try(order, error);
    match asker.page() {
        Some(page)
            if leaves_another_try || matches!(error, Error::SignedInAsAnother { .. } | Error::Captcha { .. }) =>
        {
            page.blame(complaint(error));
            true
        }
        None if leaves_another_try => {
            order.world.report(error);
            true
        }
        _ => false,
    }
}

/// Whether the command that runs should ask nobody again.
pub fn said_no(error: &Error) -> bool {
    matches!(error, Error::Cancelled | Error::Denied { .. } | Error::NobodyCame { .. } | Error::Unfilled { .. })
}
