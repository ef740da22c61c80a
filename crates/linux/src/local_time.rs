//! The wall clock in the time zone of the machine, for log stamps and mail dates.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

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

    /// Year, month and day, the latter two from 1.
    pub fn date(&self) -> Date {
        Date {
            year: self.year,
            month: u8::try_from(self.month + 1).unwrap_or(1),
            day: u8::try_from(self.day).unwrap_or(1),
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

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// Such as 2026.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Date {
    /// The day of a moment in UTC.
    pub fn of(moment: SystemTime) -> Self {
        let days = moment
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs()
            / DAY;
        // Days since 0000-03-01, in eras of 400 years.
        let days = i64::try_from(days).unwrap_or(0) + 719_468;
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: i32::try_from(year).unwrap_or(i32::MAX),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(of_year - (153 * shifted + 2) / 5 + 1).unwrap_or(1),
        }
    }

    /// The moment so many seconds after the begin of this day, in UTC. None before 1970.
    pub fn utc(self, seconds: u32) -> Option<SystemTime> {
        let months = i64::from(self.month) + if self.month <= 2 { 9 } else { -3 };
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * months + 2) / 5 + i64::from(self.day) - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        let seconds = u64::try_from(days).ok()?.checked_mul(DAY)? + u64::from(seconds);
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
    }

    /// The same in the time zone of the machine.
    pub fn local(self, seconds: u32) -> Option<SystemTime> {
        // SAFETY: `tm` is plain data for which all zeros is a valid value.
        let mut parts: libc::tm = unsafe { std::mem::zeroed() };
        parts.tm_year = self.year.checked_sub(1900)?;
        parts.tm_mon = i32::from(self.month) - 1;
        parts.tm_mday = i32::from(self.day);
        parts.tm_sec = i32::try_from(seconds).ok()?;
        // Whether summer time holds then is to be found out.
        parts.tm_isdst = -1;
        // SAFETY: the pointer is to a value of our own that lives through the call.
        let at = unsafe { libc::mktime(&raw mut parts) };
        UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(at).ok()?))
    }
}

/// Seconds of a day.
const DAY: u64 = 86_400;

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
    fn days_and_moments_fit() {
        for (seconds, year, month, day) in [
            (0, 1970, 1, 1),
            (951_782_400, 2000, 2, 29),
            (951_868_800, 2000, 3, 1),
            (1_798_761_600, 2027, 1, 1),
            (4_107_542_400, 2100, 3, 1),
        ] {
            let moment = UNIX_EPOCH + Duration::from_secs(seconds);
            let date = Date { year, month, day };
            assert_eq!(Date::of(moment), date);
            assert_eq!(date.utc(0), Some(moment));
            assert_eq!(date.utc(86_399), Some(moment + Duration::from_secs(86_399)));
        }
        let now = SystemTime::now();
        let local = LocalTime::at(now);
        let seconds = (local.hour * 60 + local.minute) * 60 + local.second;
        let again = local.date().local(seconds.unsigned_abs()).unwrap();
        assert!(now.duration_since(again).unwrap() < Duration::from_secs(1));
    }

    #[test]
    fn three_ways_to_write_a_moment() {
        assert_eq!(MOMENT.ctime(), "Fri Nov  6 08:04:05 2026");
        assert_eq!(MOMENT.syslog(), "Nov  6 08:04:05");
        assert_eq!(MOMENT.mail(), "Fri, 06 Nov 2026 08:04:05 -0330");
    }

    #[test]
    fn the_clock_of_the_machine_is_read() {
        // Noon of a day: the same day, or nearly, in every time zone.
        let noon = UNIX_EPOCH + Duration::from_hours(277_788);
        let local = LocalTime::at(noon);
        assert_eq!((local.year, local.month), (2001, 8));
        let utc_minute = (i64::from(local.hour) * 60 + i64::from(local.minute) - local.offset / 60)
            .rem_euclid(24 * 60);
        assert_eq!(utc_minute, 12 * 60);
    }
}
