//! A series as a line of blocks: the smallest plot.

/// From the lowest value to the highest.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The last values, at most `most` of them, each as high as it is. The scale begins at the least value and ends at the greatest;
/// but if those differ by less than a tenth, a tenth is the whole height, so that noise looks like noise.
pub fn sparkline(values: &[f64], most: usize) -> String {
    let shown = values.get(values.len().saturating_sub(most)..).unwrap_or_default();
    let least = shown.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = shown.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let height = (greatest - least).max(0.1 * greatest.abs());
    let ground = (greatest + least - height) / 2.0;
    let block = |value: f64| {
        let share = if height > 0.0 { (value - ground) / height } else { 0.0 };
        let step = (share * BLOCKS.len() as f64) as usize;
        BLOCKS.get(step.min(BLOCKS.len() - 1)).copied().unwrap_or(' ')
    };
    shown.iter().map(|&value| block(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_as_high_as_they_are() {
        assert_eq!(sparkline(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 20), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[1.0, 9.0, 5.0], 2), "█▁");
    }

    #[test]
    fn noise_looks_like_noise_and_nothing_like_nothing() {
        let noise = sparkline(&[100.0, 101.0, 99.5, 100.5], 20);
        assert!(!noise.contains('█') && !noise.contains('▁'), "{noise}");
        assert_eq!(sparkline(&[], 20), "");
        assert_eq!(sparkline(&[0.0, 0.0], 20), "▁▁");
        assert_eq!(sparkline(&[7.0, 7.0], 20).chars().count(), 2);
    }
}
