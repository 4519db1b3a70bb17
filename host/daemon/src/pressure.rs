//! How much the node's tasks wait for processors, as the kernel tells it. Knows nothing of what follows from it.

/// The share of the last ten seconds in which some task waited for a processor; nothing where the kernel does not say.
#[must_use]
pub fn cpu_stall_percent() -> Option<f64> {
    some_avg10(&std::fs::read_to_string("/proc/pressure/cpu").ok()?)
}

fn some_avg10(text: &str) -> Option<f64> {
    let some = text.lines().find_map(|line| line.strip_prefix("some "))?;
    some.split(' ').find_map(|field| field.strip_prefix("avg10="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_ten_second_average_of_the_some_line() {
        let text =
            "some avg10=12.34 avg60=1.00 avg300=0.10 total=123\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
        assert_eq!(some_avg10(text), Some(12.34));
        assert_eq!(some_avg10("full avg10=1.00"), None);
        assert_eq!(some_avg10(""), None);
    }
}
