//! Days of the week by number. A crontab counts from Sunday as 0, with 7 for Sunday too; the `cron` crate counts from
//! Sunday as 1. Handed through as they are, `1-5` would silently mean Sunday to Thursday.

/// A crontab's day-of-week field in the crate's numbers; `None` where a number is no day. Names, `*` and `?` stay.
pub(super) fn from_crontab(field: &str) -> Option<String> {
    let items: Option<Vec<String>> = field.split(',').map(item).collect();
    Some(items?.join(","))
}

fn item(item: &str) -> Option<String> {
    if !item.starts_with(|first: char| first.is_ascii_digit()) {
        return Some(item.to_owned());
    }
    let (days, step) = match item.split_once('/') {
        Some((days, step)) => (days, step.parse().ok().filter(|step| *step > 0)?),
        None => (item, 1),
    };
    let (first, last): (u8, u8) = match days.split_once('-') {
        Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
        None if item.contains('/') => (days.parse().ok()?, 6),
        None => (days.parse().ok()?, days.parse().ok()?),
    };
    if first > last || last > 7 {
        return None;
    }
    let days: Vec<String> = (first..=last).step_by(step).map(|day| (day % 7 + 1).to_string()).collect();
    Some(days.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_from_sunday_as_zero() {
        let table = [
            ("*", Some("*")),
            ("?", Some("?")),
            ("mon-fri", Some("mon-fri")),
            ("0", Some("1")),
            ("7", Some("1")),
            ("1-5", Some("2,3,4,5,6")),
            ("5-7", Some("6,7,1")),
            ("1/2", Some("2,4,6")),
            ("0-6/3", Some("1,4,7")),
            ("1,wed,5", Some("2,wed,6")),
            ("8", None),
            ("5-2", None),
            ("1/0", None),
            ("1-", None),
        ];
        for (crontab, crate_field) in table {
            assert_eq!(from_crontab(crontab).as_deref(), crate_field, "{crontab}");
        }
    }
}
