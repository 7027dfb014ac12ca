//! How much of the traffic each arm gets, as people write it.

use std::fmt;
use std::str::FromStr;

/// The share of the traffic that goes to the second arm; strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split(f64);

/// A text that is no split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; expected the parts of A and B such as 50:50 or 90:10, not `{found}`")]
pub struct InvalidSplit {
    found: String,
    problem: &'static str,
}

impl Split {
    /// Half and half.
    pub const EVEN: Self = Self(0.5);

    /// The share of the second arm.
    pub fn of_b(self) -> f64 {
        self.0
    }
}

impl FromStr for Split {
    type Err = InvalidSplit;

    /// Reads `50:50`, `90:10`, `2:1`: any two positive numbers.
    fn from_str(text: &str) -> Result<Self, InvalidSplit> {
        let invalid = |problem| InvalidSplit { found: text.chars().take(60).collect(), problem };
        let part = |part: &str| {
            let number: f64 = part.trim().trim_end_matches('%').parse().map_err(|_| invalid("a part is no number"))?;
            if number.is_finite() && number > 0.0 { Ok(number) } else { Err(invalid("each arm needs traffic")) }
        };
        match text.split(':').collect::<Vec<_>>().as_slice() {
            [a, b] => {
                let (a, b) = (part(a)?, part(b)?);
                let share = b / (a + b);
                if share > 0.0 && share < 1.0 { Ok(Self(share)) } else { Err(invalid("each arm needs traffic")) }
            }
            _ => Err(invalid("it has not two parts")),
        }
    }
}

impl fmt::Display for Split {
    /// In percent: `50:50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let b = (self.0 * 100.0 * 1000.0).round() / 1000.0;
        let a = ((100.0 - b) * 1000.0).round() / 1000.0;
        write!(f, "{a}:{b}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_is_two_positive_parts() {
        let read = |text: &str| text.parse::<Split>().unwrap();
        assert_eq!(read("50:50"), Split::EVEN);
        assert_eq!(read("1:1"), Split::EVEN);
        assert_eq!(read("90:10").of_b(), 0.1);
        assert_eq!(read(" 99.5% : 0.5% ").to_string(), "99.5:0.5");
        assert_eq!(read("2:1").to_string(), "66.667:33.333");
    }

    #[test]
    fn what_is_none_says_why() {
        let problem = |text: &str| text.parse::<Split>().unwrap_err().to_string();
        for text in ["50", "50:50:50", "", "50/50", "50-50"] {
            assert!(problem(text).starts_with("it has not two parts; expected"), "{text}: {}", problem(text));
        }
        for text in ["100:0", "0:1", "-1:2", "nan:1", "inf:1", "1e-320:1e300"] {
            assert!(problem(text).starts_with("each arm needs traffic"), "{text}: {}", problem(text));
        }
        assert_eq!(
            problem("half:half"),
            "a part is no number; expected the parts of A and B such as 50:50 or 90:10, not `half:half`"
        );
    }
}
