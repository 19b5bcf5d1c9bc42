//! Tail probabilities of two distributions, for the ranks of groups.

/// P(χ² with `2 · pairs` degrees of freedom ≥ `x`), computed as the sum of a Poisson distribution.
pub(super) fn chi_square_tail(x: f64, pairs: usize) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let mut log = -x / 2.0;
    let mut logs = vec![log];
    for number in 1..pairs {
        log += (x / 2.0 / number as f64).ln();
        logs.push(log);
    }
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if most <= -700.0 {
        return 0.0;
    }
    (most.exp() * logs.iter().map(|log| (log - most).exp()).sum::<f64>()).min(1.0)
}

/// P(at least `heads` heads in `tosses` tosses of a fair coin).
pub(super) fn coin_tail(tosses: usize, heads: usize) -> f64 {
    if heads == 0 {
        return 1.0;
    }
    if heads > tosses {
        return 0.0;
    }
    // ln of (tosses over heads); the other terms follow from it.
    let mut log: f64 = (1..=heads).map(|number| ((tosses - heads + number) as f64 / number as f64).ln()).sum();
    log -= tosses as f64 * std::f64::consts::LN_2;
    let mut sum = log.exp();
    for number in heads..tosses {
        log += ((tosses - number) as f64 / (number + 1) as f64).ln();
        sum += log.exp();
    }
    sum.min(1.0)
}

/// How many of these ascending probabilities stand out, if one in a hundred of those that stand out may be due to
/// chance (Benjamini and Hochberg, 1995).
pub(super) fn outstanding(ascending: impl ExactSizeIterator<Item = f64>) -> usize {
    const SHARE: f64 = 0.01;
    let count = ascending.len() as f64;
    let ranked = (1..).zip(ascending);
    ranked.filter(|(rank, p)| *p <= SHARE * *rank as f64 / count).last().map_or(0, |(rank, _)| rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * b.abs()
    }

    #[test]
    fn tails_are_those_of_tables() {
        // scipy.stats.chi2.sf, scipy.stats.binom.sf
        assert!(close(chi_square_tail(3.0, 1), (-1.5_f64).exp()));
        assert!(close(chi_square_tail(20.0, 5), 0.029_252_688_076_961_3));
        assert_eq!((chi_square_tail(0.0, 3), chi_square_tail(5000.0, 1)), (1.0, 0.0));
        assert!(close(coin_tail(4, 3), 5.0 / 16.0));
        assert!(close(coin_tail(20, 20), 0.5_f64.powi(20)));
        assert_eq!((coin_tail(3, 0), coin_tail(3, 4)), (1.0, 0.0));
        assert!(close(coin_tail(2001, 1001), 0.5));
    }

    #[test]
    fn ranks_stand_out_together() {
        assert_eq!(outstanding([0.001, 0.009, 0.5].into_iter()), 1);
        assert_eq!(outstanding([0.004, 0.0066, 0.5].into_iter()), 2);
        assert_eq!(outstanding([0.2].into_iter()), 0);
        assert_eq!(outstanding(std::iter::empty()), 0);
    }
}
