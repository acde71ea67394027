//! The words for whoever runs the server or the network before it.

use super::Error;

/// What happened; `None` where it is for somebody else.
pub fn said(error: &Error) -> Option<String> {
    Some(match error {
        Error::Offline { host, why } => why.said(host),
        Error::Unexpected { host, status } => format!("{host} answered {status}, which says nothing about the sign-in"),
        Error::TooMany { host, wait: None } => format!("{host} has had too many requests"),
        Error::TooMany { host, wait: Some(wait) } => {
            format!("{host} has had too many requests, and wants {wait} s of peace")
        }
        Error::Unclear { host, why } => why.said(host),
        Error::NoBitbucket { site } => format!("no Bitbucket answers at {site}"),
        Error::Pretender { site } => format!("{site} calls itself Bitbucket, but no Bitbucket answers there"),
        Error::Redirected { host, to } => format!("{host} sends us on to {to}; no secret is sent there"),
        Error::OauthClientRefused { host } => format!("{host} does not accept our OAuth client"),
        Error::CodeRefused { host } => format!("{host} did not accept what the browser brought back"),
        Error::Captcha { site, .. } => format!("{site} wants a CAPTCHA solved after too many failed sign-ins"),
        Error::Rule { site, rule } => rule.said(site),
        _ => return None,
    })
}

/// What to do about it.
pub fn hint(error: &Error) -> Option<String> {
    Some(match error {
        Error::Offline { why, .. } => why.remedy().into(),
        Error::Unexpected { status: 403, .. } => {
            "a rule may stand in the way: allowed networks, two-step verification, single sign-on".into()
        }
        Error::Unexpected { .. } | Error::TooMany { .. } => "try again later; nothing was forgotten".into(),
        Error::Unclear { why, .. } => why.remedy().into(),
        Error::NoBitbucket { site } | Error::Pretender { site } => {
            format!(
                "is there a path behind the host? If it is one: `git config --global bitbucket.{site}.product datacenter`"
            )
        }
        Error::Redirected { .. } => {
            "a gateway stands before it: sign in there in the browser, or ask its administrator".into()
        }
        Error::OauthClientRefused { host } => {
            format!("check its id and secret: `git credential-bitbucket configure --site {host} --oauth-client ID`")
        }
        Error::CodeRefused { .. } => "a code is good once and for a short time: sign in once more".into(),
        Error::Captcha { page, .. } => format!("sign in once in the browser, then try again: {page}"),
        Error::Rule { rule, .. } => rule.hint(),
        _ => return None,
    })
}
