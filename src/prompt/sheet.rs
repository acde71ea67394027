//! A form as HTML: no script, in the order in which it is read, each message beside what it is about.

use super::form::{Before, Complaint, Field, Form, Help, Input, PRESS, TOKEN, WAY, Way};
use crate::loopback::{code, escape, link, sentence};

/// A form on its way into HTML.
pub struct Sheet<'a> {
    pub form: &'a Form,
    pub token: &'a str,
    /// What was said last, and may stand there again.
    pub before: Option<&'a Before>,
    pub complaint: Option<&'a Complaint>,
    pub told: &'a [String],
}

impl Sheet<'_> {
    /// The document's body.
    pub fn html(&self) -> String {
        let form = self.form;
        let facts: String = form.facts.iter().map(|(what, text)| fact(what, &strong(text))).collect();
        let told: String = self.told.iter().map(|note| format!("<p class=\"note\">{}</p>", sentence(note))).collect();
        let warning = form.warning.iter().map(|text| format!("<p class=\"note\">{}</p>", sentence(text)));
        [
            format!("<h1>{}</h1>", escape(&form.title)),
            if facts.is_empty() { facts } else { format!("<dl class=\"facts\">{facts}</dl>") },
            warning.collect(),
            told,
            self.complaint.map(complaint).unwrap_or_default(),
            self.elsewhere(),
            self.fields(),
        ]
        .concat()
    }

    fn elsewhere(&self) -> String {
        let Some(elsewhere) = &self.form.elsewhere else { return String::new() };
        let focus = if self.complaint.is_none() { " autofocus" } else { "" };
        format!(
            "{}<div class=\"buttons\"><button name=\"{PRESS}\" value=\"{}\"{focus}>{}</button></div>\
             <p class=\"hint\">{}</p></form><p class=\"or\"><span>or</span></p>",
            self.opening(),
            elsewhere.press,
            escape(&elsewhere.words),
            escape(&elsewhere.remark)
        )
    }

    fn fields(&self) -> String {
        let form = self.form;
        let ways: String = form.ways.iter().enumerate().map(|(at, way)| self.way(at, way)).collect();
        let fields: String = form.fields.iter().map(|field| self.field(field)).collect();
        let class = if form.elsewhere.is_some() { "buttons second" } else { "buttons" };
        let buttons = form
            .buttons
            .iter()
            .map(|(word, text)| format!("<button name=\"{PRESS}\" value=\"{word}\">{}</button>", escape(text)));
        format!(
            "{}{}{ways}{fields}<div class=\"{class}\">{}</div></form>",
            self.opening(),
            self.choice(),
            buttons.collect::<String>()
        )
    }

    fn opening(&self) -> String {
        let token = escape(self.token);
        format!("<form method=\"post\" autocomplete=\"off\"><input type=\"hidden\" name=\"{TOKEN}\" value=\"{token}\">")
    }

    /// The ways beside each other, if there is anything to choose.
    fn choice(&self) -> String {
        let ways = &self.form.ways;
        let one = |(at, way): (usize, &Way)| {
            let checked = if at == self.chosen() { " checked" } else { "" };
            format!(
                "<input type=\"radio\" name=\"{WAY}\" value=\"{word}\" id=\"way-{word}\" class=\"way-{at}\"{checked}>\
                 <label for=\"way-{word}\">{}</label>",
                escape(&way.title),
                word = way.word,
            )
        };
        match ways.len() {
            0 | 1 => String::new(),
            _ => format!(
                "<fieldset class=\"ways\"><legend>Sign in with</legend>{}</fieldset>",
                ways.iter().enumerate().map(one).collect::<String>()
            ),
        }
    }

    fn chosen(&self) -> usize {
        let said = self.before.and_then(|before| before.line(WAY));
        self.form.ways.iter().position(|way| Some(way.word) == said).unwrap_or(0)
    }

    fn way(&self, at: usize, way: &Way) -> String {
        let help = way
            .help
            .as_ref()
            .map(|about| help(about, self.complaint.is_none() && self.form.elsewhere.is_none()))
            .unwrap_or_default();
        let fields: String = way.fields.iter().map(|field| self.field(field)).collect();
        format!("<section class=\"for-{at}\">{help}{fields}</section>")
    }

    fn field(&self, field: &Field) -> String {
        match &field.input {
            Input::Secret => self.line(field, "type=\"password\" autocomplete=\"off\"", ""),
            Input::Line(autofill) => {
                self.line(field, &format!("type=\"text\" autocomplete=\"{autofill}\""), self.said(field.name))
            }
            Input::Date => self.line(field, "type=\"date\"", self.said(field.name)),
            Input::OneOf(options) => self.one_of(field, options),
            Input::Tick(ticked) => self.tick(field, *ticked),
        }
    }

    fn said(&self, name: &str) -> &str {
        self.before.and_then(|before| before.line(name)).unwrap_or_default()
    }

    fn line(&self, field: &Field, kind: &str, value: &str) -> String {
        let Field { name, label, hint, .. } = field;
        let described = [(self.is_blamed(field), "error"), (!hint.is_empty(), &format!("{name}-hint"))];
        let described: Vec<&str> = described.into_iter().filter(|(is, _)| *is).map(|(_, id)| id).collect();
        let described = match described.join(" ") {
            ids if ids.is_empty() => ids,
            ids => format!(" aria-describedby=\"{ids}\""),
        };
        let hint = if hint.is_empty() {
            String::new()
        } else {
            format!("<p class=\"hint\" id=\"{name}-hint\">{}</p>", escape(hint))
        };
        let invalid = if self.is_blamed(field) { " aria-invalid=\"true\"" } else { "" };
        let focus = if self.has_focus(field) { " autofocus" } else { "" };
        format!(
            "<div class=\"field\"><label for=\"{name}\">{}</label><input id=\"{name}\" name=\"{name}\" {kind} \
             value=\"{}\" autocapitalize=\"none\" autocorrect=\"off\" spellcheck=\"false\"{described}{invalid}{focus}>{hint}</div>",
            escape(label),
            escape(value)
        )
    }

    fn one_of(&self, field: &Field, options: &[String]) -> String {
        let one = |(at, option): (usize, &String)| {
            let (checked, focus) = if at == 0 { (" checked", " autofocus") } else { ("", "") };
            format!(
                "<label class=\"option\"><input type=\"radio\" name=\"{}\" value=\"{at}\"{checked}{focus}>\
                 <span><bdi>{}</bdi></span></label>",
                field.name,
                escape(option)
            )
        };
        let options: String = options.iter().enumerate().map(one).collect();
        format!("<fieldset class=\"options\"><legend>{}</legend>{options}</fieldset>", escape(&field.label))
    }

    fn tick(&self, field: &Field, ticked: bool) -> String {
        let ticked = self.before.map_or(ticked, |before| before.line(field.name).is_some());
        format!(
            "<label class=\"option tick\"><input type=\"checkbox\" id=\"{0}\" name=\"{0}\" value=\"yes\"{1}><span>{2}</span></label>",
            field.name,
            if ticked { " checked" } else { "" },
            escape(&field.label)
        )
    }

    fn is_blamed(&self, field: &Field) -> bool {
        self.complaint.is_some_and(|complaint| complaint.field.unwrap_or(field.name) == field.name)
    }

    /// Where the person begins: at what was wrong, else at the first line of the chosen way.
    fn has_focus(&self, field: &Field) -> bool {
        let way = self.form.ways.get(self.chosen());
        let mut lines = way.into_iter().flat_map(|way| &way.fields).chain(&self.form.fields);
        let begin = match self.complaint {
            None if self.form.elsewhere.is_some() => return false,
            None => lines.next(),
            // a name that stands there again was mostly right
            Some(_) => {
                lines.filter(|field| self.is_blamed(field)).min_by_key(|field| !self.said(field.name).is_empty())
            }
        };
        begin.is_some_and(|begin| begin.name == field.name)
    }
}

fn complaint(complaint: &Complaint) -> String {
    let hint = complaint.hint.iter().map(|hint| format!("<p>{}</p>", sentence(hint))).collect::<String>();
    format!("<div class=\"error\" role=\"alert\" id=\"error\"><p>{}</p>{hint}</div>", sentence(&complaint.message))
}

/// Open unless there is something to be seen first: what was wrong, or a shorter way.
fn help(help: &Help, open: bool) -> String {
    let names = |names: &[String]| names.iter().map(|name| code(name)).collect::<Vec<_>>().join(" ");
    let choices: String = help.choices.iter().map(|(what, all)| fact(what, &names(all))).collect();
    let remark = if help.remark.is_empty() { String::new() } else { sentence(&help.remark) };
    format!(
        "<details class=\"help\"{}><summary>{}</summary><p>{} <span class=\"hint\">(a new tab). {remark}</span></p>\
         <dl>{choices}</dl></details>",
        if open { " open" } else { "" },
        escape(&help.title),
        link(&help.address, &help.words),
    )
}

fn fact(what: &str, html: &str) -> String {
    format!("<div><dt>{}</dt><dd>{html}</dd></div>", escape(what))
}

fn strong(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loopback::Fields;

    const HOSTILE: &str = "<script>alert(1)</script>\"'&\u{202e}";

    fn field(name: &'static str, input: Input) -> Field {
        Field { name, label: HOSTILE.into(), hint: HOSTILE.into(), input }
    }

    fn form() -> Form {
        let inputs = [
            ("secret", Input::Secret),
            ("line", Input::Line("off")),
            ("day", Input::Date),
            ("account", Input::OneOf(vec![HOSTILE.into()])),
            ("tick", Input::Tick(true)),
        ];
        let fields = inputs.map(|(name, input)| field(name, input)).into();
        let help = Help {
            title: HOSTILE.into(),
            words: HOSTILE.into(),
            address: format!("https://x/{HOSTILE}"),
            remark: HOSTILE.into(),
            choices: vec![(HOSTILE.into(), vec![HOSTILE.into()])],
        };
        let way = |word| Way { word, title: HOSTILE.into(), help: None, fields: Vec::new() };
        Form {
            title: HOSTILE.into(),
            facts: vec![("Site", HOSTILE.into())],
            warning: Some(HOSTILE.into()),
            elsewhere: None,
            ways: vec![Way { help: Some(help), ..way("one") }, way("two")],
            fields,
            buttons: vec![("go", HOSTILE.into())],
        }
    }

    fn html(form: &Form, said: &str, complaint: Option<&Complaint>) -> String {
        let before = Before::default().and(form, &Fields::parse(said.as_bytes()).expect("fields"));
        Sheet { form, token: "t", before: Some(&before), complaint, told: &[HOSTILE.into()] }.html()
    }

    #[test]
    fn no_name_and_no_message_becomes_markup() {
        let complaint = Complaint { message: HOSTILE.into(), hint: Some(HOSTILE.into()), field: None };
        let html = html(&form(), &format!("line={}&account=0", "%3Cscript%3E%22"), Some(&complaint));
        assert!(!html.contains("<script") && !html.contains("\"'&") && !html.contains('\u{202e}'), "{html}");
        assert!(html.contains("value=\"&lt;script&gt;&quot;\""), "{html}");
    }

    #[test]
    fn a_secret_never_stands_on_a_page_wherever_it_was_typed() {
        let token = "ATATT3xFfGF0canary";
        for said in [
            "secret=canary".to_owned(),
            "secret=canary&line=canary".into(),
            "secret=canary&line=+canary+".into(),
            format!("line={token}"),
            format!("day={token}&way={token}&tick={token}"),
            format!("line=canary{}", "x".repeat(100)),
        ] {
            let html = html(&form(), &said, None);
            assert!(!html.contains("canary"), "{said}: {html}");
        }
    }

    #[test]
    fn a_question_in_between_takes_nothing_away() {
        let answer = |text: &str| Fields::parse(text.as_bytes()).expect("fields");
        let other = Form { fields: vec![field("answer", Input::Line("off"))], ..Form::default() };
        let before = Before::default().and(&form(), &answer("way=two&line=alice&tick=yes"));
        let before = before.and(&other, &answer("answer=x"));
        assert_eq!(
            (before.line(WAY), before.line("line"), before.line("tick")),
            (Some("two"), Some("alice"), Some("yes"))
        );
        let before = before.and(&form(), &answer("way=one&line="));
        assert_eq!((before.line(WAY), before.line("line"), before.line("tick")), (Some("one"), None, None));
    }

    #[test]
    fn what_was_chosen_and_typed_stands_there_again() {
        let html = html(&form(), "way=two&line=alice&day=2030-01-01", None);
        assert!(html.contains("id=\"way-two\" class=\"way-1\" checked"), "{html}");
        assert!(html.contains("value=\"alice\"") && html.contains("value=\"2030-01-01\""), "{html}");
        assert!(!html.contains("value=\"yes\" checked"), "a tick that was taken away stays away: {html}");
    }
}
