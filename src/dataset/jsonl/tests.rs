use serde_json::json;

use super::super::{Cell, Input};
use super::*;

fn data(text: &str) -> Dataset {
    read(text.as_bytes()).unwrap()
}

fn problem(text: &str) -> String {
    read(text.as_bytes()).unwrap_err().to_string()
}

fn not_numbers(text: &str) -> String {
    data(text).numbers().unwrap_err()
}

#[test]
fn objects_of_numbers_are_rows_with_the_columns_of_the_first_line() {
    let data = data("{\"b\":1,\"a\":2.5,\"label\":\"cat\"}\n\n  {\"label\":7,\"a\":4,\"b\":3}\r\n");
    assert_eq!((data.len(), data.width()), (2, 2));
    assert_eq!(data.columns(), ["b", "a"]);
    assert_eq!([data.features(0), data.features(1)], [[1.0, 2.5], [3.0, 4.0]]);
    assert_eq!((data.column("a"), data.column("label")), (Some(1), None));
    assert!(data.label(0).unwrap().is_answered_by(&json!("cat")));
    assert!(data.label(1).unwrap().is_answered_by(&json!(7)));
}

#[test]
fn lists_are_flattened_with_their_positions_in_the_names() {
    let nested = data("{\"at\":[1,2],\"m\":[[3],[4]],\"t\":5}\n{\"t\":50,\"m\":[[30],[40]],\"at\":[10,20]}\n");
    assert_eq!(nested.columns(), ["at.0", "at.1", "m.0.0", "m.1.0", "t"]);
    assert_eq!(nested.features(1), [10.0, 20.0, 30.0, 40.0, 50.0]);
    let plain = data("[1,2]\n[3,4]");
    assert_eq!(
        (plain.columns(), plain.features(1)),
        (["x0".to_owned(), "x1".to_owned()].as_slice(), [3.0, 4.0].as_slice())
    );
    assert!(!plain.is_labelled());
    assert_eq!(data("[[1,2],[3,4]]").columns(), ["x0.0", "x0.1", "x1.0", "x1.1"]);
}

#[test]
fn anything_else_in_the_first_line_makes_samples_json_values() {
    let prompts =
        data("{\"prompt\":\"hi\",\"n\":1,\"label\":true}\n{\"n\":2,\"prompt\":null,\"label\":false,\"more\":{}}\n");
    assert_eq!((prompts.len(), prompts.width(), prompts.features(0).len()), (2, 0, 0));
    assert_eq!(prompts.input(3), Input::Json(&json!({"n": 2, "prompt": null, "more": {}})));
    assert_eq!(prompts.columns(), ["prompt", "n"], "what all of them have");
    assert_eq!(prompts.cell(0, 0), Some(Cell::Json(&json!("hi"))));
    assert!(prompts.label(0).unwrap().is_answered_by(&json!(true)));
    let texts = data("\"one\"\n{\"two\":2}\n3\n");
    assert_eq!(texts.input(0), Input::Json(&json!("one")));
    assert!(texts.columns().is_empty() && !texts.is_labelled());
    assert_eq!(texts.cell(1, 0), None);
}

#[test]
fn why_samples_are_not_numbers_is_told() {
    let told = "its samples are JSON values and not rows of numbers, because ";
    assert_eq!(not_numbers("{\"a\":1,\"b\":\"x\"}"), format!("{told}`b` in line 1 is the text `x`"));
    assert_eq!(not_numbers("\n{\"a\":[1,[true]]}"), format!("{told}`a.1.0` in line 2 is true"));
    assert_eq!(not_numbers("[1,null]"), format!("{told}`x1` in line 1 is null"));
    assert_eq!(not_numbers("[]"), format!("{told}line 1 is an empty list"));
    assert_eq!(not_numbers("3"), format!("{told}line 1 is a single number and not a list"));
    assert_eq!(not_numbers("{\"a\":{\"b\":1}}"), format!("{told}`a` in line 1 is an object"));
}

#[test]
fn lines_of_numbers_are_all_of_one_shape() {
    let after = |line: &str| problem(&format!("{{\"a\":1,\"b\":[1,2]}}\n{line}\n"));
    assert_eq!(after("{\"a\":\"x\",\"b\":[1,2]}"), "line 2: `a` is the text `x`, expected a number as in line 1");
    assert_eq!(after("{\"a\":1,\"b\":[1,null]}"), "line 2: `b.1` is null, expected a number as in line 1");
    assert_eq!(
        after("{\"a\":1,\"b\":[1,2,3]}"),
        "line 2: `b` is a list of 3, expected a list of 2 as in line 1 (samples may differ in shape where they are JSON \
         values, which any text in the first line makes them)"
    );
    assert_eq!(after("{\"a\":1,\"b\":2}"), "line 2: `b` is 2, expected a list of 2 as in line 1");
    assert_eq!(after("{\"a\":1}"), "line 2: lacks the key `b` of line 1; all lines of numbers have the same keys");
    assert!(after("{\"a\":1,\"b\":[1,2],\"c\":3}").starts_with("line 2: has a key `c` that line 1 lacks"));
    assert_eq!(after("{\"a\":1,\"b\":[1,2],\"a\":1}"), "line 2: the key `a` comes twice");
    assert_eq!(after("[1,2]"), "line 2: is a list of 2, expected an object of numbers as in line 1");
    assert_eq!(
        after("{\"a\":-1e300,\"b\":[1,2]}"),
        "line 2: `a` is -1e+300, expected a number that fits into a 32-bit float as in line 1"
    );
    assert_eq!(problem("[1]\n[\"x\"]"), "line 2: `x0` is the text `x`, expected a number as in line 1");
    assert!(problem("[1]\n[1,2]").starts_with("line 2: is a list of 2, expected a list of 1 as in line 1 ("));
    assert_eq!(problem("[1]\n{\"a\":1}"), "line 2: is an object, expected a list of numbers as in line 1");
}

#[test]
fn all_lines_have_a_label_or_none() {
    assert_eq!(problem("{\"a\":1,\"label\":1}\n{\"a\":1}"), "line 2: has no `label`, expected one as in line 1");
    assert_eq!(problem("{\"a\":\"\",\"label\":1}\n\"b\""), "line 2: has no `label`, expected one as in line 1");
    assert_eq!(
        problem("{\"a\":1}\n{\"a\":1,\"label\":1}"),
        "line 2: has a `label`, but line 1 has none; label all lines or none"
    );
    assert_eq!(
        problem("{\"a\":1,\"label\":null}"),
        "line 1: `label` is null, expected a text, a number, true or false"
    );
    assert_eq!(problem("{\"a\":1,\"label\":1,\"label\":2}"), "line 1: the key `label` comes twice");
    assert!(problem("{\"label\":1}").starts_with("line 1: holds nothing to hand to the system under test"));
}

#[test]
fn what_is_not_json_is_told_with_its_line_and_column() {
    assert_eq!(problem(""), "it is empty; expected a JSON value on each line");
    assert_eq!(problem(" \n\r\n"), "it is empty; expected a JSON value on each line");
    assert_eq!(
        problem("{\"a\":1}\n\n{\"a\":}"),
        "line 3: not JSON at column 6: expected value; expected a JSON value on each line"
    );
    assert!(problem("{\n\"a\": 1\n}").starts_with("line 1: not JSON at column 1: EOF while parsing an object"));
    assert!(problem("[1] [2]").contains("trailing characters"));
    assert!(problem("{\"a\":\"x\",\"a\":1}").contains("the key `a` comes twice"));
    assert!(problem(&"[".repeat(100_000)).contains("recursion limit"));
    assert!(read(b"{\"a\":\"\xff\"}").unwrap_err().to_string().starts_with("line 1: not JSON at column"));
}
