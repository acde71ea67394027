//! What the server is and how it lets people in: product, version, login form or single sign-on, OAuth and our client there.

use super::report::Finding;
use crate::credential::Kind;
use crate::error::shown;
use crate::provider::{self, Survey};
use crate::site::{Product, Site};

/// What the judgement needs to know besides the survey.
pub struct Facts<'a> {
    pub site: &'a Site,
    pub product: Product,
    pub survey: &'a Survey,
    /// Where else at this host a Bitbucket answers.
    pub instead: Option<&'a Site>,
    /// Whether an OAuth client is set for the site.
    pub client: bool,
    /// What the account that is used signs in with.
    pub kind: Option<Kind>,
}

pub fn judge(facts: &Facts<'_>) -> Vec<Finding> {
    if !facts.survey.is_bitbucket {
        let text = format!("something answers at {}, and it does not say that it is a Bitbucket", facts.site);
        let remedy = match facts.instead {
            Some(site) => format!("one answers there: `git credential-bitbucket doctor {site}`"),
            None => "give its whole address, with the context path if there is one".into(),
        };
        return vec![Finding::bad("server.product", text, remedy)];
    }
    let version = facts.survey.version.as_ref().map(|version| format!(" {}", shown(version))).unwrap_or_default();
    let product = Finding::ok("server.product", format!("{}{version}", facts.product.title()));
    [Some(product), login_form(facts), Some(oauth(facts))].into_iter().flatten().collect()
}

/// Behind single sign-on a password is refused, and mostly Basic altogether (bitbucket-auth B5).
fn login_form(facts: &Facts<'_>) -> Option<Finding> {
    const CHECK: &str = "server.sign-in";
    let text = "it lets people in by single sign-on only";
    match (facts.survey.login_form?, facts.kind) {
        (true, _) => Some(Finding::ok(CHECK, "it takes passwords and tokens")),
        (false, Some(Kind::Password)) => {
            let remedy =
                format!("sign in with an HTTP access token: `git credential-bitbucket login {} --token`", facts.site);
            Some(Finding::bad(CHECK, format!("{text}, so the password that is kept does not do"), remedy))
        }
        (false, Some(Kind::HttpToken)) => {
            let remedy = format!(
                "if git is refused although the token is accepted: `git config --global bitbucket.{}.authScheme bearer`",
                facts.site
            );
            Some(Finding::tip(CHECK, format!("{text}; tokens do, at least as Bearer"), remedy))
        }
        (false, _) => Some(Finding::ok(CHECK, format!("{text}; sign in with a token or in the browser"))),
    }
}

fn oauth(facts: &Facts<'_>) -> Finding {
    const CHECK: &str = "server.oauth";
    match (facts.survey.oauth, facts.client) {
        (Some(true), true) => {
            Finding::ok(CHECK, "it offers OAuth, and a client of ours is set: the browser can sign in")
        }
        (Some(true), false) => Finding::tip(
            CHECK,
            "it offers OAuth, and no client of ours is set: the browser cannot sign in",
            recipe(facts),
        ),
        (Some(false), true) => {
            let remedy = format!("`git config --global --unset bitbucket.{}.oauthClientId`", facts.site);
            Finding::warn(CHECK, "it offers no OAuth, so the client that is set does nothing", remedy)
        }
        (Some(false), false) => Finding::ok(CHECK, "it offers no OAuth: people sign in with a token or a password"),
        (None, _) => Finding::ok(CHECK, "it does not tell whether it offers OAuth"),
    }
}

/// What whoever administers the server, or the workspace, does once for everybody.
fn recipe(facts: &Facts<'_>) -> String {
    let redirect = provider::of(facts.product).oauth(facts.site).redirect;
    match facts.product {
        Product::Cloud => format!(
            "workspace settings › OAuth consumers › Add: callback `{redirect}`, permissions Account read and Repositories write; then `git credential-bitbucket configure --oauth-client KEY`"
        ),
        Product::DataCenter => format!(
            "an administrator: Application links › Create › External application, Incoming: redirect URL `{redirect}`, permission Repositories write; then `git credential-bitbucket configure --site {} --oauth-client ID`",
            facts.site
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Verdict;
    use super::*;

    fn judged(survey: Survey, client: bool, kind: Option<Kind>) -> Vec<Finding> {
        let site = Site::parse("https://git.corp.example").expect("a site");
        judge(&Facts { site: &site, product: Product::DataCenter, survey: &survey, instead: None, client, kind })
    }

    fn server() -> Survey {
        Survey { is_bitbucket: true, version: Some("9.4.6".into()), ..Survey::default() }
    }

    #[test]
    fn a_page_that_is_no_bitbucket_is_not_taken_for_one() {
        let findings = judged(Survey::default(), false, None);
        assert_eq!((findings[0].check, findings[0].verdict), ("server.product", Verdict::Bad));
    }

    #[test]
    fn single_sign_on_is_bad_for_a_password_and_fine_for_a_token() {
        let sso = || Survey { login_form: Some(false), ..server() };
        let password = judged(sso(), false, Some(Kind::Password)).remove(1);
        assert_eq!(password.verdict, Verdict::Bad);
        assert!(password.remedy.expect("a way out").contains("login https://git.corp.example --token"));
        let token = judged(sso(), false, Some(Kind::HttpToken)).remove(1);
        assert_eq!(token.verdict, Verdict::Ok);
        assert!(token.remedy.expect("a tip").contains("authScheme bearer"));
    }

    #[test]
    fn oauth_without_a_client_comes_with_the_administrators_recipe() {
        let offered = judged(Survey { oauth: Some(true), ..server() }, false, None).remove(1);
        let recipe = offered.remedy.expect("a recipe");
        assert!(
            recipe.contains("http://127.0.0.1:34106/git.corp.example") && recipe.contains("--oauth-client"),
            "{recipe}"
        );
        assert_eq!(judged(Survey { oauth: Some(false), ..server() }, true, None)[1].verdict, Verdict::Warn);
    }
}
