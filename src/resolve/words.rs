//! What a person is told when a check leaves something to say.

use crate::error::Error;
use crate::world::World;

/// The secret is kept all the same: why nobody knows yet whether it is right, and what to look at.
pub fn say_why_unchecked(world: &World, why: &Error) {
    world.warn(&format!("not checked: {why}; git will tell whether it works"));
    if let Some(hint) = why.hint() {
        world.say(&format!("hint: {hint}"));
    }
}

/// `granted` lists what the token may do; a token that may not read repositories is good for nothing here.
pub fn warn_of_missing_scopes(world: &World, granted: &[String]) {
    if let Some(line) = missing_scopes(granted) {
        world.warn(&line);
    }
}

/// What a token cannot do that git will ask of it; nothing where it is not known what it may do.
pub fn missing_scopes(granted: &[String]) -> Option<String> {
    let may = |names: &[&str]| granted.iter().any(|scope| names.iter().any(|name| scope.starts_with(name)));
    let lacks = [
        ("read:repository:bitbucket", may(&["read:repository", "repository"])),
        ("write:repository:bitbucket", may(&["write:repository", "repository:write", "repository:admin"])),
    ];
    let lacks: Vec<&str> = lacks.iter().filter(|(_, may)| !may).map(|(scope, _)| *scope).collect();
    let (what, scopes) = match lacks.as_slice() {
        _ if granted.is_empty() => return None,
        [] => return None,
        [only] if only.starts_with("write") => ("push", format!("scope {only}")),
        [only] => ("clone", format!("scope {only}")),
        both => ("clone or push", format!("scopes {}", both.join(" and "))),
    };
    Some(format!("this token cannot {what}: it lacks the {scopes}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_token_may_not_do_is_named_by_what_git_will_ask_of_it() {
        let told =
            |granted: &[&str]| missing_scopes(&granted.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        for all in [&["read:repository:bitbucket", "write:repository:bitbucket"][..], &["repository:write"], &[]] {
            assert_eq!(told(all), None, "{all:?}");
        }
        let cases = [
            ("read:repository:bitbucket", "cannot push: it lacks the scope write:repository:bitbucket"),
            ("repository", "cannot push: it lacks the scope write:repository:bitbucket"),
            ("write:repository:bitbucket", "cannot clone: it lacks the scope read:repository:bitbucket"),
            (
                "account",
                "cannot clone or push: it lacks the scopes read:repository:bitbucket and write:repository:bitbucket",
            ),
        ];
        for (granted, lack) in cases {
            assert_eq!(told(&[granted]), Some(format!("this token {lack}")), "{granted}");
        }
    }
}
