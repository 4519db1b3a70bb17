//! As much of addresses as redirects need: their origin, and where a `Location` leads.

/// Scheme, host and port: `https://example.org`. None if it is no `http` address.
pub(crate) fn origin(url: &str) -> Option<&str> {
    let scheme = url.find("://")?;
    let after = scheme.checked_add(3)?;
    let is_http = url
        .get(..scheme)
        .is_some_and(|scheme| ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)));
    let end = url.get(after..)?.find(['/', '?', '#']).map_or(url.len(), |length| after + length);
    (is_http && end > after).then(|| url.get(..end)).flatten()
}

/// Whether two addresses have one origin; a default port may be written or not.
pub(crate) fn same_origin(a: &str, b: &str) -> bool {
    let plain = |url: &str| {
        let origin = origin(url)?.to_ascii_lowercase();
        let default = if origin.starts_with("https") { ":443" } else { ":80" };
        Some(origin.strip_suffix(default).map(str::to_owned).unwrap_or(origin))
    };
    plain(a).is_some_and(|a| Some(a) == plain(b))
}

/// Where a `Location` leads, seen from the address that was asked.
pub(crate) fn join(base: &str, location: &str) -> Option<String> {
    let location = location.split('#').next().unwrap_or(location);
    if location.contains("://") {
        return origin(location).map(|_| location.to_owned());
    }
    let start = origin(base)?;
    if location.starts_with("//") {
        let scheme = start.split("//").next()?;
        return Some(format!("{scheme}{location}"));
    }
    if location.starts_with('/') {
        return Some(format!("{start}{location}"));
    }
    let path = base.strip_prefix(start)?.split(['?', '#']).next()?;
    let folder = path.rfind('/').and_then(|end| path.get(..=end)).unwrap_or("/");
    Some(format!("{start}{folder}{location}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_leads_from_the_address_asked() {
        let base = "http://a.example:8080/x/y?q=/z";
        let cases = [
            ("https://b.example/", Some("https://b.example/")),
            ("/login", Some("http://a.example:8080/login")),
            ("login#top", Some("http://a.example:8080/x/login")),
            ("//b.example/x", Some("http://b.example/x")),
            ("ftp://b.example/", None),
            ("http:///x", None),
        ];
        for (location, expected) in cases {
            assert_eq!(join(base, location).as_deref(), expected, "{location}");
        }
        assert_eq!(join("http://a.example", "x").as_deref(), Some("http://a.example/x"));
    }

    #[test]
    fn origins_are_compared_without_case_and_default_ports() {
        let cases = [
            ("http://a.example/x", "HTTP://A.example:80/y", true),
            ("https://a.example", "https://a.example:443?q", true),
            ("http://a.example", "https://a.example", false),
            ("http://a.example", "http://a.example.evil.example", false),
            ("http://a.example@evil.example/", "http://a.example/", false),
        ];
        for (a, b, expected) in cases {
            assert_eq!(same_origin(a, b), expected, "{a} {b}");
        }
    }
}
