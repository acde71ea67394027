//! `man`: prints the manual page, made of the definition of the command line, the list of what can be set, and prose.
//! `packaging/man` keeps a copy, which a test compares.

mod page;
mod prose;

use super::CommandLine;
use crate::config::{SETTINGS, Setting, VARIABLES, VARIABLES_OF_OTHERS, Variable};
use crate::error::{Exit, Result};
use crate::world::World;
use clap::{Arg, Command, CommandFactory};
use page::Page;

pub fn run(world: &World) -> Result<Exit> {
    world.write(text().as_bytes()).map(|()| Exit::Done)
}

fn text() -> String {
    let line = CommandLine::command();
    let name = line.get_name();
    let mut page = Page::new(name, prose::DATE, &format!("{name} {}", env!("CARGO_PKG_VERSION")));
    sections_of_prose(&mut page, &[("NAME", prose::NAME)]);
    page.section("SYNOPSIS");
    page.text("`git credential-bitbucket` [`--storage` *NAME*] [`--no-input`] [`-v`] *COMMAND* [*ARGUMENTS*]");
    sections_of_prose(&mut page, &[("DESCRIPTION", prose::DESCRIPTION)]);
    page.section("OPTIONS");
    options(&mut page, &line);
    items(&mut page, &prose::OPTIONS);
    page.section("COMMANDS");
    line.get_subcommands().filter(|command| !command.is_hide_set()).for_each(|one| command(&mut page, one));
    sections_of_prose(&mut page, &[("ACCOUNTS", prose::ACCOUNTS), ("CONFIGURATION", prose::CONFIGURATION)]);
    SETTINGS.iter().for_each(|one| setting(&mut page, one));
    page.text("Of Git's own keys these are heeded:");
    items(&mut page, &prose::KEYS_OF_GIT);
    page.section("ENVIRONMENT");
    VARIABLES.iter().chain(&VARIABLES_OF_OTHERS).for_each(|one| variable(&mut page, one));
    page.section("FILES");
    items(&mut page, &prose::FILES);
    page.section("EXIT STATUS");
    items(&mut page, &prose::EXIT_STATUS);
    sections_of_prose(&mut page, &[("EXAMPLES", prose::EXAMPLES), ("SEE ALSO", prose::SEE_ALSO)]);
    page.into_text()
}

fn sections_of_prose(page: &mut Page, sections: &[(&str, &str)]) {
    for (title, text) in sections {
        page.section(title);
        page.text(text);
    }
}

fn items(page: &mut Page, items: &[(&str, &str)]) {
    items.iter().for_each(|(term, meaning)| page.item(term, meaning));
}

fn command(page: &mut Page, command: &Command) {
    let positional = command.get_positionals().map(|arg| match (arg.is_last_set(), arg.is_required_set()) {
        (true, _) => format!(" `--` {}", value(arg)),
        (_, true) => format!(" {}", value(arg)),
        _ => format!(" [{}]", value(arg)),
    });
    page.subsection(&(command.get_name().to_owned() + &positional.collect::<String>()));
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        page.text(&about.to_string());
    }
    options(page, command);
    if let Some(more) = command.get_after_help() {
        page.text(&more.to_string());
    }
}

/// What can be given, in the order of the definition.
fn options(page: &mut Page, command: &Command) {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    shown.for_each(|arg| page.item(&term(arg), &meaning(arg)));
}

fn term(arg: &Arg) -> String {
    let names = [arg.get_short().map(|short| format!("`-{short}`")), arg.get_long().map(|long| format!("`--{long}`"))];
    let names = names.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let takes_value = arg.is_positional() || arg.get_action().takes_values();
    let value = if takes_value { value(arg) } else { String::new() };
    format!("{names} {value}").trim().to_owned()
}

fn value(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    names.first().map_or(format!("*{}*", arg.get_id().as_str().to_uppercase()), |name| format!("*{name}*"))
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    if !arg.get_action().takes_values() {
        return help;
    }
    let words: Vec<String> = arg.get_possible_values().iter().map(|word| format!("`{}`", word.get_name())).collect();
    let words = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
    let default = arg.get_default_values().first().map(|word| format!(" [default: `{}`]", word.to_string_lossy()));
    help + &words + &default.unwrap_or_default()
}

fn setting(page: &mut Page, setting: &Setting) {
    let keys: Vec<String> = setting.keys.iter().map(|key| format!("`bitbucket.{key}`")).collect();
    page.item(&keys.join(", "), &format!("{} [default: {}]", setting.meaning, setting.default));
}

fn variable(page: &mut Page, variable: &Variable) {
    let names: Vec<String> = variable.names.iter().map(|name| format!("`{name}`")).collect();
    page.item(&names.join(", "), variable.meaning);
}
