//! Latency over time: rounds cut into windows of queries that follow each other. Each window says how many there are, what lies
//! in the middle, and the least and the greatest, so that no outlier is lost.
//!
//! Here: the data, and how it is made less. Not here: when queries count from (`scenario`), how it is drawn (`plot`).

use serde::{Deserialize, Serialize};

/// A course has no more rounds.
pub const MOST_ROUNDS: usize = 8;

/// A round's warm-up has no more windows.
pub const MOST_WARM_UP_WINDOWS: usize = 8;

/// A round's timed part has no more windows.
pub const MOST_TIMED_WINDOWS: usize = 24;

/// Latency over time: some of a session's rounds, evenly spread, at most [`MOST_ROUNDS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// In the order in which they ran; at least one.
    pub rounds: Vec<RoundCourse>,
}

/// Latency over the time of one round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundCourse {
    /// Which round of the session, counted from 0.
    pub round: usize,
    /// The untimed queries before the timed ones, at most [`MOST_WARM_UP_WINDOWS`]; empty if there were none.
    pub warm_up: Vec<Window>,
    /// The timed queries, at most [`MOST_TIMED_WINDOWS`]; at least one.
    pub timed: Vec<Window>,
}

/// Queries of a round that follow each other, those that failed left out. Times are nanoseconds. Serialised only between a
/// perfgate process and its own child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// From when on the latency of its first query counts (with one query after the other and with users who wait, the issue; in
    /// the open loop the scheduled arrival) or, offline, when it was issued; since the round's first query, warm-up included.
    pub at: u64,
    /// The least latency.
    pub low: u64,
    /// The median: of an even number the upper one of the two in the middle.
    pub median: u64,
    /// The greatest latency.
    pub high: u64,
    /// How many queries; never 0.
    pub queries: u64,
}

/// Why some rounds are no course.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotACourse {
    /// Too many rounds, or none.
    #[error("it has {0} rounds, not 1 to {MOST_ROUNDS}")]
    Rounds(usize),
    /// A round does not come after the one before it.
    #[error("round {round} comes after round {before}; rounds ascend, and none comes twice")]
    NotAscending {
        /// The later one in the list, counted from 0.
        round: usize,
        /// The one before it.
        before: usize,
    },
    /// Something is wrong with a round.
    #[error("round {round}, {part}: {problem}")]
    Round {
        /// Counted from 0.
        round: usize,
        /// `warm_up` or `timed`.
        part: &'static str,
        /// What it is.
        problem: NotWindows,
    },
}

/// Why a list of windows is none of a round.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotWindows {
    /// Too many windows.
    #[error("it has {windows} windows, at most {most} are known")]
    TooMany {
        /// How many there are.
        windows: usize,
        /// How many there may be.
        most: usize,
    },
    /// No window where there must be one.
    #[error("it has no window")]
    None,
    /// A window begins before the one before it.
    #[error("a window begins at {at} ns, before the one in front of it, at {before} ns")]
    Backwards {
        /// Where it begins.
        at: u64,
        /// Where the one in front of it begins.
        before: u64,
    },
    /// A window whose median does not lie between the least and the greatest latency.
    #[error("the window at {at} ns has the latencies {low}, {median} and {high} ns as least, median and greatest")]
    Disorder {
        /// Where it begins.
        at: u64,
        /// The least latency.
        low: u64,
        /// The median.
        median: u64,
        /// The greatest latency.
        high: u64,
    },
    /// A window without queries.
    #[error("the window at {at} ns has 0 queries")]
    Empty {
        /// Where it begins.
        at: u64,
    },
    /// More queries than can be counted.
    #[error("its windows have more than {} queries", u64::MAX)]
    TooManyQueries,
}

impl Course {
    /// The course of a session, from that of each of its rounds; `None` without rounds. One in which no timed query was answered
    /// is none.
    pub fn of(rounds: impl ExactSizeIterator<Item = RoundCourse>) -> Option<Self> {
        let kept = spread(rounds.len(), MOST_ROUNDS);
        let rounds = rounds.enumerate().filter(|(place, _)| kept.contains(place)).map(|(_, round)| round);
        let rounds: Vec<RoundCourse> = rounds.filter(|round| !round.timed.is_empty()).collect();
        (!rounds.is_empty()).then_some(Self { rounds })
    }

    /// From rounds that come from elsewhere. Says what is wrong with them.
    pub fn checked(rounds: Vec<RoundCourse>) -> Result<Self, NotACourse> {
        if !(1..=MOST_ROUNDS).contains(&rounds.len()) {
            return Err(NotACourse::Rounds(rounds.len()));
        }
        if let Some((before, after)) = rounds.iter().zip(rounds.iter().skip(1)).find(|(a, b)| a.round >= b.round) {
            return Err(NotACourse::NotAscending { round: after.round, before: before.round });
        }
        for RoundCourse { round, warm_up, timed } in &rounds {
            let fault = |part| move |problem| NotACourse::Round { round: *round, part, problem };
            check_windows(warm_up, MOST_WARM_UP_WINDOWS, None).map_err(fault("warm_up"))?;
            check_windows(timed, MOST_TIMED_WINDOWS, warm_up.last()).map_err(fault("timed"))?;
            if timed.is_empty() {
                return Err(fault("timed")(NotWindows::None));
            }
        }
        Ok(Self { rounds })
    }

    /// With so many of its rounds, evenly spread; `None` with none of them.
    #[must_use]
    pub fn with_rounds(&self, most: usize) -> Option<Self> {
        let kept = spread(self.rounds.len(), most);
        let rounds: Vec<RoundCourse> = kept.into_iter().filter_map(|place| self.rounds.get(place)).cloned().collect();
        (!rounds.is_empty()).then_some(Self { rounds })
    }
}

/// Whether these windows, after the one before them if there is one, can be those of a round.
fn check_windows(windows: &[Window], most: usize, before: Option<&Window>) -> Result<(), NotWindows> {
    if windows.len() > most {
        return Err(NotWindows::TooMany { windows: windows.len(), most });
    }
    let mut before = before.map_or(0, |window| window.at);
    let mut total = 0_u64;
    for &Window { at, low, median, high, queries } in windows {
        if at < before {
            return Err(NotWindows::Backwards { at, before });
        }
        if low > median || median > high {
            return Err(NotWindows::Disorder { at, low, median, high });
        }
        if queries == 0 {
            return Err(NotWindows::Empty { at });
        }
        total = total.checked_add(queries).ok_or(NotWindows::TooManyQueries)?;
        before = at;
    }
    Ok(())
}

/// `most` of the places below `total`, or all of them: evenly spread, the first and the last among them.
pub fn spread(total: usize, most: usize) -> Vec<usize> {
    if total <= most {
        return (0..total).collect();
    }
    let (last, gaps) = (total - 1, most.saturating_sub(1));
    // Rounded to the nearest; a single one is the first.
    (0..most).map(|step| (2 * step * last + gaps).checked_div(2 * gaps).unwrap_or(0)).collect()
}

impl Window {
    /// Cuts queries, each with its moment and its latency in nanoseconds and in the order of their moments, into at most so many
    /// windows with equally many queries, give or take one.
    pub fn cut(queries: impl Iterator<Item = (u64, u64)> + Clone, most: usize) -> Vec<Self> {
        let total = queries.clone().count();
        let most = most.min(total);
        let mut windows = Vec::with_capacity(most);
        let mut latencies: Vec<u64> = Vec::with_capacity(total.checked_div(most).map_or(0, |each| each + 1));
        let mut queries = queries.enumerate();
        for window in 1..=most {
            // The product fits: nobody has 2^59 queries in memory.
            let end = total * window / most;
            let Some((first, (at, latency))) = queries.next() else { break };
            latencies.clear();
            latencies.push(latency);
            latencies.extend(queries.by_ref().take(end - first - 1).map(|(_, (_, latency))| latency));
            windows.extend(Self::of(at, &mut latencies));
        }
        windows
    }

    /// The window of these latencies; `None` where there are none.
    fn of(at: u64, latencies: &mut [u64]) -> Option<Self> {
        let queries = latencies.len() as u64;
        let middle = latencies.len() / 2;
        let (low, high) = (latencies.iter().min().copied()?, latencies.iter().max().copied()?);
        let (_, &mut median, _) = latencies.select_nth_unstable(middle);
        Some(Self { at, low, median, high, queries })
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn cut(queries: &[(u64, u64)], most: usize) -> Vec<Window> {
        Window::cut(queries.iter().copied(), most)
    }

    fn window(at: u64, [low, median, high]: [u64; 3], queries: u64) -> Window {
        Window { at, low, median, high, queries }
    }

    fn round(round: usize) -> RoundCourse {
        RoundCourse { round, warm_up: vec![window(0, [9, 9, 9], 1)], timed: vec![window(10, [7, 8, 9], 3)] }
    }

    #[test]
    fn a_window_begins_with_its_first_query_and_ends_before_the_next_window() {
        let queries = [(0, 5), (10, 3), (20, 90), (25, 4), (40, 6), (90, 1), (95, 2)];
        let windows = [window(0, [3, 5, 5], 2), window(20, [4, 90, 90], 2), window(40, [1, 2, 6], 3)];
        assert_eq!(cut(&queries, 3), windows);
        assert_eq!(cut(&queries, 1), [window(0, [1, 4, 90], 7)]);
    }

    #[test]
    fn fewer_queries_than_windows_have_a_window_each() {
        assert_eq!(cut(&[(5, 7), (9, 8)], 24), [window(5, [7, 7, 7], 1), window(9, [8, 8, 8], 1)]);
        assert_eq!(cut(&[], 24), []);
    }

    #[test]
    fn whatever_the_queries_are_none_is_lost_and_the_extremes_stay() {
        let mut random = Pcg64Mcg::seed_from_u64(1);
        for total in [1, 2, 23, 24, 25, 100, 4999] {
            let mut moment = 0;
            let mut query = || {
                moment += random.random_range(0..1000);
                (moment, random.random::<u64>() >> random.random_range(0..64))
            };
            let queries: Vec<(u64, u64)> = (0..total).map(|_| query()).collect();
            let windows = cut(&queries, MOST_TIMED_WINDOWS);
            assert_eq!(windows.len(), total.min(MOST_TIMED_WINDOWS));
            let sizes = || windows.iter().map(|window| window.queries);
            assert_eq!(sizes().sum::<u64>(), total as u64);
            assert!(sizes().max().unwrap() - sizes().min().unwrap() <= 1);
            let latencies = || queries.iter().map(|&(_, latency)| latency);
            assert_eq!(windows.iter().map(|window| window.low).min(), latencies().min());
            assert_eq!(windows.iter().map(|window| window.high).max(), latencies().max());
            assert_eq!(windows[0].at, queries[0].0);
            assert_eq!(check_windows(&windows, MOST_TIMED_WINDOWS, None), Ok(()));
        }
    }

    #[test]
    fn some_rounds_stand_for_many_the_first_and_the_last_among_them() {
        let kept = |total: usize| -> Vec<usize> {
            Course::of((0..total).map(round)).unwrap().rounds.iter().map(|round| round.round).collect()
        };
        assert_eq!(kept(3), [0, 1, 2]);
        assert_eq!(kept(8), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(kept(9), [0, 1, 2, 3, 5, 6, 7, 8]);
        assert_eq!(kept(100), [0, 14, 28, 42, 57, 71, 85, 99]);
        assert_eq!(Course::of((0..0).map(round)), None);
        let unanswered = RoundCourse { timed: Vec::new(), ..round(1) };
        let course = Course::of([round(0), unanswered].into_iter()).unwrap();
        assert_eq!(course.rounds, [round(0)]);
    }

    #[test]
    fn a_course_with_fewer_rounds_is_still_spread_over_all() {
        let course = Course::of((0..8).map(round)).unwrap();
        let kept = |most| course.with_rounds(most).map(|less| less.rounds.iter().map(|one| one.round).collect());
        assert_eq!(kept(9), Some((0..8).collect()));
        assert_eq!((kept(3), kept(2)), (Some(vec![0, 4, 7]), Some(vec![0, 7])));
        assert_eq!((kept(1), kept(0)), (Some(vec![0]), None));
        assert_eq!(course.with_rounds(3).unwrap().with_rounds(3), course.with_rounds(3), "once is enough");
    }

    #[test]
    fn rounds_that_make_no_course_are_refused() {
        let fault = |rounds: Vec<RoundCourse>| Course::checked(rounds).unwrap_err().to_string();
        let with = |timed: Vec<Window>| fault(vec![RoundCourse { timed, ..round(4) }]);
        assert!(Course::checked(vec![round(2), round(4)]).is_ok());
        assert_eq!(fault(vec![]), "it has 0 rounds, not 1 to 8");
        assert_eq!(fault((0..9).map(round).collect()), "it has 9 rounds, not 1 to 8");
        let twice = "round 4 comes after round 4; rounds ascend, and none comes twice";
        assert_eq!(fault(vec![round(4), round(4)]), twice);
        assert_eq!(with(vec![]), "round 4, timed: it has no window");
        assert_eq!(
            with(vec![window(10, [7, 8, 9], 3), window(9, [7, 8, 9], 3)]),
            "round 4, timed: a window begins at 9 ns, before the one in front of it, at 10 ns"
        );
        let early = RoundCourse { warm_up: vec![window(11, [9, 9, 9], 1)], ..round(0) };
        assert!(fault(vec![early]).starts_with("round 0, timed: a window begins at 10 ns, before"));
        assert_eq!(
            with(vec![window(10, [7, 10, 9], 3)]),
            "round 4, timed: the window at 10 ns has the latencies 7, 10 and 9 ns as least, median and greatest"
        );
        assert_eq!(with(vec![window(10, [7, 8, 9], 0)]), "round 4, timed: the window at 10 ns has 0 queries");
        assert!(with(vec![window(10, [7, 8, 9], u64::MAX); 2]).ends_with("more than 18446744073709551615 queries"));
        assert_eq!(with(vec![window(10, [7, 8, 9], 1); 25]), "round 4, timed: it has 25 windows, at most 24 are known");
        let warm = RoundCourse { warm_up: vec![window(0, [7, 8, 9], 1); 9], ..round(1) };
        assert_eq!(fault(vec![warm]), "round 1, warm_up: it has 9 windows, at most 8 are known");
    }
}
