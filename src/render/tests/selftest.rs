//! A selftest in every format: what it says, and that it fits.

use std::collections::BTreeSet;
use std::time::Duration;

use super::samples::{hostile_names, machine};
use crate::config::{Alpha, Threshold};
use crate::render::{self, Look, plain};
use crate::result::Failure;
use crate::selftest::{Counts, Injection, Means, Need, Selftest, Tested, Verdict};

fn counts(red: u64, unchanged: u64, undecided: u64) -> Counts {
    let checks = red + unchanged + undecided;
    Counts { checks, red, unchanged, undecided, rounds: 27.6, time: Duration::from_millis(8_700) }
}

fn tested(name: &str) -> Tested {
    let injection = |factor: f64| Injection { factor, share: 0.1 * factor };
    Tested {
        name: name.to_owned(),
        threshold: Some(threshold(0.1)),
        identical: counts(0, 19, 1),
        slowed: vec![
            (injection(1.5), counts(4, 1, 2)),
            (injection(2.0), counts(7, 0, 0)),
            (injection(3.0), counts(6, 0, 0)),
        ],
        sees: Some([0.131, 0.142]),
    }
}

fn threshold(share: f64) -> Threshold {
    Threshold::from_share(share).unwrap()
}

fn need(rounds: u32, seconds: u64, within_means: bool) -> Need {
    Need { rounds, time: Duration::from_secs(seconds), within_means }
}

fn selftest(benchmarks: Vec<Tested>) -> Selftest {
    Selftest {
        verdict: Verdict::Holds,
        alpha: Alpha::from_share(0.05).unwrap(),
        seed: 1,
        budget: Duration::from_secs(300),
        took: Duration::from_secs(291),
        asked: ["selftest", "--threshold", "9%", "--config", "my gate.toml"].map(str::to_owned).to_vec(),
        cut_short: 0,
        environment: Some(machine("intel-2c")),
        identical: counts(0, 19, 1),
        benchmarks,
        means: Means { looks: 7, time: Duration::from_secs(300) },
        configured: Some(need(28, 12, true)),
        smallest: Some((threshold(0.03), need(113, 49, true))),
        failures: Vec::new(),
    }
}

fn in_terminal(selftest: &Selftest, width: u16) -> String {
    render::selftest(selftest, &Look { color: false, width: Some(width), verbose: false })
}

#[test]
fn it_says_how_often_it_erred_what_it_sees_and_what_to_set() {
    let expected = "\
perfgate selftest   1 benchmark   20 checks of identical code, 20 of slowed   4.8 min of 5 min

 benchmark  code         checks  red  95 % interval  unchanged  undecided  rounds   time
 digits     identical        20    0    0 to 16.8 %         19          1      28  8.7 s  no alarm
            15 % slower       7    4  18.4 to 90.1 %          1          2      28  8.7 s  found at times
            20 % slower       7    7   59.0 to 100 %          0          0      28  8.7 s  found
            30 % slower       6    6  54.1 to 100 %          0          0      28  8.7 s  found

No false alarm in 20 checks of identical code. The gate promises at most 5 in 100.
";
    let text = in_terminal(&selftest(vec![tested("digits")]), 110);
    let squeezed =
        |text: &str| text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
    assert_eq!(squeezed(&text)[..9], squeezed(expected)[..], "{text}");
    for said in [
        "72 checks without an alarm",
        "`--budget 21m`",
        "from this size on: 14 %.",
        "about 28 rounds, 12 s a check",
        "3 % (about 113 rounds, 49 s a check)",
        "perfgate selftest --config 'my gate.toml' --threshold 3%",
    ] {
        assert!(text.replace(plain::GLUE, " ").contains(said), "{said} is not in\n{text}");
    }
}

#[test]
fn no_line_is_wider_than_the_terminal_and_no_name_is_a_danger() {
    let benchmarks = hostile_names().iter().map(|name| tested(name)).collect();
    let failures = vec![Failure { benchmark: "a|b".to_owned(), reason: "it broke\n::error::boo".to_owned() }];
    let all = Selftest { verdict: Verdict::Failed, failures, ..selftest(benchmarks) };
    for width in [30, 40, 60, 80, 120] {
        let text = in_terminal(&all, width);
        assert!(text.lines().all(|line| plain::width(line) <= usize::from(width)), "{width}:\n{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }
    let markdown = render::markdown::selftest(&all);
    assert!(!markdown.contains("<script>") && markdown.len() < 60_000, "{markdown}");
}

#[test]
fn what_does_not_hold_is_said_first_and_loudly() {
    let bad = |verdict: Verdict| Selftest { verdict, identical: counts(9, 11, 0), ..selftest(vec![tested("digits")]) };
    let alarms = in_terminal(&bad(Verdict::FalseAlarms), 100);
    assert!(alarms.contains("This gate raises false alarms here. 9 of 20 checks"), "{alarms}");
    assert!(!alarms.contains("try it"), "no advice to go on: {alarms}");
    let markdown = render::markdown::selftest(&bad(Verdict::FalseAlarms));
    assert!(markdown.starts_with("### perfgate selftest: the gate raises false alarms here\n"), "{markdown}");
    assert!(in_terminal(&bad(Verdict::Misses), 100).contains("This gate overlooks slowdowns here."));
}

#[test]
fn what_a_check_may_not_take_comes_with_what_to_change() {
    let with = |configured: Option<Need>| {
        let text = in_terminal(&Selftest { configured, ..selftest(vec![tested("digits")]) }, 1000);
        text.replace(plain::GLUE, " ")
    };
    assert!(with(Some(need(226, 400, false))).contains("`budget = \"9m\"` in [gate]"));
    assert!(with(Some(need(226, 40, false))).contains("More `rounds`"));
    assert!(with(None).contains("the noise is too large"));
    let none = Selftest { smallest: None, configured: None, ..selftest(vec![tested("digits")]) };
    assert!(in_terminal(&none, 1000).contains("No threshold gives decided answers"));
}

#[test]
fn several_benchmarks_have_a_line_for_all_together() {
    let text = in_terminal(&selftest(vec![tested("a"), tested("b"), tested("c"), tested("d")]), 110);
    assert!(text.contains("all together"), "{text}");
    let in_one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(in_one_line.contains("14 % (a), 14 % (b), 14 % (c), less for 1 more"), "{text}");
    let calm = |name: &str| Tested { slowed: Vec::new(), identical: counts(0, 20, 0), ..tested(name) };
    let many = selftest((0..30).map(|number| calm(&format!("calm{number}"))).chain([tested("doubtful")]).collect());
    let text = in_terminal(&many, 110);
    assert!(text.contains("doubtful") && text.contains("30 more: no alarm"), "{text}");
    assert!(!text.contains(" calm29 "), "{text}");
    let timeless = Tested { threshold: None, sees: None, slowed: Vec::new(), ..tested("count") };
    let text = in_terminal(&selftest(vec![timeless]), 110);
    assert!(text.contains("No judged metric of count follows time"), "{text}");
    assert!(!text.contains("Decided answers"), "{text}");
}

#[test]
fn colour_says_nothing_that_no_word_says() {
    let all = selftest(vec![tested("digits")]);
    let colored = render::selftest(&all, &Look { color: true, width: Some(100), verbose: false });
    let mut bare = colored.clone();
    for code in ["[2m", "[0m", "[1m", "[1;31m", "[33m", "[39m"] {
        bare = bare.replace(&format!("\u{1b}{code}"), "");
    }
    assert_eq!(bare, in_terminal(&all, 100));
    let codes: BTreeSet<&str> = colored.split("\u{1b}[").skip(1).filter_map(|part| part.split('m').next()).collect();
    assert!(codes.contains("33"), "{codes:?}");
}
