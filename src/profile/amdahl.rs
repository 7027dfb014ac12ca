//! What a faster stage would do for the whole.
//!
//! Source: G. M. Amdahl, Validity of the single processor approach to achieving large scale computing capabilities, AFIPS Spring
//! Joint Computer Conference (1967) 483–485. It counts the rest as unchanged, and stages as one after the other.

use super::Share;

/// How many times as fast everything becomes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// 1 is no gain.
    pub times: f64,
    /// From the interval of the share; `None` where that has none, or reaches all of the time, so that there is no upper end.
    pub interval: Option<[f64; 2]>,
}

/// How many times as fast everything becomes when a stage with this share of the time becomes `faster` times as fast; infinity is a
/// stage that costs nothing. `None` where the stage is all of the time or more: then the law says nothing.
pub fn gain(share: Share, faster: f64) -> Option<Gain> {
    let saved = 1.0 - 1.0 / faster;
    let of = |share: f64| 1.0 / (1.0 - share.max(0.0) * saved);
    let is_gain = |times: f64| times.is_finite() && times >= 1.0;
    let interval = share.interval.map(|ends| ends.map(of)).filter(|ends| ends.iter().all(|end| is_gain(*end)));
    (share.mean < 1.0).then(|| Gain { times: of(share.mean), interval })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_of_80_percent_gives_two_thirds_at_twice_its_speed_and_five_times_at_most() {
        let share = Share { mean: 0.8, interval: Some([0.75, 0.9]) };
        let close = |gain: Gain, times: f64, [low, high]: [f64; 2]| {
            let interval = gain.interval.unwrap();
            for (found, expected) in [(gain.times, times), (interval[0], low), (interval[1], high)] {
                assert!((found - expected).abs() < 1e-9, "{gain:?}, expected {expected}");
            }
        };
        close(gain(share, 2.0).unwrap(), 1.0 / 0.6, [1.6, 1.0 / 0.55]);
        close(gain(share, f64::INFINITY).unwrap(), 5.0, [4.0, 10.0]);
        assert_eq!(gain(Share { mean: 0.0, interval: None }, 2.0), Some(Gain { times: 1.0, interval: None }));
    }

    #[test]
    fn of_a_stage_that_is_everything_nothing_is_promised() {
        assert_eq!(gain(Share { mean: 1.2, interval: None }, 2.0), None);
        let nearly = Share { mean: 0.75, interval: Some([0.5, 1.0]) };
        assert_eq!(gain(nearly, f64::INFINITY), Some(Gain { times: 4.0, interval: None }), "there is no upper end");
        assert_eq!(gain(nearly, 2.0), Some(Gain { times: 1.6, interval: Some([1.0 / 0.75, 2.0]) }));
    }
}
