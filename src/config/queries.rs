//! How many queries a round asks, as people write it: a number, or MLPerf's.

use std::num::NonZeroU32;
use std::str::FromStr;

use super::Percentile;
use super::keys::MOST_QUERIES;
use crate::numerals::grouped_for_toml as grouped;

/// How many queries a round asks, at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queries {
    /// So many.
    AtLeast(NonZeroU32),
    /// MLPerf's sample count for the percentile.
    Mlperf,
}

/// MLPerf's sample count for this percentile is more than any round asks.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error(
    "MLPerf's sample count for the percentile {} is {}, and no round asks more than {} queries",
    .0.share(),
    grouped(.0.mlperf_sample_count()),
    grouped(MOST_QUERIES)
)]
pub struct TooManyQueries(Percentile);

/// A text that is no number of queries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number from 1 to {}, or mlperf", grouped(MOST_QUERIES))]
pub struct InvalidQueries;

impl Queries {
    /// What stands for MLPerf's count.
    pub const MLPERF: &'static str = "mlperf";

    /// The number, for a benchmark that is about this percentile.
    pub fn number(self, percentile: Percentile) -> Result<NonZeroU32, TooManyQueries> {
        match self {
            Self::AtLeast(number) => Ok(number),
            Self::Mlperf => {
                let count = u32::try_from(percentile.mlperf_sample_count()).ok().filter(|&count| count <= MOST_QUERIES);
                count.and_then(NonZeroU32::new).ok_or(TooManyQueries(percentile))
            }
        }
    }
}

impl FromStr for Queries {
    type Err = InvalidQueries;

    /// Reads `1000` or `mlperf`.
    fn from_str(text: &str) -> Result<Self, InvalidQueries> {
        if text == Self::MLPERF {
            return Ok(Self::Mlperf);
        }
        let number = text.parse().ok().filter(|number: &NonZeroU32| number.get() <= MOST_QUERIES);
        number.map(Self::AtLeast).ok_or(InvalidQueries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_mlperf_and_nothing_else() {
        assert_eq!("1".parse(), Ok(Queries::AtLeast(NonZeroU32::MIN)));
        assert_eq!("mlperf".parse(), Ok(Queries::Mlperf));
        "10000000".parse::<Queries>().unwrap();
        for text in ["0", "10000001", "-1", "1.5", "MLPerf", ""] {
            let told = text.parse::<Queries>().unwrap_err().to_string();
            assert_eq!(told, "expected a whole number from 1 to 10_000_000, or mlperf", "{text}");
        }
    }

    #[test]
    fn mlperfs_number_depends_on_the_percentile() {
        let number = |percentile: &str| Queries::Mlperf.number(percentile.parse().unwrap());
        assert_eq!(number("0.99").unwrap().get(), 270_336);
        let told = number("0.9999").unwrap_err().to_string();
        assert!(told.contains("the percentile 0.9999 is 26_542_080, and no round asks more than 10_000_000"), "{told}");
    }
}
