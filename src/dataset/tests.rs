use serde_json::json;

use super::*;

#[test]
fn the_ending_of_the_name_says_how_to_read_a_file() {
    for (name, format) in [
        ("a.csv", Format::Csv),
        ("a.b/c.JSONL", Format::JsonLines),
        ("c.ndjson", Format::JsonLines),
        ("x.csv.npz", Format::Npz),
    ] {
        assert_eq!(Format::of(Path::new(name)), Ok(format), "{name}");
    }
    for name in ["a", "a.txt", "csv", "a.csv.gz", "a.json", ".npz"] {
        let problem = Format::of(Path::new(name)).unwrap_err().to_string();
        assert_eq!(
            problem, "its name must end in .csv, .jsonl (or .ndjson) or .npz, which says how to read it",
            "{name}"
        );
    }
}

#[test]
fn what_a_system_is_handed_is_written_as_short_as_it_was_read() {
    let numbers = Dataset::from_csv(b"a,b\n0.1,2\n").unwrap();
    assert_eq!(serde_json::to_string(&numbers.input(0)).unwrap(), "[0.1,2.0]");
    assert_eq!(serde_json::to_string(&numbers.cell(0, 0)).unwrap(), "0.1");
    assert_eq!(numbers.cell(0, 2), None);
    let values = Dataset::from_jsonl(b"{\"a\":\"x\"}\n{\"a\":0.1}").unwrap();
    assert_eq!(serde_json::to_string(&values.input(1)).unwrap(), "{\"a\":0.1}");
    assert_eq!(serde_json::to_string(&values.cell(0, 0)).unwrap(), "\"x\"");
}

#[test]
fn the_same_rows_are_the_same_dataset_in_text_of_either_kind() {
    let csv = Dataset::from_csv(b"a,b,label\n0.1,-2e-3,cat\n16777217,4,7\n").unwrap();
    let text = b"{\"a\":0.1,\"b\":-2e-3,\"label\":\"cat\"}\n{\"a\":16777217,\"b\":4,\"label\":7}\n";
    assert_eq!(Dataset::from_jsonl(text).unwrap(), csv);
    assert_ne!(Dataset::from_jsonl(b"{\"a\":1}").unwrap(), Dataset::from_jsonl(b"{\"b\":1}").unwrap());
}

#[test]
fn a_mark_before_the_first_character_is_no_part_of_it() {
    assert_eq!(Dataset::from_csv("\u{feff}a\n1\n".as_bytes()).unwrap().columns(), ["a"]);
    assert_eq!(Dataset::from_jsonl("\u{feff}{\"a\":1}\n".as_bytes()).unwrap().columns(), ["a"]);
}

#[test]
fn messages_are_short_whatever_a_file_holds() {
    let long = "x".repeat(10_000);
    for problem in [
        Dataset::from_csv(format!("{long}\n{long}\n").as_bytes()).unwrap_err(),
        Dataset::from_jsonl(format!("{{\"{long}\":1}}\n{{\"{long}\":\"{long}\"}}\n").as_bytes()).unwrap_err(),
        Dataset::from_jsonl(format!("{{\"{long}\":1}}\n{{\"a\":1}}\n").as_bytes()).unwrap_err(),
    ] {
        assert!(problem.to_string().len() < 300, "{problem}");
    }
    let values = Dataset::from_jsonl(json!({long.as_str(): long.as_str()}).to_string().as_bytes()).unwrap();
    assert!(values.numbers().unwrap_err().len() < 300);
}
