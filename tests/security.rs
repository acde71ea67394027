//! The table of threats in `SECURITY.md`: every row is there, and every test that it names is in the sources.

use crate::stage::is_a_test;
use std::collections::BTreeSet;
use std::fs;

/// How many rows each letter has in the checklist that this project began with.
const ROWS: [(char, u32); 5] = [('P', 11), ('H', 9), ('O', 15), ('K', 11), ('T', 13)];

/// What begins the last cell of a row without a test.
const WITHOUT: &str = "Cannot apply: ";

/// A row's name and its last cell.
fn rows(text: &str) -> Vec<(String, String)> {
    let cells = text.lines().filter_map(|line| Some(line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ")));
    let rows = cells.map(|cells| cells.map(str::to_owned).collect::<Vec<_>>());
    rows.filter(|cells| is_name(&cells[0])).map(|cells| (cells[0].clone(), cells[cells.len() - 1].clone())).collect()
}

fn is_name(cell: &str) -> bool {
    cell.starts_with(|c: char| c.is_ascii_uppercase()) && cell[1..].parse::<u32>().is_ok()
}

fn tests_in(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_threat_has_its_row_once() {
    let found: Vec<String> =
        rows(&fs::read_to_string("SECURITY.md").expect("a page")).into_iter().map(|row| row.0).collect();
    let wanted: Vec<String> =
        ROWS.iter().flat_map(|(letter, count)| (1..=*count).map(move |number| format!("{letter}{number}"))).collect();
    assert_eq!(found, wanted);
}

#[test]
fn every_row_names_a_test_that_exists_or_why_there_is_none() {
    for (row, cell) in rows(&fs::read_to_string("SECURITY.md").expect("a page")) {
        let tests = tests_in(&cell);
        assert!(!tests.is_empty() || cell.starts_with(WITHOUT), "{row} names no test: {cell}");
        let missing: BTreeSet<_> = tests.into_iter().filter(|test| !is_a_test(test)).collect();
        assert!(missing.is_empty(), "{row}: {missing:?}");
    }
}

#[test]
fn only_rows_are_read_as_rows() {
    assert_eq!(rows("| P1 | a | b | `x::y` |\n| Row | c |\n"), [("P1".to_owned(), "`x::y`".to_owned())]);
}
