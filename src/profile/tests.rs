use super::*;
use crate::result::{BenchmarkResult, RunResult};

/// A round whose queries have these times in all, and these in each stage.
fn round(latencies: &[u64], stages: &[(&str, &[u64])]) -> RoundRecord {
    let times = |all: &[u64]| all.iter().map(|&time| Some(time)).collect::<Vec<_>>();
    let mut record = RoundRecord::default();
    record.latencies = latencies.to_vec();
    record.stages = stages.iter().map(|(name, all)| (*name, times(all))).collect();
    record
}

fn profile_as(scenario: &Scenario, rounds: &[RoundRecord]) -> Profile {
    let benchmark = BenchmarkResult::imported("digits", Vec::new());
    of(RunResult::imported(Vec::new()), benchmark, scenario, rounds).unwrap()
}

fn profile(rounds: &[RoundRecord]) -> Profile {
    profile_as(&Scenario::SingleStream, rounds)
}

fn stage<'a>(profile: &'a Profile, name: &str) -> &'a StagePart {
    profile.stages.iter().find(|stage| stage.name == name).unwrap()
}

/// The stage that is ahead of every other, whatever passes outside of them.
fn ahead(profile: &Profile) -> Option<&str> {
    match &profile.bottleneck {
        Bottleneck::Stage { name, .. } | Bottleneck::Outside { name, .. } => Some(name),
        Bottleneck::Open { .. } | Bottleneck::OneRound | Bottleneck::NoStages => None,
    }
}

/// Two queries: 100 ns in all; `a` takes `part` percent of it, `b` takes 20.
fn usual(part: u64) -> RoundRecord {
    round(&[100, 100], &[("b", &[15, 25]), ("a", &[part, part])])
}

#[test]
fn shares_are_of_all_time_and_what_is_left_is_outside() {
    let profile = profile(&[usual(50), usual(60), usual(70)]);
    let shares: Vec<(&str, f64)> =
        profile.stages.iter().map(|stage| (stage.name.as_str(), (stage.share.mean * 100.0).round())).collect();
    assert_eq!(shares, [("a", 60.0), ("b", 20.0)], "the greatest first");
    let outside = profile.outside.as_ref().unwrap();
    assert!((outside.share.mean - 0.2).abs() < 1e-12);
    assert_eq!((outside.times.as_ref().unwrap().min, outside.times.as_ref().unwrap().max), (5, 35));
    assert_eq!(stage(&profile, "b").share.interval, Some([0.2, 0.2]), "it is the same in every round");
    // Mean 0.6, standard deviation 0.1 over three rounds.
    let [low, high] = stage(&profile, "a").share.interval.unwrap();
    assert!((low - 0.351_586).abs() < 1e-6 && (high - 0.848_414).abs() < 1e-6, "{low} {high}");
    let consistency = profile.consistency.unwrap();
    assert!((consistency.sum.mean - 0.8).abs() < 1e-12);
    assert_eq!(consistency.by_query.unwrap().exceeded, 0);
    assert_eq!(consistency.by_query.unwrap().worst, 0.95);
}

#[test]
fn percentiles_are_of_all_rounds_and_exact() {
    let up: Vec<u64> = (1..=100).collect();
    let more: Vec<u64> = (101..=200).collect();
    let profile = profile(&[round(&up, &[("a", &up)]), round(&more, &[("a", &more)])]);
    let times = &stage(&profile, "a").times;
    assert_eq!(times, &profile.total);
    assert_eq!((times.count, times.p50, times.p90, times.p95), (200, 101, Some(181), Some(191)));
    assert_eq!((times.p99, times.p999, times.min, times.max), (Some(199), None, 1, 200));
    assert_eq!(times.mean, 100.5);
}

#[test]
fn the_bottleneck_is_named_if_it_is_ahead_within_rounds() {
    let found = profile(&[usual(50), usual(60), usual(70)]).bottleneck;
    // Of what both take: 100 − 40 of 140, 120 − 40 of 160, 140 − 40 of 180.
    let Bottleneck::Stage { name, lead: Some(Lead { over, by }) } = found else { panic!("{found:?}") };
    assert_eq!((name.as_str(), over.as_str()), ("a", "b"));
    assert!((by.mean - 0.494_709).abs() < 1e-6 && (by.interval.unwrap()[0] - 0.336_573).abs() < 1e-5, "{by:?}");
}

#[test]
fn a_queue_before_the_stages_does_not_hide_which_is_slowest() {
    let waits = |whole: u64| round(&[whole], &[("a", &[60]), ("b", &[20])]);
    let profile = profile(&[waits(100), waits(200), waits(9000)]);
    assert_eq!(stage(&profile, "a").share.interval.unwrap()[0], 0.0, "of all time it may be little");
    let Bottleneck::Outside { name, lead: Some(lead) } = &profile.bottleneck else {
        panic!("{:?}", profile.bottleneck)
    };
    assert_eq!((name.as_str(), lead.over.as_str()), ("a", "b"), "of the stages it takes most");
}

#[test]
fn a_stage_that_takes_less_than_what_is_outside_is_no_bottleneck() {
    let part =
        |time: u64| profile(&[round(&[100], &[("a", &[time])]), round(&[100], &[("a", &[time + 1])])]).bottleneck;
    assert_eq!(part(1), Bottleneck::Outside { name: "a".to_owned(), lead: None });
    assert_eq!(part(49), Bottleneck::Outside { name: "a".to_owned(), lead: None }, "49.5 against 50.5 of 100");
    assert_eq!(part(50), Bottleneck::Stage { name: "a".to_owned(), lead: None });
}

#[test]
fn a_difference_of_two_parts_of_a_whole_is_no_more_than_the_whole() {
    let found = profile(&[usual(70), round(&[100], &[("a", &[99]), ("b", &[1])])]).bottleneck;
    let (Bottleneck::Stage { lead, .. } | Bottleneck::Outside { lead, .. }) = &found else {
        let Bottleneck::Open { lead, .. } = &found else { panic!("{found:?}") };
        assert_eq!(lead.by.interval, Some([-1.0, 1.0]));
        return;
    };
    panic!("two rounds so far apart tell nothing: {lead:?}");
}

#[test]
fn it_stays_open_where_the_order_changes_from_round_to_round() {
    let open = profile(&[usual(10), usual(60), usual(30)]);
    let Bottleneck::Open { name, lead } = &open.bottleneck else { panic!("{:?}", open.bottleneck) };
    assert_eq!((name.as_str(), lead.over.as_str(), open.bottleneck.name()), ("a", "b", None));
    assert_eq!(profile(&[usual(60)]).bottleneck, Bottleneck::OneRound);
    let alone = round(&[10], &[("a", &[9])]);
    let only = Bottleneck::Stage { name: "a".to_owned(), lead: None };
    assert_eq!(profile(std::slice::from_ref(&alone)).bottleneck, only, "there is no other");
    assert_eq!(profile(&[round(&[10], &[])]).bottleneck, Bottleneck::NoStages);
}

#[test]
fn shares_that_move_together_are_told_apart_though_their_intervals_overlap() {
    let both = |level: u64| round(&[1000], &[("a", &[level + 20]), ("b", &[level])]);
    let profile = profile(&[both(100), both(200), both(300), both(150)]);
    let [a, b] = ["a", "b"].map(|name| stage(&profile, name).share.interval.unwrap());
    assert!(a[0] < b[1], "{a:?} {b:?}");
    assert_eq!(ahead(&profile), Some("a"));
}

#[test]
fn of_many_stages_more_is_asked() {
    let part = |level: u64| {
        let others: Vec<(String, [u64; 1])> = (0..9).map(|number| (format!("s{number}"), [20])).collect();
        let others = others.iter().map(|(name, time)| (name.as_str(), time.as_slice()));
        let stages: Vec<(&str, &[u64])> = others.chain([("a", std::slice::from_ref(&level))]).collect();
        round(&[1000], &stages)
    };
    // 80 of 280, 120 of 320 and 160 of 360 more: t is 8.0 with two degrees; 95 % takes 4.3, a ninth of 5 % takes 13.4.
    let rounds = [part(100), part(140), part(180)];
    assert_eq!(ahead(&profile(&rounds)), None);
    let two = |level: u64| round(&[1000], &[("a", &[level]), ("b", &[20])]);
    assert_eq!(ahead(&profile(&[two(100), two(140), two(180)])), Some("a"));
}

#[test]
fn stages_beyond_their_query_are_counted_and_nothing_is_outside() {
    // The first overlaps, the second has a stage of another clock, the third differs by rounding.
    let odd = round(&[100, 100, 1000], &[("a", &[80, 150, 500]), ("b", &[80, 10, 505])]);
    let profile = profile(&[odd.clone(), odd]);
    assert_eq!(profile.outside, None, "their sum is more than all of the time");
    let consistency = profile.consistency.unwrap();
    let by_query = consistency.by_query.unwrap();
    assert_eq!((by_query.exceeded, by_query.outlasted, by_query.worst), (4, 2, 1.6));
    assert!((consistency.sum.mean - 1325.0 / 1200.0).abs() < 1e-12);
}

#[test]
fn a_query_without_stages_is_all_outside() {
    let mut some = round(&[100, 100], &[]);
    some.stages = [("a", vec![Some(80), None])].into_iter().collect();
    let profile = profile(&[some.clone(), some]);
    assert!((stage(&profile, "a").share.mean - 0.4).abs() < 1e-12);
    assert_eq!(stage(&profile, "a").times.count, 2);
    let consistency = profile.consistency.unwrap();
    assert_eq!((consistency.queries, consistency.reporting), (4, 2));
    assert_eq!(profile.outside.unwrap().times.unwrap().p50, 20, "of what reported stages");
}

#[test]
fn without_stages_there_is_the_whole_alone() {
    let profile = profile(&[round(&[5, 7], &[])]);
    assert_eq!((profile.total.p50, profile.total.max), (7, 7));
    assert_eq!((profile.stages.len(), &profile.outside, &profile.consistency, &profile.tail), (0, &None, &None, &None));
    let benchmark = BenchmarkResult::imported("a", Vec::new());
    assert_eq!(of(RunResult::imported(Vec::new()), benchmark, &Scenario::SingleStream, &[]), None);
}

/// A hundred queries of 100 ns, of which `a` takes 60 and `b` 20; the slowest five take 200 more, and `b` all of that.
fn with_tail(jitter: u64) -> RoundRecord {
    let slow = |query: u64| u64::from(query % 20 == 3);
    let times = |of: &dyn Fn(u64) -> u64| (0..100).map(of).collect::<Vec<u64>>();
    let b = times(&|query| 20 + slow(query) * (200 + jitter));
    let whole = times(&|query| 100 + slow(query) * (200 + jitter));
    round(&whole, &[("a", &[60; 100]), ("b", &b)])
}

#[test]
fn what_grows_in_the_slowest_queries_may_be_another_stage() {
    let profile = profile(&[with_tail(0), with_tail(10), with_tail(20)]);
    assert_eq!(profile.bottleneck.name(), Some("a"));
    let tail = profile.tail.as_ref().unwrap();
    assert_eq!((tail.slowest, tail.queries, &tail.growth), (0.05, 15, &Growth::Stage("b".to_owned())));
    assert!((tail.mean - 310.0).abs() < 1e-9, "{tail:?}");
    // The mean of all is 100 + 210 / 20.
    assert!((tail.excess - (310.0 - 110.5)).abs() < 1e-9, "{tail:?}");
    let b = stage(&profile, "b").in_tail.unwrap();
    assert!((b.share.mean - 230.0 / 310.0).abs() < 1e-3 && (b.of_excess.unwrap().mean - 1.0).abs() < 1e-9, "{b:?}");
    let a = stage(&profile, "a").in_tail.unwrap();
    assert!(a.of_excess.unwrap().mean.abs() < 1e-9, "{a:?}");
    assert!(profile.outside.unwrap().in_tail.unwrap().of_excess.unwrap().mean.abs() < 1e-9);
}

#[test]
fn waiting_that_grows_is_outside_of_all_stages() {
    let waits = |longer: u64| {
        let whole: Vec<u64> = (0..1000).map(|query| if query % 100 == 7 { 900 + longer } else { 100 }).collect();
        round(&whole, &[("a", &[60; 1000]), ("b", &[20; 1000])])
    };
    let tail = profile(&[waits(0), waits(30), waits(60)]).tail.unwrap();
    assert_eq!((tail.slowest, tail.queries, tail.growth), (0.01, 30, Growth::Outside));
}

#[test]
fn queries_that_hardly_differ_have_no_tail_and_few_have_none_either() {
    let even = round(&[100; 100], &[("a", &[60; 100])]);
    let profile = profile(&[even.clone(), even]);
    assert_eq!(profile.tail.as_ref().unwrap().growth, Growth::None);
    assert_eq!(stage(&profile, "a").in_tail.unwrap().of_excess, None);
    assert_eq!(super::tests::profile(&[usual(50), usual(60)]).tail, None, "two queries have no slowest");
}

#[test]
fn offline_a_share_is_of_the_round() {
    let offline = toml("scenario = \"offline\"");
    let mut one = round(&[500, 1000], &[("a", &[400, 400]), ("b", &[50, 50])]);
    one.span = 1000;
    let profile = profile_as(&offline, &[one.clone(), one]);
    assert_eq!(profile.basis, Basis::Span);
    assert_eq!((stage(&profile, "a").share.mean, stage(&profile, "b").share.mean), (0.8, 0.1));
    assert!((profile.outside.as_ref().unwrap().share.mean - 0.1).abs() < 1e-12);
    assert_eq!((profile.outside.unwrap().times, profile.tail), (None, None));
    assert_eq!(profile.consistency.unwrap().by_query, None);
}

/// The scenario that a configuration with this line has.
fn toml(line: &str) -> Scenario {
    let text = format!("[[benchmark]]\nname = \"a\"\nworker = [\"w\"]\n{line}\n");
    crate::config::parse(&text).unwrap().benchmarks.remove(0).scenario
}
