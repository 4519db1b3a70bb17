//! What was probably meant: the known word nearest to an unknown one, for messages that say the way out.

/// The nearest of `known`, if one is near enough to be worth a guess.
#[must_use]
pub(crate) fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = written.to_lowercase();
    let with_distance = known.into_iter().map(|word| (strsim::damerau_levenshtein(&lower, &word.to_lowercase()), word));
    // A third of the letters may differ, and at least one: `ur` is `url`, `intervall` is `interval`.
    let (distance, word) = with_distance.min()?;
    (distance <= (lower.chars().count() / 3).max(1)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_near_word_is_suggested() {
        let known = ["interval", "timeout", "url", "probe-http", "probe-tcp", "Europe/Vienna"];
        let table = [
            ("intervall", Some("interval")),
            ("time_out", Some("timeout")),
            ("tiemout", Some("timeout")),
            ("ur", Some("url")),
            ("probe-htp", Some("probe-http")),
            ("europe/viena", Some("Europe/Vienna")),
            ("color", None),
            ("", None),
        ];
        for (written, expected) in table {
            assert_eq!(nearest(written, known), expected, "{written}");
        }
    }
}
