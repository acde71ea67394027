//! A form: what is asked at once, and what may be shown again of an answer. Which questions, and in which words, is said
//! elsewhere.

use crate::credential::Shape;
use crate::loopback::Fields;
use crate::secret::Secret;

/// One page that a person fills in. Texts are plain; messages are sentences of ours, with backquotes round commands.
#[derive(Debug, Default)]
pub struct Form {
    pub title: String,
    /// What it is about, each with its name: the site in full, the repository.
    pub facts: Vec<(&'static str, String)>,
    pub warning: Option<String>,
    /// A way that needs no field: it goes on elsewhere.
    pub elsewhere: Option<Elsewhere>,
    /// Ways to answer, of which one is chosen; the first unless somebody chooses.
    pub ways: Vec<Way>,
    /// What is asked whichever way is chosen.
    pub fields: Vec<Field>,
    /// Words to press and what they mean; the first is pressed by Enter.
    pub buttons: Vec<(&'static str, String)>,
}

/// A button of its own above everything else.
#[derive(Debug)]
pub struct Elsewhere {
    pub press: &'static str,
    pub words: String,
    pub remark: String,
}

/// One way to answer.
#[derive(Debug)]
pub struct Way {
    pub word: &'static str,
    pub title: String,
    pub help: Option<Help>,
    pub fields: Vec<Field>,
}

/// Where the person gets what is asked for, and what to choose there.
#[derive(Debug)]
pub struct Help {
    pub title: String,
    pub words: String,
    pub address: String,
    pub remark: String,
    pub choices: Vec<(String, Vec<String>)>,
}

/// One thing that is asked for.
#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub label: String,
    pub hint: String,
    pub input: Input,
}

#[derive(Debug)]
pub enum Input {
    /// Not shown, and never shown again.
    Secret,
    /// A line; the word by which browsers know what is meant (HTML, "Autofill field").
    Line(&'static str),
    /// A day, as `2027-03-01`.
    Date,
    OneOf(Vec<String>),
    Tick(bool),
}

/// What was wrong with the last answer: message, hint, and the field to look at.
#[derive(Debug, Default)]
pub struct Complaint {
    pub message: String,
    pub hint: Option<String>,
    pub field: Option<&'static str>,
}

/// The name of the field that proves that a form comes from our own page.
pub const TOKEN: &str = "form";
/// The name under which a button tells that it was pressed.
pub const PRESS: &str = "press";
/// The name under which the chosen way is told.
pub const WAY: &str = "way";
/// What the button says that calls everything off.
pub const CANCEL: &str = "cancel";

/// The part of earlier answers that is no secret: chosen ways, ticks, and names.
#[derive(Default)]
pub struct Before(Vec<(String, String)>);

/// What a form says under a name, without blanks around it; `None` if that is nothing.
pub fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.only(name)?.expose_text().map(str::trim).filter(|text| !text.is_empty())
}

impl Before {
    /// Takes nothing that was typed as a secret, nor a secret that was pasted into the field beside it. What was said on
    /// another form meanwhile takes nothing away.
    pub fn and(self, form: &Form, answer: &Fields) -> Self {
        let fields = form.ways.iter().flat_map(|way| &way.fields).chain(&form.fields);
        let shown = fields.filter(|field| !matches!(field.input, Input::Secret)).map(|field| field.name);
        let names: Vec<&str> = shown.chain((form.ways.len() > 1).then_some(WAY)).collect();
        let earlier = self.0.into_iter().filter(|(name, _)| !names.contains(&name.as_str()));
        let said = names.iter().filter_map(|name| Some(((*name).to_owned(), repeatable(answer, name)?.to_owned())));
        Self(earlier.chain(said).collect())
    }

    /// What was said under a name.
    pub fn line(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, line)| line.as_str())
    }
}

fn repeatable<'a>(answer: &'a Fields, name: &str) -> Option<&'a str> {
    let line = text(answer, name)?;
    let is_name = line.len() <= 100 && Shape::of(&Secret::new(line)) == Shape::Unknown;
    let is_elsewhere = answer.all().any(|(other, value)| other != name && value.expose() == line.as_bytes());
    (is_name && !is_elsewhere).then_some(line)
}
