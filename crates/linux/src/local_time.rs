//! The wall clock in the time zone of the machine, for log stamps and mail dates.

use std::time::{SystemTime, UNIX_EPOCH};

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A moment on the wall clock, broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    year: i32,
    /// From 0.
    month: usize,
    day: i32,
    /// Sunday is 0.
    weekday: usize,
    hour: i32,
    minute: i32,
    second: i32,
    /// East of Greenwich, seconds.
    offset: i64,
}

impl LocalTime {
    /// Now.
    pub fn now() -> Self {
        Self::at(SystemTime::now())
    }

    /// A moment after 1970; earlier ones are taken as 1970.
    pub fn at(moment: SystemTime) -> Self {
        let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = libc::time_t::try_from(since.as_secs()).unwrap_or(libc::time_t::MAX);
        // SAFETY: `tm` is plain data for which all zeros is a valid value.
        let mut parts: libc::tm = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are to values of our own that live through the call.
        unsafe { libc::localtime_r(&raw const seconds, &raw mut parts) };
        Self {
            year: parts.tm_year + 1900,
            month: usize::try_from(parts.tm_mon).unwrap_or(0),
            day: parts.tm_mday,
            weekday: usize::try_from(parts.tm_wday).unwrap_or(0),
            hour: parts.tm_hour,
            minute: parts.tm_min,
            second: parts.tm_sec,
            offset: parts.tm_gmtoff,
        }
    }

    /// As ctime(3) writes it: `Fri Nov  6 18:14:35 2026`.
    pub fn ctime(&self) -> String {
        let (weekday, month) = self.names();
        format!(
            "{weekday} {month} {:2} {:02}:{:02}:{:02} {}",
            self.day, self.hour, self.minute, self.second, self.year
        )
    }

    /// As syslog wants it (RFC 3164, 4.1.2): `Nov  6 18:14:35`.
    pub fn syslog(&self) -> String {
        let (_, month) = self.names();
        format!(
            "{month} {:2} {:02}:{:02}:{:02}",
            self.day, self.hour, self.minute, self.second
        )
    }

    /// As mails want it (RFC 5322, 3.3): `Fri, 06 Nov 2026 18:14:35 +0000`.
    pub fn mail(&self) -> String {
        let (weekday, month) = self.names();
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        format!(
            "{weekday}, {:02} {month} {} {:02}:{:02}:{:02} {sign}{:02}{:02}",
            self.day,
            self.year,
            self.hour,
            self.minute,
            self.second,
            minutes / 60,
            minutes % 60
        )
    }

    fn names(&self) -> (&'static str, &'static str) {
        (
            DAYS.get(self.weekday).copied().unwrap_or("???"),
            MONTHS.get(self.month).copied().unwrap_or("???"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: LocalTime = LocalTime {
        year: 2026,
        month: 10,
        day: 6,
        weekday: 5,
        hour: 8,
        minute: 4,
        second: 5,
        offset: -12_600,
    };

    #[test]
    fn three_ways_to_write_a_moment() {
        assert_eq!(MOMENT.ctime(), "Fri Nov  6 08:04:05 2026");
        assert_eq!(MOMENT.syslog(), "Nov  6 08:04:05");
        assert_eq!(MOMENT.mail(), "Fri, 06 Nov 2026 08:04:05 -0330");
    }

    #[test]
    fn the_clock_of_the_machine_is_read() {
        // Noon of a day: the same day, or nearly, in every time zone.
        let noon = UNIX_EPOCH + std::time::Duration::from_hours(277_788);
        let local = LocalTime::at(noon);
        assert_eq!((local.year, local.month), (2001, 8));
        let utc_minute = (i64::from(local.hour) * 60 + i64::from(local.minute) - local.offset / 60)
            .rem_euclid(24 * 60);
        assert_eq!(utc_minute, 12 * 60);
    }
}
