//! Figures of few numbers.

use super::Stats;

#[test]
fn the_median_lies_in_the_middle() {
    for (measured, expected) in [
        (vec![3.0], Some((3.0, 3.0, 3.0))),
        (vec![9.0, 1.0, 2.0], Some((2.0, 1.0, 9.0))),
        (vec![4.0, 1.0, 2.0, 3.0], Some((2.5, 1.0, 4.0))),
        (vec![], None),
    ] {
        let stats = Stats::of(measured).map(|stats| (stats.median, stats.least, stats.most));
        assert_eq!(stats, expected);
    }
}
