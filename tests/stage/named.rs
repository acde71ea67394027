//! Tables of promises name the tests that hold them; here is found out whether such a test exists.

use std::fs;

/// Whether `module::test` is a test of ours: in a story, or beside the code.
pub fn is_a_test(test: &str) -> bool {
    let mut rooms: Vec<&str> = test.split("::").filter(|part| *part != "tests").collect();
    let name = rooms.pop().unwrap_or_default();
    let place = rooms.join("/");
    let files = ["tests", "src"].map(|top| [format!("{top}/{place}.rs"), format!("{top}/{place}/mod.rs")]).concat();
    files.into_iter().any(|file| fs::read_to_string(file).is_ok_and(|text| has_test(&text, name)))
}

fn has_test(text: &str, name: &str) -> bool {
    let mut after = text.split("#[test]").skip(1);
    after.any(|rest| {
        rest.trim_start()
            .strip_prefix("fn ")
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with('('))
    })
}

#[test]
fn a_test_that_is_not_there_is_missed() {
    assert!(is_a_test("stage::named::a_test_that_is_not_there_is_missed"));
    assert!(!is_a_test("stage::named::a_test_that_is") && !is_a_test("stage::named::is_a_test"));
    assert!(!is_a_test("clone::no_such_story") && !is_a_test("no_such_file::no_such_story"));
}
