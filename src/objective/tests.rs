use super::*;

fn attained(share: f64, rounds: &[(u64, u64)]) -> Attainment {
    let rounds = rounds.iter().map(|&(within, queries)| Within { within, queries }).collect();
    Attainment::new(Objective::new(share, 100_000_000).unwrap(), rounds).unwrap()
}

fn said(share: f64, rounds: &[(u64, u64)]) -> String {
    let examined = examine(&attained(share, rounds), ALPHA);
    sentence(&examined, examined.alone(ALPHA))
}

#[test]
fn without_a_query_over_it_an_objective_is_met_from_the_number_on_that_logarithms_give() {
    for (share, alpha, queries) in [(0.999, 0.05, 2995), (0.99, 0.05, 299), (0.9, 0.05, 29), (0.999, 0.01, 4603)] {
        assert_eq!(flawless(share, alpha), queries);
        let answer = |queries: u64| {
            let rounds = [queries / 2, queries.div_ceil(2)].map(|queries| (queries, queries));
            examine(&attained(share, &rounds), alpha).alone(alpha)
        };
        assert_eq!(answer(queries), Answer::Met);
        assert!(matches!(answer(queries - 1), Answer::NotProven(proof) if proof.as_measured == Some(queries)));
    }
}

#[test]
fn an_objective_is_violated_if_so_few_would_be_rare() {
    // Of 100 queries at 99 %, four or more are over the bound in 1.8 % of the cases, two or more in 26 %.
    assert_eq!(examine(&attained(0.99, &[(48, 50); 2]), ALPHA).alone(ALPHA), Answer::Violated);
    assert!(matches!(examine(&attained(0.99, &[(49, 50); 2]), ALPHA).alone(ALPHA), Answer::NotProven(_)));
}

#[test]
fn what_is_violated_alone_has_its_upper_bound_below_the_objective() {
    for rounds in [
        &[(48, 50), (48, 50)][..],
        &[(90, 100), (97, 100), (95, 100)],
        &[(99, 100), (99, 100)],
        &[(60, 100), (99, 100)],
    ] {
        let examined = examine(&attained(0.99, rounds), ALPHA);
        let [_, high] = examined.certainty.unwrap().bounds;
        assert_eq!(examined.alone(ALPHA) == Answer::Violated, high < 0.99, "{rounds:?}: {examined:?}");
    }
}

#[test]
fn one_round_proves_nothing_of_other_starts_however_many_queries_it_has() {
    for round in [(1_000_000, 1_000_000), (1, 1_000_000)] {
        let examined = examine(&attained(0.99, &[round]), ALPHA);
        assert_eq!((examined.alone(ALPHA), examined.certainty), (Answer::OneRound, None));
    }
    assert_eq!(
        said(0.99, &[(400, 400)]),
        "not proven, 100 % of 400 queries in 1 round within 100 ms, 0 % of the error budget used: one round is one start, which \
         says nothing of others; at least 2 rounds are needed"
    );
}

#[test]
fn rounds_that_differ_prove_less_than_as_many_queries_alike() {
    let alike = examine(&attained(0.95, &[(980, 1000); 5]), ALPHA);
    let apart = examine(&attained(0.95, &[(1000, 1000), (1000, 1000), (1000, 1000), (1000, 1000), (900, 1000)]), ALPHA);
    assert_eq!((alike.all, alike.alone(ALPHA)), (apart.all, Answer::Met));
    assert!(matches!(apart.alone(ALPHA), Answer::NotProven(_)), "{apart:?}");
}

#[test]
fn so_many_queries_as_are_said_to_prove_it_do_and_clearly_fewer_do_not() {
    for (within, rounds) in [(995, 2), (994, 3), (992, 4)] {
        let repeated =
            |times: usize| examine(&attained(0.99, &vec![(within, 1000); rounds * times]), 0.001).alone(0.001);
        let Answer::NotProven(Proof { as_measured: Some(needed), .. }) = repeated(1) else {
            panic!("{:?}", repeated(1))
        };
        let times = needed.div_ceil(1000 * rounds as u64) as usize;
        assert_eq!(repeated(times), Answer::Met, "{within} of 1000: {needed}");
        assert!(times == 1 || repeated(times - 1) != Answer::Met, "{within} of 1000: {needed}");
    }
}

#[test]
fn at_a_share_that_is_too_small_no_number_proves_it_and_some_number_refutes_it() {
    let examined = examine(&attained(0.999, &[(997, 1000); 2]), 0.001);
    let Answer::NotProven(proof) = examined.alone(0.001) else { panic!("{examined:?}") };
    assert_eq!((proof.as_measured, proof.flawless), (None, 6905));
    assert!(proof.to_decide.is_some_and(|queries| (2_001..20_000).contains(&queries)), "{proof:?}");
    let edge = examine(&attained(0.99, &[(99, 100), (99, 100)]), ALPHA);
    assert!(matches!(edge.alone(ALPHA), Answer::NotProven(Proof { as_measured: None, to_decide: None, .. })));
}

#[test]
fn the_words_are_those_of_the_numbers() {
    assert_eq!(
        said(0.999, &[(12_285, 12_288); 2]),
        "met, 99.976 % of 24,576 queries in 2 rounds within 100 ms (at least 99.951 % if other starts are like these), 24 % of the \
         error budget used"
    );
    assert_eq!(
        said(0.999, &[(498_500, 500_000); 2]),
        "violated, 99.7 % of 1,000,000 queries in 2 rounds within 100 ms (at most 99.71 % if other starts are like these), 300 % of \
         the error budget used"
    );
    assert_eq!(
        said(0.999, &[(500, 500), (500, 500)]),
        "not proven, 100 % of 1,000 queries in 2 rounds within 100 ms (at least 99.7 %, at most 100 % if other starts are like \
         these; 99.9 % are asked for), 0 % of the error budget used: 2,995 queries \
         without one over it would prove it; there were 1,000"
    );
    let open = said(0.99, &[(149, 150); 2]);
    assert!(open.starts_with("not proven, 99.33 % of 300 queries in 2 rounds within 100 ms (at least 97.9"), "{open}");
    assert!(open.contains(" 67 % of the error budget used: about ") && open.ends_with("; there were 300"), "{open}");
    let wrong = said(0.99, &[(98, 100); 2]);
    assert!(
        wrong.ends_with("200 % of the error budget used: no number of queries proves it if the share stays"),
        "{wrong}"
    );
    let edge = said(0.99, &[(99, 100); 2]);
    assert!(edge.ends_with(
        "100 % of the error budget used: a share of just what is asked for is proven by no number of queries"
    ));
}

#[test]
fn a_share_is_never_rounded_to_all_or_to_what_it_is_not() {
    let shown = |share, ends| percent(share, ends);
    assert_eq!(shown(1.0, Ends::Nearest), "100 %");
    assert_eq!(shown(0.999_999_6, Ends::Nearest), "99.99996 %");
    assert_eq!(shown(0.999_348, Ends::Down), "99.934 %");
    assert_eq!(shown(0.999_342, Ends::Up), "99.935 %");
    assert_eq!(shown(0.999, Ends::Down), "99.9 %");
    assert_eq!(shown(0.5, Ends::Nearest), "50 %");
    assert_eq!(shown(0.0, Ends::Nearest), "0 %");
    assert_eq!(shown(0.0123, Ends::Nearest), "1.2 %");
}

#[test]
fn the_budget_is_what_the_objective_leaves() {
    let p99 = Objective::new(0.99, 5).unwrap();
    assert_eq!([1.0, 0.99, 0.97, 0.997].map(|share| budget_used(p99, share)), [0.0, 1.0, 3.0, 0.3]);
}
