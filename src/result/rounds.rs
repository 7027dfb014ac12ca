//! The values of a metric, one per round, and which rounds were measured in one session.

/// One value per round of one metric: at least one, and every one finite. The rounds come from one session or from several, one
/// after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundValues {
    values: Vec<f64>,
    /// Where the second session and those after it begin: ascending, above 0 and below the number of values.
    begins: Vec<usize>,
}

/// Why a list of numbers is not a metric's rounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRoundValues {
    /// The list is empty.
    #[error("it has no rounds")]
    Empty,
    /// The value of this round (counted from 0) is NaN or infinite.
    #[error("round {} is not a finite number", .0 + 1)]
    NotFinite(usize),
    /// A session without a round.
    #[error("session {} has no rounds", .0 + 1)]
    EmptySession(usize),
    /// The sessions have another number of rounds than there are.
    #[error("its sessions have {sessions} rounds in all, but there are {rounds}")]
    OtherSessions {
        /// Rounds of all sessions.
        sessions: usize,
        /// Values there are.
        rounds: usize,
    },
}

impl RoundValues {
    /// The rounds of one session. Checks that there is at least one value and that all are finite.
    pub fn new(values: Vec<f64>) -> Result<Self, NotRoundValues> {
        if values.is_empty() {
            return Err(NotRoundValues::Empty);
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(round) => Err(NotRoundValues::NotFinite(round)),
            None => Ok(Self { values, begins: Vec::new() }),
        }
    }

    /// The rounds of several sessions, of which the first had `sessions[0]` rounds, and so on.
    pub fn of_sessions(values: Vec<f64>, sessions: &[usize]) -> Result<Self, NotRoundValues> {
        if let Some(empty) = sessions.iter().position(|&rounds| rounds == 0) {
            return Err(NotRoundValues::EmptySession(empty));
        }
        let total = sessions.iter().fold(0_usize, |sum, &rounds| sum.saturating_add(rounds));
        if total != values.len() {
            return Err(NotRoundValues::OtherSessions { sessions: total, rounds: values.len() });
        }
        let ends = sessions.iter().scan(0, |end, &rounds| {
            *end += rounds;
            Some(*end)
        });
        let begins = ends.filter(|&end| end < total).collect();
        Ok(Self { begins, ..Self::new(values)? })
    }

    /// The values, in the order in which the rounds ran.
    pub fn as_slice(&self) -> &[f64] {
        &self.values
    }

    /// How many rounds there are; never 0.
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// The least of the values.
    pub fn least(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// How far values that ought to repeat do not: from the least to the middle one (of two, to the other; of five, to the
    /// third), relative to the least. What disturbs a count adds to it, so the least is the best, and is to be believed if
    /// others come near it. `None` where the least is not positive and the values differ.
    pub fn disagreement(&self) -> Option<f64> {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        let (least, middle) = (self.least(), sorted.get(sorted.len() / 2).copied()?);
        if middle == least {
            return Some(0.0);
        }
        (least > 0.0).then(|| (middle - least) / least)
    }

    /// The rounds of each session, in the order in which they were recorded; none is empty.
    pub fn sessions(&self) -> impl DoubleEndedIterator<Item = &[f64]> + ExactSizeIterator {
        (0..self.begins.len() + 1).map(|session| {
            let begin = session.checked_sub(1).and_then(|before| self.begins.get(before)).copied().unwrap_or(0);
            let end = self.begins.get(session).copied().unwrap_or(self.values.len());
            self.values.get(begin..end).unwrap_or_default()
        })
    }

    /// These rounds after those of earlier sessions.
    #[must_use]
    pub fn after(&self, earlier: &Self) -> Self {
        let shift = earlier.values.len();
        let later = self.begins.iter().map(|begin| begin + shift);
        Self {
            values: [earlier.as_slice(), self.as_slice()].concat(),
            begins: earlier.begins.iter().copied().chain([shift]).chain(later).collect(),
        }
    }

    /// The last `most` sessions, but at least one.
    #[must_use]
    pub fn last_sessions(&self, most: usize) -> Self {
        // The first session that stays is not the first of all.
        let first = (self.begins.len() + 1).saturating_sub(most.max(1)).checked_sub(1);
        let Some(&cut) = first.and_then(|first| self.begins.get(first)) else { return self.clone() };
        Self {
            values: self.values.get(cut..).unwrap_or_default().to_vec(),
            begins: self.begins.iter().filter(|&&begin| begin > cut).map(|begin| begin - cut).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(rounds: &RoundValues) -> Vec<Vec<f64>> {
        rounds.sessions().map(<[f64]>::to_vec).collect()
    }

    #[test]
    fn one_session_follows_another() {
        let first = RoundValues::new(vec![1.0, 2.0]).unwrap();
        assert_eq!(sessions(&first), [vec![1.0, 2.0]]);
        let all = RoundValues::new(vec![3.0]).unwrap().after(&first);
        assert_eq!(sessions(&all), [vec![1.0, 2.0], vec![3.0]]);
        let all = RoundValues::of_sessions(vec![4.0, 5.0], &[1, 1]).unwrap().after(&all);
        assert_eq!(sessions(&all), [vec![1.0, 2.0], vec![3.0], vec![4.0], vec![5.0]]);
        assert_eq!(all, RoundValues::of_sessions(vec![1.0, 2.0, 3.0, 4.0, 5.0], &[2, 1, 1, 1]).unwrap());
    }

    #[test]
    fn the_last_sessions_stay() {
        let all = RoundValues::of_sessions(vec![1.0, 2.0, 3.0, 4.0], &[1, 2, 1]).unwrap();
        assert_eq!(sessions(&all.last_sessions(2)), [vec![2.0, 3.0], vec![4.0]]);
        assert_eq!(sessions(&all.last_sessions(1)), [vec![4.0]]);
        assert_eq!(all.last_sessions(0), all.last_sessions(1));
        assert_eq!((all.last_sessions(3), all.last_sessions(9)), (all.clone(), all));
    }

    #[test]
    fn rounds_that_are_none_are_refused() {
        let fault = |values: &[f64], counts: &[usize]| {
            RoundValues::of_sessions(values.to_vec(), counts).unwrap_err().to_string()
        };
        assert_eq!(fault(&[1.0, 2.0], &[1]), "its sessions have 1 rounds in all, but there are 2");
        assert_eq!(fault(&[1.0, 2.0], &[2, 0]), "session 2 has no rounds");
        assert_eq!(fault(&[], &[]), "it has no rounds");
        assert_eq!(fault(&[1.0, f64::NAN], &[1, 1]), "round 2 is not a finite number");
    }
}
