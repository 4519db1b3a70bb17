//! Figures as people read them, rounded to the worse side: what is nearly all is never shown as all, nor what is
//! overspent as spent. Decides nothing.

use super::Counts;

/// `99.9412%`; a dash where nothing was counted.
#[must_use]
pub fn attained(counts: Counts) -> String {
    if counts.total == 0 {
        return "-".to_owned();
    }
    let parts = u128::from(counts.good) * 1_000_000 / u128::from(counts.total);
    format!("{}.{:04}%", parts / 10_000, parts % 10_000)
}

/// Millionths that are left: `12.3%`, `-4.1%`.
#[must_use]
pub fn left(ppm: i64) -> String {
    tenths(ppm.div_euclid(1_000))
}

/// Millionths that are spent.
#[must_use]
pub fn spent(ppm: i64) -> String {
    tenths(ppm.saturating_neg().div_euclid(1_000).saturating_neg())
}

/// A part of a whole, in tenths of a percent.
#[must_use]
pub fn part(part: u64, whole: u64) -> String {
    let ppm = u128::from(part) * 1_000_000 / u128::from(whole.max(1));
    spent(i64::try_from(ppm).unwrap_or(i64::MAX))
}

fn tenths(tenths: i64) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    format!("{sign}{}.{}%", tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_rounded_to_the_worse_side() {
        let all_but_one = Counts { good: 99_999_999, total: 100_000_000 };
        assert_eq!((attained(all_but_one).as_str(), attained(Counts::default()).as_str()), ("99.9999%", "-"));
        assert_eq!(attained(Counts { good: 3, total: 3 }), "100.0000%");
        for (ppm, as_left, as_spent) in
            [(999_999, "99.9%", "100.0%"), (-1, "-0.1%", "0.0%"), (0, "0.0%", "0.0%"), (-41_000, "-4.1%", "-4.1%")]
        {
            assert_eq!((left(ppm).as_str(), spent(ppm).as_str()), (as_left, as_spent), "{ppm}");
        }
        assert_eq!((part(1, 3), part(0, 0)), ("33.4%".to_owned(), "0.0%".to_owned()));
    }
}
