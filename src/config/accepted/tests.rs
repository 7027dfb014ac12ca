//! What is read, what is refused and how it is said, and what an edited file looks like.

use super::*;

const BASE: &str = "3f2a91c07d5e4b8a9c1d2e3f405162738495a6b7";

fn entry(rest: &str) -> String {
    format!("[[accepted]]\nbenchmark = \"digits/server\"\nmetric = \"latency_p50\"\n{rest}\n")
}

fn date(text: &str) -> Date {
    parse_date(text).unwrap()
}

fn accepted(benchmark: &str, term: Term) -> Accepted {
    Accepted {
        benchmark: Covered::parse(benchmark).unwrap(),
        metric: "latency_p50".to_owned(),
        up_to: "25%".parse().unwrap(),
        term,
        why: "it is worth it".to_owned(),
    }
}

/// The only problem: the text it is about, and everything that is said of it.
fn refusal(text: &str) -> String {
    let problems = parse(text).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let Problem { message, place, related, help } = &problems[0];
    let related = related.as_ref().map_or("", |place| place.label.as_str());
    format!("{message}\n{}\n{}\n{related}\n{help}", &text[place.span.clone()], place.label)
}

#[test]
fn an_entry_ends_on_a_day_or_with_its_base_or_with_either() {
    let read = |rest: &str| {
        let text = entry(&format!("up_to = \"25%\"\nwhy = \"it is\\nworth  it\"\n{rest}"));
        parse(&text).unwrap_or_else(|problems| panic!("{problems:#?}")).remove(0)
    };
    let day = date("2026-12-31");
    for (rest, term) in [
        ("until = \"2026-12-31\"".to_owned(), Term::Until(day)),
        ("until = 2026-12-31".to_owned(), Term::Until(day)),
        (format!("base = \"{}\"", BASE.to_uppercase()), Term::Base(BASE.to_owned())),
        (format!("until = \"2026-12-31\"\nbase = \"{BASE}\""), Term::Either(day, BASE.to_owned())),
    ] {
        assert_eq!(read(&rest), accepted("digits/server", term), "{rest}");
    }
    assert_eq!(parse(""), Ok(Vec::new()), "a file without entries accepts nothing");
}

#[test]
fn a_star_is_every_scenario_and_nothing_else() {
    let all = Covered::parse("digits/*").unwrap();
    assert!(all.includes("digits/server") && !all.includes("digits") && !all.includes("digits2/server"));
    assert!(!Covered::parse("digits").unwrap().includes("digits/server"));
    for text in ["*", "/*", "dig*", "*/server", "a/*/*"] {
        assert!(Covered::parse(text).is_err(), "{text}");
    }
}

#[test]
fn an_entry_without_a_reason_is_shown_at_its_place() {
    let expected = "[[accepted]] has no `why`\n[[accepted]]\n`why` is missing\n\n\
        for example `why = \"exact rounding costs one more pass\"`";
    assert_eq!(refusal(&entry("up_to = 0.25\nuntil = \"2026-12-31\"")), expected);
    let empty = refusal(&entry("up_to = 0.25\nuntil = \"2026-12-31\"\nwhy = \" \""));
    assert!(empty.contains("\n\" \"\nthe reason is empty"), "{empty}");
}

#[test]
fn every_fault_names_what_was_expected() {
    let rest = "why = \"x\"\n";
    for (text, said) in [
        ("up_to = 0.25", "does not say until when"),
        ("up_to = 25\nuntil = \"2026-12-31\"", "write `up_to = \"25%\"`"),
        ("up_to = 0\nuntil = \"2026-12-31\"", "this accepts nothing"),
        ("up_to = 0.1\nuntil = \"2026-02-30\"", "there is no such day"),
        ("up_to = 0.1\nuntil = \"31.12.2026\"", "`31.12.2026` is not a day"),
        ("up_to = 0.1\nuntil = 2026-12-31T10:00:00", "is more than a day"),
        ("up_to = 0.1\nuntil = 20261231", "this is a whole number"),
        ("up_to = 0.1\nbase = \"3f2a91c\"", "`git rev-parse 3f2a91c`"),
        ("up_to = 0.1\nbase = \"main\"", "branches and tags move"),
        ("up_to = 0.1\nuntill = \"2026-12-31\"", "did you mean `until`?"),
        ("up_to = 0.1\nuntil = \"2026-12-31\"\nthreshold = 1", "the keys of [[accepted]] are benchmark"),
    ] {
        let told = refusal(&entry(&format!("{rest}{text}")));
        assert!(told.contains(said), "{text}: {told}");
    }
    let misspelt = refusal(&entry("up_to = 0.1\nuntill = \"2026-12-31\"\nwhy = \"x\""));
    assert!(misspelt.contains("`perfgate schema accepted`"), "{misspelt}");
}

#[test]
fn what_is_no_entry_is_refused_with_a_way_out() {
    assert!(refusal("[[accept]]\nmetric = \"x\"\n").contains("did you mean `[[accepted]]`?"));
    assert!(refusal("metric = \"x\"\n").contains("not in a section"));
    assert!(refusal("[accepted\n").contains("write it as `[[accepted]]`"));
    let single = entry("up_to = 0.1\nuntil = \"2026-12-31\"\nwhy = \"x\"").replace("[[accepted]]", "[accepted]");
    assert!(refusal(&single).contains("one pair of brackets is missing"));
}

#[test]
fn the_same_row_cannot_be_accepted_twice() {
    let one = entry("up_to = 0.1\nuntil = \"2026-12-31\"\nwhy = \"x\"");
    let told = refusal(&(one.clone() + &one));
    assert!(told.contains("two entries are about `latency_p50` of `digits/server`"), "{told}");
    assert!(told.contains("first accepted here"), "{told}");
    let other = one.replace("digits/server", "digits/*");
    assert_eq!(parse(&(one + &other)).unwrap().len(), 2, "the name and the star are two things");
}

#[test]
fn everything_wrong_is_reported_at_once() {
    let text = entry("up_to = \"much\"\nuntil = \"soon\"\nwhy = 5");
    assert_eq!(parse(&text).unwrap_err().len(), 3);
}

#[test]
fn a_new_file_begins_with_what_it_is_for() {
    let text = put("", &[accepted("digits/server", Term::Either(date("2026-12-31"), BASE.to_owned()))]).unwrap();
    let expected = format!(
        "\
# Worsenings that are intended: `perfgate check` shows them and stays green.
# Written by `perfgate accept`; all keys: `perfgate schema accepted`.

[[accepted]]
benchmark = \"digits/server\"
metric = \"latency_p50\"
up_to = \"25%\"
until = \"2026-12-31\"
base = \"{BASE}\"
why = \"it is worth it\"
"
    );
    assert_eq!(text, expected);
}

#[test]
fn what_stands_in_the_file_stays_and_the_same_row_is_replaced() {
    let before = format!(
        "# ours\n\n# about p50\n{}# the end\n",
        entry("up_to = 0.1 # little\nbase = \"3f2a91c07d5e4b8a9c1d2e3f405162738495a6b7\"\nwhy = \"x\"\n")
    );
    let until = Term::Until(date("2026-12-31"));
    let after = put(&before, &[accepted("digits/server", until.clone()), accepted("b \"q\"", until.clone())]).unwrap();
    for kept in ["# ours\n", "# about p50\n[[accepted]]\n", "up_to = \"25%\" # little\n"] {
        assert!(after.contains(kept), "{kept:?} is not in\n{after}");
    }
    assert!(!after.contains("base ="), "{after}");
    let entries = parse(&after).unwrap_or_else(|problems| panic!("{problems:#?}\n{after}"));
    assert_eq!(entries, [accepted("digits/server", until.clone()), accepted("b \"q\"", until)]);
}

#[test]
fn whatever_is_written_is_read_as_it_was() {
    let odd = ["a\\b", "'q' \"w\"", "日本", "# no comment", "]] = ["];
    for why in odd {
        for share in ["0.3%", "7%", "25%", "150%"] {
            let entry = Accepted {
                why: why.to_owned(),
                up_to: share.parse().unwrap(),
                ..accepted("x/*", Term::Base(BASE.to_owned()))
            };
            let inline =
                "accepted = [{ benchmark = \"i\", metric = \"m\", up_to = 0.5, until = 2026-01-01, why = \"w\" }]\n";
            for before in ["", "\n\n", inline] {
                let text = put(before, std::slice::from_ref(&entry)).unwrap();
                let read = parse(&text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
                assert_eq!(read.last(), Some(&entry), "{text}");
            }
        }
    }
}

#[test]
fn a_flag_says_the_day_or_the_days_from_now() {
    let today = date("2026-01-31");
    let until = |text: &str| text.parse::<Until>().map(|until| until.from(today).unwrap().to_string());
    assert_eq!(until("2026-12-31").unwrap(), "2026-12-31");
    assert_eq!(until("+30d").unwrap(), "2026-03-02");
    for text in ["30", "30d", "+30", "+d", "+-1d", "soon", "2026-13-01", "+99999d"] {
        assert!(until(text).is_err(), "{text}");
    }
}
