//! A page in the language of man(7), from texts in which backquotes stand round what is typed as it is, and stars round what
//! is put in its place. It knows the language, and nothing that we say in it.

/// The page so far.
pub struct Page(String);

/// The longest line of a source that mandoc finds in good style.
const WIDTH: usize = 80;

impl Page {
    /// An empty page of section 1.
    pub fn new(name: &str, date: &str, source: &str) -> Self {
        Self(format!(".TH {} 1 {date} \"{source}\" \"Git Manual\"\n", name.to_uppercase()))
    }

    pub fn section(&mut self, title: &str) {
        self.line(&format!(".SH {title}"));
    }

    pub fn subsection(&mut self, title: &str) {
        self.line(&format!(".SS {}", inline(title)));
    }

    /// A term, and what it means indented below it.
    pub fn item(&mut self, term: &str, meaning: &str) {
        self.line(".TP");
        self.line(&guarded(&inline(term)));
        self.filled(meaning);
    }

    /// Paragraphs; lines that begin with a blank stand as they are.
    pub fn text(&mut self, text: &str) {
        for paragraph in text.split("\n\n") {
            self.begin_paragraph();
            let lines: Vec<&str> = paragraph.lines().collect();
            for block in lines.chunk_by(|one, other| is_shown_as_it_is(one) == is_shown_as_it_is(other)) {
                if is_shown_as_it_is(block[0]) { self.as_it_is(block) } else { self.filled(&block.join(" ")) }
            }
        }
    }

    /// The page, ready to be read by man.
    pub fn into_text(self) -> String {
        self.0
    }

    /// A heading has begun one already.
    fn begin_paragraph(&mut self) {
        let last = self.0.lines().last().unwrap_or_default();
        if !last.starts_with(".S") {
            self.line(".PP");
        }
    }

    /// Words that man puts into lines as wide as the screen.
    fn filled(&mut self, text: &str) {
        let mut line = String::new();
        for word in inline(text).split(' ') {
            if !line.is_empty() && line.len() + word.len() >= WIDTH {
                self.line(&guarded(&std::mem::take(&mut line)));
            }
            line = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        }
        self.line(&guarded(&line));
    }

    fn as_it_is(&mut self, lines: &[&str]) {
        self.line(".RS 2\n.nf");
        lines.iter().for_each(|line| self.line(&guarded(&escaped(line.strip_prefix("  ").unwrap_or(line)))));
        self.line(".fi\n.RE");
    }

    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }
}

fn is_shown_as_it_is(line: &str) -> bool {
    line.starts_with(' ')
}

/// Bold between backquotes, italic between stars.
fn inline(text: &str) -> String {
    let typed = text.split('`').enumerate();
    let parts = typed.map(|(number, part)| if number % 2 == 1 { font('B', part) } else { with_placeholders(part) });
    parts.collect()
}

fn with_placeholders(text: &str) -> String {
    let parts = text.split('*').enumerate();
    parts.map(|(number, part)| if number % 2 == 1 { font('I', part) } else { escaped(part) }).collect()
}

fn font(name: char, text: &str) -> String {
    format!("\\f{name}{}\\fR", escaped(text))
}

/// A bare hyphen, quote or caret may come out as a typographical one, which no shell understands (groff_man_style(7)).
fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '\\' => "\\e".into(),
        '-' => "\\-".into(),
        '\'' => "\\(aq".into(),
        '^' => "\\(ha".into(),
        '~' => "\\(ti".into(),
        '`' => "\\(ga".into(),
        other => other.to_string(),
    };
    text.chars().map(one).collect()
}

/// A dot at the start would be an instruction.
fn guarded(line: &str) -> String {
    if line.starts_with('.') { format!("\\&{line}") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_can_be_copied_from_the_page() {
        assert_eq!(inline("say `--for '~a'` or *PLACE*"), "say \\fB\\-\\-for \\(aq\\(tia\\(aq\\fR or \\fIPLACE\\fR");
    }

    #[test]
    fn a_line_of_the_source_is_short_and_no_word_of_it_an_instruction() {
        let mut page = Page::new("x", "2026-01-01", "x 1");
        page.text(&format!("{} .x", "word ".repeat(15).trim_end()));
        let body = page.into_text().lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(body, [".PP".to_owned(), "word ".repeat(15).trim_end().to_owned() + " .x"]);
        let mut page = Page::new("x", "2026-01-01", "x 1");
        page.text(&format!("{} .x", "word ".repeat(16).trim_end()));
        assert!(page.into_text().ends_with("word\n\\&.x\n"));
    }

    #[test]
    fn indented_lines_keep_their_ends() {
        let mut page = Page::new("x", "2026-01-01", "x 1");
        page.text("One\ntwo:\n  a\n  .b\n\nthree");
        let body = page.into_text().lines().skip(1).collect::<Vec<_>>().join("\n");
        assert_eq!(body, ".PP\nOne two:\n.RS 2\n.nf\na\n\\&.b\n.fi\n.RE\n.PP\nthree");
    }
}
