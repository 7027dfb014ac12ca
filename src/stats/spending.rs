//! Looking more than once: which share of the error rate each look may spend.
//!
//! With a number of looks that is not known beforehand, look *k* (from 0) may call a p-value significant if it is below alpha
//! times its share. The shares of all looks add up to no more than 1, so by the union bound the chance that any of them errs stays
//! below alpha, however the looks depend on each other and whenever one stops.

/// Decides between early and late looks: with 3, the first may spend a quarter, and ten looks three quarters.
const LATENESS: f64 = 3.0;

/// The share of the error rate that look `look` (from 0) may spend: 3 / ((k + 3) (k + 4)). All of them add up to 1.
pub fn share_of_look(look: u32) -> f64 {
    let k = f64::from(look);
    LATENESS / ((k + LATENESS) * (k + LATENESS + 1.0))
}

/// What the looks before `look` have left of the error rate: 3 / (k + 3). The last look may spend all of it, provided that it is
/// known to be the last before its outcome is (because the time is over, not because of what was seen).
pub fn share_of_last_look(look: u32) -> f64 {
    LATENESS / (f64::from(look) + LATENESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_all_looks_add_up_to_the_whole() {
        let mut spent = 0.0;
        for look in 0..50 {
            assert!((spent + share_of_last_look(look) - 1.0).abs() < 1e-12, "look {look}");
            spent += share_of_look(look);
        }
        assert_eq!(share_of_last_look(0), 1.0);
        assert!((share_of_look(0) - 0.25).abs() < 1e-15);
    }
}
