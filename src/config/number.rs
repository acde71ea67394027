//! Numbers as Git reads them: as C does, in three bases, with a unit behind (git-config, "integer"; parse.c,
//! `git_parse_signed`). It knows no key.

/// The number; `None` where Git would say that it is none, or too large.
pub fn git_number(text: &str) -> Option<i32> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, unit) = split_unit(digits);
    let (digits, base) = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (digits, if digits.starts_with('0') { 8 } else { 10 }),
    };
    // `from_str_radix` takes a second sign
    let number = i64::from_str_radix(digits, base).ok().filter(|_| digits.chars().all(|digit| digit.is_digit(base)))?;
    i32::try_from(number.checked_mul(unit)? * sign).ok()
}

fn split_unit(digits: &str) -> (&str, i64) {
    let units = [('k', 1 << 10), ('m', 1 << 20), ('g', 1 << 30)];
    let unit = |(letter, unit): (char, i64)| Some((digits.strip_suffix([letter, letter.to_ascii_uppercase()])?, unit));
    units.into_iter().find_map(unit).unwrap_or((digits, 1))
}
