//! A command as it stands in git config, taken apart as Git takes apart its aliases (alias.c, `split_cmdline`): no shell
//! unless the value starts with `!`.

/// The program and its arguments; `None` where a quote is not closed or nothing is left.
pub fn split(text: &str) -> Option<Vec<String>> {
    if let Some(script) = text.trim_start().strip_prefix('!') {
        return Some(["sh", "-c", script].map(str::to_owned).into());
    }
    let mut words: Vec<String> = Vec::new();
    let mut letters = text.trim().chars();
    let (mut quote, mut inside) = (None, false);
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (None, letter) if letter.is_ascii_whitespace() => inside = false,
            (None, '\'' | '"') => {
                quote = Some(letter);
                push(&mut words, &mut inside, None);
            }
            (Some(open), letter) if open == letter => quote = None,
            (None | Some('"'), '\\') => push(&mut words, &mut inside, Some(letters.next()?)),
            _ => push(&mut words, &mut inside, Some(letter)),
        }
    }
    (quote.is_none() && !words.is_empty()).then_some(words)
}

fn push(words: &mut Vec<String>, inside: &mut bool, letter: Option<char>) {
    if !*inside {
        words.push(String::new());
        *inside = true;
    }
    if let (Some(word), Some(letter)) = (words.last_mut(), letter) {
        word.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_and_quotes_are_taken_as_git_takes_them() {
        let cases: [(&str, &[&str]); 6] = [
            ("vault kv get -field=token secret/bitbucket", &["vault", "kv", "get", "-field=token", "secret/bitbucket"]),
            (r#"op read "op://Team/Bitbucket token/x""#, &["op", "read", "op://Team/Bitbucket token/x"]),
            (r"pass 'a\b' c\ d", &["pass", r"a\b", "c d"]),
            (r#"a "" b"c d"e"#, &["a", "", "bc de"]),
            (r#"a "\"$(b)\"" ; c"#, &["a", "\"$(b)\"", ";", "c"]),
            ("!pass show x | head -n1", &["sh", "-c", "pass show x | head -n1"]),
        ];
        for (text, words) in cases {
            assert_eq!(
                split(text).as_deref(),
                Some(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>().as_slice()),
                "{text}"
            );
        }
    }

    #[test]
    fn an_open_quote_or_nothing_at_all_is_no_command() {
        for text in ["", "  ", "a 'b", "a \"b", "a \\"] {
            assert_eq!(split(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn words_in_quotes_come_back_whole(words in proptest::collection::vec("[^'!]{0,12}", 1..5), junk in any::<String>()) {
            let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
            prop_assert_eq!(split(&quoted.join(" ")), Some(words));
            prop_assert!(split(&junk).is_none_or(|words| !words.is_empty()));
        }
    }
}
