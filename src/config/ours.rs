//! Our lines in a config file: which must stand there for a site, which do, and what is to change. It reads and writes
//! nothing itself.

use super::own_program::is_ours;
use super::{Edit, Entry};
use crate::site::{Product, Site};

/// What is to stand in a config file for one site.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    pub site: &'a Site,
    /// The value of `credential.helper` that runs us.
    pub helper: &'a str,
    /// To be written down, where nothing says it yet.
    pub product: Option<Product>,
}

const HELPER: &str = "helper";
const PATH: &str = "useHttpPath";
const CLIENT: &str = "oauthClientId";

/// What it takes to make Git ask us, and nobody else, about a site: an empty `helper`, which lets those go that were set
/// for all sites (gitcredentials, "helper"), then ours, then the path that rules look at.
pub fn to_configure(file: &[Entry], lines: &Lines<'_>) -> Vec<Edit> {
    let url = lines.site.to_string();
    let anew = is_overruled(file, lines.site);
    let mut helpers = without_ours(&values(file, "credential", &url, HELPER));
    helpers.extend([String::new(), lines.helper.to_owned()]);
    let mut edits = vec![
        edit(file, "credential", &url, HELPER, helpers, anew),
        edit(file, "credential", &url, PATH, vec!["true".into()], anew),
    ];
    if let Some(product) = lines.product {
        edits.push(edit(file, "bitbucket", &url, "product", vec![product.word().into()], false));
    }
    edits.retain(|edit| !edit.is_empty());
    edits
}

/// What it takes to take back our lines: every helper of ours with its reset, and what follows them as we wrote it. The
/// same keys elsewhere in the file are somebody's own.
pub fn to_unconfigure(file: &[Entry], site: &Site) -> Vec<Edit> {
    let url = site.to_string();
    let Some(helper) = file.iter().rposition(|entry| is_our_helper(entry, &url)) else { return Vec::new() };
    let helpers = without_ours(&values(file, "credential", &url, HELPER));
    let mut edits = vec![edit(file, "credential", &url, HELPER, helpers, false)];
    for entry in file[helper + 1..].iter().take_while(|entry| is_our_companion(entry, &url)) {
        let mut left = values(file, &entry.section, &url, &entry.key);
        left.pop();
        let key = [PATH, CLIENT].into_iter().find(|key| entry.key.eq_ignore_ascii_case(key)).unwrap_or(&entry.key);
        edits.push(edit(file, &entry.section, &url, key, left, false));
    }
    edits
}

fn edit(file: &[Entry], section: &str, url: &str, key: &str, after: Vec<String>, anew: bool) -> Edit {
    Edit { key: format!("{section}.{url}.{key}"), before: values(file, section, url, key), after, anew }
}

fn values(file: &[Entry], section: &str, url: &str, key: &str) -> Vec<String> {
    file.iter().filter(|entry| entry.is(section, url, key)).map(|entry| entry.value.clone()).collect()
}

/// The helpers without ours, each with the reset before it.
fn without_ours(helpers: &[String]) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    for value in helpers {
        match is_ours(value) {
            true => drop(left.pop_if(|last| last.is_empty())),
            false => left.push(value.clone()),
        }
    }
    left
}

fn is_our_helper(entry: &Entry, url: &str) -> bool {
    entry.is("credential", url, HELPER) && is_ours(&entry.value)
}

fn is_our_companion(entry: &Entry, url: &str) -> bool {
    entry.is("credential", url, PATH) && entry.value == "true"
        || entry.is("bitbucket", url, "product") && entry.value == Product::DataCenter.word()
        || entry.is("bitbucket", url, CLIENT)
}

/// Whether a later line of the file has the last word over ours, and ours can move behind it: Git goes by the order of
/// lines, not by how exact an address is. Beside a key of somebody else our section would stay where it is.
fn is_overruled(file: &[Entry], site: &Site) -> bool {
    let url = site.to_string();
    let Some(ours) = file.iter().rposition(|entry| is_our_helper(entry, &url)) else { return false };
    let rivals = |entry: &Entry| {
        entry.section == "credential" && [HELPER, PATH].iter().any(|key| entry.key.eq_ignore_ascii_case(key))
    };
    let overruled =
        file[ours..].iter().any(|entry| rivals(entry) && entry.url.as_deref() != Some(&url) && entry.applies_to(&url));
    let alone = file.iter().filter(|entry| entry.section == "credential" && entry.url.as_deref() == Some(&url));
    overruled && alone.into_iter().all(rivals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::entry::Scope;

    const URL: &str = "https://code.corp.example/bitbucket";

    fn file(lines: &[(&str, &str)]) -> Vec<Entry> {
        let entry = |(name, value): &(&str, &str)| {
            let (section, rest) = name.split_once('.').expect("a section");
            let (url, key) = rest.rsplit_once('.').map_or((None, rest), |(url, key)| (Some(url.to_owned()), key));
            let (section, key, value) = (section.to_owned(), key.to_owned(), (*value).to_owned());
            Entry { scope: Scope::Global, section, url, key, value }
        };
        lines.iter().map(entry).collect()
    }

    fn configured(lines: &[(&str, &str)]) -> Vec<Edit> {
        let site = Site::parse(URL).expect("a site");
        to_configure(&file(lines), &Lines { site: &site, helper: "bitbucket", product: Some(Product::DataCenter) })
    }

    fn unconfigured(lines: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
        let site = Site::parse(URL).expect("a site");
        to_unconfigure(&file(lines), &site).into_iter().map(|edit| (edit.key, edit.after)).collect()
    }

    const HELPER: &str = "credential.https://code.corp.example/bitbucket.helper";
    const PATH: &str = "credential.https://code.corp.example/bitbucket.usehttppath";
    const PRODUCT: &str = "bitbucket.https://code.corp.example/bitbucket.product";
    const OURS: [(&str, &str); 4] = [(HELPER, ""), (HELPER, "bitbucket"), (PATH, "true"), (PRODUCT, "datacenter")];

    #[test]
    fn all_lines_are_written_once() {
        let edits = configured(&[]);
        let lines: Vec<_> = edits
            .iter()
            .flat_map(|edit| edit.added().iter().map(|value| (edit.key.to_lowercase(), value.as_str())))
            .collect();
        assert_eq!(lines, OURS.map(|(key, value)| (key.to_owned(), value)));
        assert_eq!(configured(&OURS), []);
    }

    #[test]
    fn an_older_helper_of_ours_gives_way_and_one_of_somebody_else_stays() {
        let edits = configured(&[(HELPER, "theirs"), (HELPER, ""), (HELPER, "/old/git-credential-bitbucket")]);
        assert_eq!(edits[0].after, ["theirs", "", "bitbucket"]);
    }

    #[test]
    fn our_lines_move_behind_a_later_one_for_all_sites() {
        let later = [&OURS[..], &[("credential.helper", "store")]].concat();
        let edits = configured(&later);
        assert_eq!(edits.iter().map(|edit| edit.anew).collect::<Vec<_>>(), [true, true]);
        let name = ("credential.https://code.corp.example/bitbucket.username", "alice");
        assert_eq!(configured(&[&later[..], &[name]].concat()), [], "beside a key of theirs nothing can move");
    }

    #[test]
    fn what_goes_is_what_came_and_what_stood_before_stays() {
        let gone: Vec<_> = unconfigured(&OURS).into_iter().map(|(key, left)| (key.to_lowercase(), left)).collect();
        assert_eq!(gone, [HELPER, PATH, PRODUCT].map(|key| (key.to_owned(), Vec::new())));
        let before = [(PATH, "true"), (PRODUCT, "datacenter"), (HELPER, "theirs"), (HELPER, ""), (HELPER, "bitbucket")];
        assert_eq!(unconfigured(&before), [(HELPER.to_owned(), vec!["theirs".to_owned()])]);
        assert_eq!(unconfigured(&[(HELPER, "theirs")]), []);
    }
}
