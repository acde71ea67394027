//! What a company's server says that is no word on a secret: rules of its administrator, doors that are closed, tokens that
//! it does not make. Each knows its words.

/// A rule that a server goes by. Texts from outside have come through `shown`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Basic authentication is switched off, and with it every password.
    NoBasic { page: String },
    /// The same, and this Git can send nothing else.
    OnlyBearer { address: String },
    /// The server's own words, on something that we do not know.
    Says { said: String },
    /// Something in front of it signs everybody in as the same user.
    KnowsEverybodyAs { found: String },
    /// It has refused this before, so it is not sent again.
    RefusedBefore { what: &'static str, address: String, kept: bool },
    /// It makes no HTTP access tokens for a program; or not for this one, which it knows.
    MakesNoTokens { page: String, knows: bool },
    /// It does not make this one.
    TokenNotMade { said: String, page: String },
    /// Only HTTP access tokens can be renewed.
    NothingToRenew { account: String },
}

impl Rule {
    pub(super) fn said(&self, site: &str) -> String {
        match self {
            Self::NoBasic { .. } => format!("{site} takes no passwords: Basic authentication is switched off there"),
            Self::OnlyBearer { .. } => {
                format!("{site} takes tokens as Bearer only, which this git cannot send through a helper")
            }
            Self::Says { said } => format!("{site} says: {said}"),
            Self::KnowsEverybodyAs { found } => {
                format!("something in front of {site} signs everybody in as {found}, whatever is sent")
            }
            Self::RefusedBefore { what, .. } => {
                format!("{site} has refused this {what} before, so it is not sent again")
            }
            Self::MakesNoTokens { .. } => format!("{site} does not let a program make HTTP access tokens"),
            Self::TokenNotMade { said, .. } => format!("{site} made no HTTP access token: {said}"),
            Self::NothingToRenew { account } => {
                format!("{account} has no HTTP access token at {site} that could be renewed")
            }
        }
    }

    pub(super) fn hint(&self) -> String {
        match self {
            Self::NoBasic { page } => format!("make an HTTP access token, and sign in with it: {page}"),
            Self::OnlyBearer { address } => format!(
                "use git 2.46 or later, or SSH; if it takes Basic from git all the same: `git config --global bitbucket.{address}.authScheme basic`"
            ),
            Self::Says { .. } => {
                "that is a rule of the server's, and no word on the secret; nothing was forgotten".into()
            }
            Self::KnowsEverybodyAs { .. } => "ask its administrator; no secret can be checked this way".into(),
            Self::RefusedBefore { address, kept: true, .. } => format!(
                "sign in anew, or, if the reason was another one (a network, a rule): `git credential-bitbucket status {address}` asks once more"
            ),
            Self::RefusedBefore { address, .. } => {
                format!("if it is right after all, sign in on a terminal: `git credential-bitbucket login {address}`")
            }
            Self::MakesNoTokens { page, .. } => format!("make one by hand, and sign in with it: {page}"),
            Self::TokenNotMade { page, .. } => format!("look at your tokens there: {page}"),
            Self::NothingToRenew { .. } => "make one by signing in: `git credential-bitbucket login --password`".into(),
        }
    }
}
