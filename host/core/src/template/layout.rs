//! Times as Go lays them out: the layout is the time `Mon Jan 2 15:04:05 MST 2006` written as it shall look.

use std::fmt::Write as _;

use jiff::{Timestamp, Zoned};

use super::value::Moment;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The longer of two that begin alike stands first.
const PARTS: [&str; 36] = [
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "2006",
    "__2",
    "_2",
    "002",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "-07:00:00",
    "-070000",
    "-07:00",
    "-0700",
    "-07",
    "Z07:00:00",
    "Z070000",
    "Z07:00",
    "Z0700",
    "Z07",
    "15",
    "PM",
    "pm",
    "1",
    "2",
    "3",
    "4",
    "5",
    ".0",
    ".9",
    ",0",
];

pub(super) fn zoned(moment: &Moment) -> Zoned {
    let at = Timestamp::from_millisecond(moment.at.as_millis()).unwrap_or_default();
    at.to_zoned(moment.zone.clone())
}

pub(super) fn format(moment: &Moment, layout: &str) -> String {
    let time = zoned(moment);
    let mut written = String::new();
    let mut rest = layout;
    while let Some(first) = rest.chars().next() {
        let part = PARTS.into_iter().find(|part| stands_at(rest, part));
        let length = match part {
            Some(".0" | ".9" | ",0") => fraction(&mut written, &time, rest),
            Some(part) => {
                write_part(&mut written, &time, part);
                part.len()
            }
            None => {
                written.push(first);
                first.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    written
}

/// Whether the layout begins with this part; `Jan` does not begin `Janet`, nor `.0` a `.05`.
fn stands_at(rest: &str, part: &str) -> bool {
    let Some(after) = rest.strip_prefix(part) else { return false };
    match part {
        "Jan" | "Mon" => !after.starts_with(|next: char| next.is_ascii_lowercase()),
        "_2" => !after.starts_with("006"),
        ".0" | ".9" | ",0" => {
            let digit = part.chars().last().unwrap_or('0');
            !after.trim_start_matches(digit).starts_with(|next: char| next.is_ascii_digit())
        }
        _ => true,
    }
}

/// The fraction of the second; how many bytes of the layout it took.
fn fraction(written: &mut String, time: &Zoned, rest: &str) -> usize {
    let mut chars = rest.chars();
    let (point, digit) = (chars.next().unwrap_or('.'), chars.next().unwrap_or('0'));
    let places = rest.chars().skip(1).take_while(|next| *next == digit).count();
    let digits = format!("{:09}", time.subsec_nanosecond());
    let mut shown: String = digits.chars().take(places).collect();
    if digit == '9' {
        shown.truncate(shown.trim_end_matches('0').len());
    }
    if !shown.is_empty() {
        written.push(point);
        written.push_str(&shown);
    }
    places + 1
}

fn write_part(written: &mut String, time: &Zoned, part: &str) {
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let named = |names: &[&'static str], offset: i8| {
        usize::try_from(offset).ok().and_then(|at| names.get(at).copied()).unwrap_or("")
    };
    let month = named(&MONTHS, time.month() - 1);
    let day = named(&DAYS, time.weekday().to_monday_zero_offset());
    let noon = time.hour() >= 12;
    let result = match part {
        "January" => write!(written, "{month}"),
        "Jan" => write!(written, "{}", month.get(..3).unwrap_or_default()),
        "01" => write!(written, "{:02}", time.month()),
        "1" => write!(written, "{}", time.month()),
        "Monday" => write!(written, "{day}"),
        "Mon" => write!(written, "{}", day.get(..3).unwrap_or_default()),
        "2006" => write!(written, "{:04}", time.year()),
        "06" => write!(written, "{:02}", time.year().rem_euclid(100)),
        "02" => write!(written, "{:02}", time.day()),
        "_2" => write!(written, "{:2}", time.day()),
        "2" => write!(written, "{}", time.day()),
        "002" => write!(written, "{:03}", time.day_of_year()),
        "__2" => write!(written, "{:3}", time.day_of_year()),
        "15" => write!(written, "{:02}", time.hour()),
        "03" => write!(written, "{hour:02}"),
        "3" => write!(written, "{hour}"),
        "04" => write!(written, "{:02}", time.minute()),
        "4" => write!(written, "{}", time.minute()),
        "05" => write!(written, "{:02}", time.second()),
        "5" => write!(written, "{}", time.second()),
        "PM" => write!(written, "{}", if noon { "PM" } else { "AM" }),
        "pm" => write!(written, "{}", if noon { "pm" } else { "am" }),
        "MST" => write!(written, "{}", abbreviation(time)),
        zone => write!(written, "{}", offset(time.offset().seconds(), zone)),
    };
    debug_assert!(result.is_ok(), "a String takes all that is written");
}

fn abbreviation(time: &Zoned) -> String {
    time.time_zone().to_offset_info(time.timestamp()).abbreviation().to_owned()
}

fn offset(seconds: i32, part: &str) -> String {
    if part.starts_with('Z') && seconds == 0 {
        return "Z".to_owned();
    }
    let (sign, ahead) = if seconds < 0 { ('-', -seconds) } else { ('+', seconds) };
    let (hours, minutes, rest) = (ahead / 3_600, ahead / 60 % 60, ahead % 60);
    match part.get(1..).unwrap_or_default() {
        "07" => format!("{sign}{hours:02}"),
        "0700" => format!("{sign}{hours:02}{minutes:02}"),
        "070000" => format!("{sign}{hours:02}{minutes:02}{rest:02}"),
        "07:00:00" => format!("{sign}{hours:02}:{minutes:02}:{rest:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}"),
    }
}
