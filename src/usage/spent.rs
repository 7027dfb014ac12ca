//! What processes have used up.

/// What processes have used up since they began. What the system does not tell is `None`, and so is a sum with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// Processor time in the program itself, in nanoseconds.
    pub user: u64,
    /// Processor time in the kernel on its behalf, in nanoseconds.
    pub system: u64,
    /// Pages that were given without reading anything.
    pub minor_faults: Option<u64>,
    /// Pages that had to be read from storage.
    pub major_faults: Option<u64>,
    /// How often a thread waited for something and gave the processor away.
    pub voluntary_switches: Option<u64>,
    /// How often a thread had to give it away.
    pub involuntary_switches: Option<u64>,
    /// Bytes that had to come from storage.
    pub disk_read: Option<u64>,
    /// Bytes that were handed over for storage.
    pub disk_written: Option<u64>,
}

impl Spent {
    /// Nothing, and nothing unknown.
    pub const NOTHING: Self = Self {
        user: 0,
        system: 0,
        minor_faults: Some(0),
        major_faults: Some(0),
        voluntary_switches: Some(0),
        involuntary_switches: Some(0),
        disk_read: Some(0),
        disk_written: Some(0),
    };

    /// Processor time alone, and nothing else known.
    pub fn of_time(user: u64, system: u64) -> Self {
        Self {
            user,
            system,
            minor_faults: None,
            major_faults: None,
            voluntary_switches: None,
            involuntary_switches: None,
            disk_read: None,
            disk_written: None,
        }
    }

    /// All processor time, in nanoseconds.
    pub fn time(&self) -> u64 {
        self.user.saturating_add(self.system)
    }

    /// Both together.
    #[must_use]
    pub fn and(&self, more: &Self) -> Self {
        let sum = |a: Option<u64>, b: Option<u64>| a.zip(b).map(|(a, b)| a.saturating_add(b));
        self.with(more, u64::saturating_add, sum)
    }

    /// What was used up since an earlier moment.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let difference = |a: Option<u64>, b: Option<u64>| a.zip(b).map(|(a, b)| a.saturating_sub(b));
        self.with(earlier, u64::saturating_sub, difference)
    }

    fn with(
        &self,
        other: &Self,
        times: impl Fn(u64, u64) -> u64,
        counts: impl Fn(Option<u64>, Option<u64>) -> Option<u64>,
    ) -> Self {
        Self {
            user: times(self.user, other.user),
            system: times(self.system, other.system),
            minor_faults: counts(self.minor_faults, other.minor_faults),
            major_faults: counts(self.major_faults, other.major_faults),
            voluntary_switches: counts(self.voluntary_switches, other.voluntary_switches),
            involuntary_switches: counts(self.involuntary_switches, other.involuntary_switches),
            disk_read: counts(self.disk_read, other.disk_read),
            disk_written: counts(self.disk_written, other.disk_written),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_with_something_unknown_is_not_known() {
        let known = Spent { user: 3, system: 4, minor_faults: Some(5), ..Spent::NOTHING };
        let sum = known.and(&Spent::of_time(10, 20));
        assert_eq!((sum.user, sum.system, sum.time(), sum.minor_faults), (13, 24, 37, None));
        assert_eq!(known.and(&Spent::NOTHING), known);
        assert_eq!(known.and(&known).since(&known), known);
    }
}
