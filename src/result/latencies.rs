//! How often latencies occurred: counts in buckets that are a nanosecond wide where latencies are short, and have the same
//! relative width everywhere else. So a distribution of ten million queries is some hundred numbers, two of them add up to that
//! of both, and no quantile is off by more than 1.6 %.
//!
//! The idea is that of G. Tene's HdrHistogram; the cut is perfgate's own. Not here: the plots that are made of it.

/// Below this a bucket is one nanosecond wide.
const FINE: u64 = 64;

/// Equal buckets from each power of two to the next, from [`FINE`] on.
const PER_OCTAVE: u64 = 32;

/// The power of two that [`FINE`] is.
const FIRST_OCTAVE: u32 = FINE.ilog2();

/// How often latencies occurred: ascending, no bucket is empty, at least one latency, and no more of them than a `u64` counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// The number of a bucket, and how many latencies lie in it.
    counts: Vec<(u16, u64)>,
}

/// Latencies that lie near each other, in whole nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The least latency of the bucket.
    pub low: u64,
    /// The first latency beyond it.
    pub high: u64,
    /// How many latencies lie in it; never 0.
    pub count: u64,
}

/// Why a list of counts is no distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotADistribution {
    /// There are none.
    #[error("it counts no latency")]
    Empty,
    /// No bucket begins there.
    #[error("no bucket begins at {low} ns; the one with that latency begins at {begins} ns")]
    NoSuchBucket {
        /// Where one was said to begin, in nanoseconds.
        low: u64,
        /// Where the bucket of that latency begins.
        begins: u64,
    },
    /// A bucket does not come after the one before it.
    #[error("the bucket at {low} ns comes after the one at {before} ns; buckets ascend, and none comes twice")]
    NotAscending {
        /// The later one in the list.
        low: u64,
        /// The one before it.
        before: u64,
    },
    /// A bucket without latencies.
    #[error("the bucket at {low} ns counts 0 latencies; an empty bucket is left out")]
    EmptyBucket {
        /// Where it begins, in nanoseconds.
        low: u64,
    },
    /// More latencies than can be counted.
    #[error("it counts more than {} latencies", u64::MAX)]
    TooMany,
}

impl Distribution {
    /// Of these latencies, in nanoseconds; `None` where there are none.
    pub fn of(latencies: impl IntoIterator<Item = u64>) -> Option<Self> {
        let mut dense: Vec<u64> = Vec::new();
        for latency in latencies {
            let place = usize::from(place_of(latency));
            if place >= dense.len() {
                dense.resize(place + 1, 0);
            }
            if let Some(count) = dense.get_mut(place) {
                *count += 1;
            }
        }
        let counts: Vec<(u16, u64)> = (0..).zip(dense).filter(|&(_, count)| count > 0).collect();
        (!counts.is_empty()).then_some(Self { counts })
    }

    /// From the least latency of each bucket that is not empty, ascending, and how many latencies lie in it.
    pub fn from_counts(buckets: impl IntoIterator<Item = (u64, u64)>) -> Result<Self, NotADistribution> {
        let mut counts: Vec<(u16, u64)> = Vec::new();
        let mut total = 0_u64;
        for (low, count) in buckets {
            let place = place_of(low);
            if low_of(place) != low {
                return Err(NotADistribution::NoSuchBucket { low, begins: low_of(place) });
            }
            if let Some(&(before, _)) = counts.last()
                && before >= place
            {
                return Err(NotADistribution::NotAscending { low, before: low_of(before) });
            }
            if count == 0 {
                return Err(NotADistribution::EmptyBucket { low });
            }
            total = total.checked_add(count).ok_or(NotADistribution::TooMany)?;
            counts.push((place, count));
        }
        if counts.is_empty() { Err(NotADistribution::Empty) } else { Ok(Self { counts }) }
    }

    /// The buckets that hold latencies, in ascending order.
    pub fn buckets(&self) -> impl DoubleEndedIterator<Item = Bucket> + ExactSizeIterator + '_ {
        self.counts.iter().map(|&(place, count)| Bucket {
            low: low_of(place),
            high: low_of(place).saturating_add(width_of(place)),
            count,
        })
    }

    /// How many latencies there are; never 0.
    pub fn count(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// The latencies of both together. Should they be more than can be counted, those of the second are left out.
    #[must_use]
    pub fn and(&self, more: &Self) -> Self {
        if self.count().checked_add(more.count()).is_none() {
            return self.clone();
        }
        let mut counts = Vec::with_capacity(self.counts.len() + more.counts.len());
        let (mut ours, mut theirs) = (self.counts.iter().peekable(), more.counts.iter().peekable());
        loop {
            let next = match (ours.peek(), theirs.peek()) {
                (Some(&&(ours_at, a)), Some(&&(theirs_at, b))) if ours_at == theirs_at => {
                    ours.next();
                    theirs.next();
                    Some((ours_at, a + b))
                }
                (Some((ours_at, _)), Some((theirs_at, _))) if ours_at > theirs_at => theirs.next().copied(),
                (Some(_), _) => ours.next().copied(),
                (None, _) => theirs.next().copied(),
            };
            match next {
                Some(bucket) => counts.push(bucket),
                None => return Self { counts },
            }
        }
    }

    /// Where on an axis the latency stands at which this share (0 to 1) of all latencies is reached, in nanoseconds: in the middle
    /// of its bucket. It is off by no more than half a bucket, 1/64 of it. What is said of it in words is [`Self::bucket_at`].
    pub fn quantile(&self, share: f64) -> f64 {
        self.place_at(share).map_or(f64::NAN, |place| low_of(place) as f64 + (width_of(place) - 1) as f64 / 2.0)
    }

    /// The least and the greatest whole nanosecond of the bucket in which the latency lies at which this share (0 to 1) of all
    /// latencies is reached: the one with the 0-based rank ⌊n · share⌋, or the last one. Where in it is not known.
    pub fn bucket_at(&self, share: f64) -> [u64; 2] {
        self.place_at(share).map_or([0, 0], |place| {
            let low = low_of(place);
            [low, low.saturating_add(width_of(place) - 1)]
        })
    }

    /// The number of that bucket; there always is one.
    fn place_at(&self, share: f64) -> Option<u16> {
        let last = self.count() - 1;
        let rank = ((self.count() as f64 * share).floor() as u64).min(last);
        let mut before = 0;
        self.counts.iter().find_map(|&(place, count)| {
            before += count;
            (rank < before).then_some(place)
        })
    }
}

/// The number of the bucket of a latency: below [`FINE`] the latency itself.
fn place_of(latency: u64) -> u16 {
    let place = if latency < FINE {
        latency
    } else {
        let octave = latency.ilog2() - FIRST_OCTAVE;
        let inside = (latency >> (octave + 1)) - PER_OCTAVE;
        FINE + u64::from(octave) * PER_OCTAVE + inside
    };
    u16::try_from(place).unwrap_or(u16::MAX)
}

/// The least latency of the bucket with this number.
fn low_of(place: u16) -> u64 {
    let place = u64::from(place);
    match place.checked_sub(FINE) {
        None => place,
        Some(above) => (PER_OCTAVE + above % PER_OCTAVE) << (above / PER_OCTAVE + 1),
    }
}

/// How many whole nanoseconds lie in the bucket with this number.
fn width_of(place: u16) -> u64 {
    u64::from(place).checked_sub(FINE).map_or(1, |above| 1 << (above / PER_OCTAVE + 1))
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn of(latencies: &[u64]) -> Distribution {
        Distribution::of(latencies.iter().copied()).unwrap()
    }

    /// Latencies of every size, as many of one octave as of another.
    fn of_every_size(count: usize, random: &mut Pcg64Mcg) -> Vec<u64> {
        (0..count).map(|_| random.random::<u64>() >> random.random_range(0..64)).collect()
    }

    #[test]
    fn every_latency_lies_in_the_bucket_that_is_said_to_hold_it() {
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let edges = (0..64).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]);
        for latency in of_every_size(10_000, &mut random).into_iter().chain(edges).chain([u64::MAX - 1]) {
            let bucket = of(&[latency]).buckets().next().unwrap();
            assert!((bucket.low..bucket.high).contains(&latency), "{latency} in {bucket:?}");
            assert!(bucket.high - bucket.low <= (bucket.low / 32).max(1), "{bucket:?} is too wide");
        }
    }

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        let last = place_of(u64::MAX);
        assert_eq!(last, 64 + 58 * 32 - 1);
        for place in 0..last {
            assert_eq!(low_of(place) + width_of(place), low_of(place + 1), "after bucket {place}");
            assert_eq!((place_of(low_of(place)), place_of(low_of(place + 1) - 1)), (place, place));
        }
        assert_eq!(low_of(last) + (width_of(last) - 1), u64::MAX);
    }

    #[test]
    fn nothing_and_the_longest_latency_there_is_have_buckets() {
        let all = of(&[0, 0, u64::MAX]);
        let buckets: Vec<Bucket> = all.buckets().collect();
        assert_eq!(buckets[0], Bucket { low: 0, high: 1, count: 2 });
        assert_eq!((buckets[1].low, buckets[1].high, buckets[1].count), (63 << 58, u64::MAX, 1));
        assert_eq!(all.quantile(0.0), 0.0);
        assert!(all.quantile(1.0).is_finite());
        assert_eq!(Distribution::of([]), None);
    }

    #[test]
    fn the_count_is_kept_and_buckets_ascend() {
        let mut random = Pcg64Mcg::seed_from_u64(2);
        for count in [1, 2, 30, 5000] {
            let all = of(&of_every_size(count, &mut random));
            assert_eq!(all.count(), count as u64);
            assert!(all.buckets().all(|bucket| bucket.count > 0 && bucket.low < bucket.high));
            assert!(all.buckets().zip(all.buckets().skip(1)).all(|(one, next)| one.high <= next.low));
        }
    }

    #[test]
    fn a_quantile_is_off_by_no_more_than_half_a_bucket() {
        let mut random = Pcg64Mcg::seed_from_u64(3);
        for count in [1, 7, 100, 2500] {
            let mut latencies = of_every_size(count, &mut random);
            let all = of(&latencies);
            latencies.sort_unstable();
            for share in [0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0] {
                let occurred = latencies[((count as f64 * share) as usize).min(count - 1)] as f64;
                let error = (all.quantile(share) - occurred).abs();
                assert!(error <= occurred / 64.0, "{share} of {count}: {} for {occurred}", all.quantile(share));
                let [low, high] = all.bucket_at(share).map(|end| end as f64);
                assert!(low <= occurred && occurred <= high, "{share} of {count}: {low} to {high} for {occurred}");
            }
        }
    }

    #[test]
    fn where_buckets_are_a_nanosecond_wide_a_quantile_is_exact() {
        let all = of(&(1..=60).collect::<Vec<_>>());
        assert_eq!([0.0, 0.5, 0.9, 1.0].map(|share| all.quantile(share)), [1.0, 31.0, 55.0, 60.0]);
        assert_eq!([-1.0, f64::NAN, 7.0].map(|share| all.quantile(share)), [1.0, 1.0, 60.0], "no share at all");
    }

    #[test]
    fn two_distributions_add_up_to_that_of_both() {
        let mut random = Pcg64Mcg::seed_from_u64(4);
        for count in [1, 40, 3000] {
            let (a, b) = (of_every_size(count, &mut random), of_every_size(50, &mut random));
            let both = of(&[a.as_slice(), b.as_slice()].concat());
            assert_eq!(of(&a).and(&of(&b)), both);
            assert_eq!(of(&b).and(&of(&a)), both);
        }
    }

    #[test]
    fn more_than_can_be_counted_is_left_out_rather_than_wrong() {
        let nearly_all = Distribution::from_counts([(5, u64::MAX - 1)]).unwrap();
        assert_eq!(nearly_all.and(&of(&[7])).count(), u64::MAX);
        assert_eq!(nearly_all.and(&of(&[7, 8])), nearly_all);
        assert_eq!(nearly_all.quantile(1.0), 5.0);
    }

    #[test]
    fn counts_make_the_distribution_again() {
        let mut random = Pcg64Mcg::seed_from_u64(5);
        let all = of(&of_every_size(3000, &mut random));
        let again = Distribution::from_counts(all.buckets().map(|bucket| (bucket.low, bucket.count)));
        assert_eq!(again, Ok(all));
    }

    #[test]
    fn counts_that_make_no_distribution_are_refused() {
        let fault = |counts: &[(u64, u64)]| Distribution::from_counts(counts.iter().copied()).unwrap_err().to_string();
        assert_eq!(fault(&[]), "it counts no latency");
        assert_eq!(fault(&[(66, 1), (69, 1)]), "no bucket begins at 69 ns; the one with that latency begins at 68 ns");
        let twice = "the bucket at 8 ns comes after the one at 8 ns; buckets ascend, and none comes twice";
        assert_eq!(fault(&[(8, 1), (8, 2)]), twice);
        assert!(fault(&[(9, 1), (8, 2)]).starts_with("the bucket at 8 ns comes after the one at 9 ns"));
        assert_eq!(fault(&[(8, 0)]), "the bucket at 8 ns counts 0 latencies; an empty bucket is left out");
        assert_eq!(fault(&[(8, u64::MAX), (9, 1)]), "it counts more than 18446744073709551615 latencies");
    }
}
