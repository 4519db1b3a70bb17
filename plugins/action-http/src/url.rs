//! As much of addresses as templates need: that values neither choose the host nor climb out of the path.

/// Whether an address begins with an origin that is written out; what is wrong reads after it. `whole`: nothing follows
/// the beginning, so that it may end with the host.
pub(crate) fn origin(beginning: &str, whole: bool) -> Result<(), &'static str> {
    let rest = beginning.strip_prefix("https://").or_else(|| beginning.strip_prefix("http://"));
    let rest = rest.ok_or("does not begin with `http://` or `https://` and a host: write them out")?;
    let end = rest.find(['/', '?', '#']);
    let host = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
    if host.is_empty() || (end.is_none() && !whole) {
        return Err("leaves its host to a value: write the host out, and a `/` after it");
    }
    if host.contains(['@', '*', '\\']) || host.chars().any(char::is_whitespace) {
        return Err("has a user, a wildcard or a space in its host");
    }
    Ok(())
}

/// Whether no part of the path is `.` or `..`, which would lead elsewhere than it says, and nothing is a wildcard, which would
/// lead to more than one.
pub(crate) fn leads_to_one_place(url: &str) -> Result<(), &'static str> {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    if path.split(['/', '\\']).skip(3).any(|part| part == "." || part == "..") {
        return Err("would climb out of its path");
    }
    if url.contains('*') || url.contains("%2A") {
        return Err("holds a wildcard: it leads to the one thing that is meant");
    }
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("holds a space: write `%20`");
    }
    Ok(())
}

/// Whether two templates of addresses have one origin, as they are written.
pub(crate) fn same_origin(a: &str, b: &str) -> bool {
    let origin = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        Some(format!("{scheme}://{host}").to_ascii_lowercase())
    };
    origin(a).is_some() && origin(a) == origin(b)
}

/// A value as part of a path or a query: all but unreserved characters are percent-encoded.
pub(crate) fn encoded(value: &str) -> String {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or('0');
    let mut encoded = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            other => encoded.extend(['%', digit(other >> 4), digit(other & 15)]),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_never_chooses_the_host() {
        let cases = [
            ("https://a.example/", true, true),
            ("https://a.example", true, true),
            ("https://a.example:8443/x/", false, true),
            ("http://[::1]:80/", false, true),
            ("https://a.example", false, false),
            ("https://a.", false, false),
            ("https://", false, false),
            ("", false, false),
            ("ftp://a.example/", true, false),
            ("https:///x", true, false),
            ("https://user@a.example/", true, false),
            ("https://a.example\\@evil.example/", true, false),
            ("https://*.example/", true, false),
        ];
        for (beginning, whole, expected) in cases {
            assert_eq!(origin(beginning, whole).is_ok(), expected, "{beginning} {whole}");
        }
    }

    #[test]
    fn a_path_never_climbs_nor_leads_to_many() {
        for (url, expected) in [
            ("https://a.example/x/..y/.z", true),
            ("https://a.example/x?p=/../", true),
            ("https://a.example/x/../y", false),
            ("https://a.example/..", false),
            ("https://a.example/./x", false),
            ("https://a.example/x y", false),
            ("https://a.example/*", false),
            ("https://a.example/x?y=a%2A", false),
        ] {
            assert_eq!(leads_to_one_place(url).is_ok(), expected, "{url}");
        }
    }

    #[test]
    fn origins_are_compared_as_written() {
        for (a, b, expected) in [
            ("https://a.example/x/{y}", "https://A.example?z", true),
            ("https://a.example/x", "http://a.example/x", false),
            ("https://a.example/x", "https://a.example.evil.example/x", false),
            ("x", "x", false),
        ] {
            assert_eq!(same_origin(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn values_are_encoded() {
        assert_eq!(encoded("a-b_c.d~1 /?&ä"), "a-b_c.d~1%20%2F%3F%26%C3%A4");
    }
}
