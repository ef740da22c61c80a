//! How a tracked thing stands, and what that means for who tracks it (section 7).

use serde::{Deserialize, Serialize};

/// What a number times its weight may add to a priority, either way. One more is FAULT when it
/// is taken off, and no more than this when it is added.
const ADDS_MAX: i64 = 253;

/// How a tracked thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Down, or failing.
    Down,
    /// Up, or succeeding.
    Up,
    /// The number in a file; 0 is well.
    Number(i64),
}

impl From<bool> for Standing {
    fn from(is_up: bool) -> Self {
        if is_up { Self::Up } else { Self::Down }
    }
}

impl Standing {
    /// Whether all is well with it, before anything is turned round.
    pub fn is_up(self) -> bool {
        match self {
            Self::Up => true,
            Self::Down => false,
            Self::Number(number) => number == 0,
        }
    }

    /// Whether it keeps an instance from running that tracks it so.
    pub(crate) fn is_fault(self, weight: i16, reverse: bool) -> bool {
        match self {
            _ if weight == 0 => self.is_up() == reverse,
            Self::Up | Self::Down => false,
            Self::Number(number) => weigh(number, weight, reverse) < -ADDS_MAX,
        }
    }

    /// What it adds to the priority of an instance that tracks it so. With `reverse` that is
    /// taken off instead, at the same times: as keepalived 2.2.7 does, to which 20 reversed is
    /// not the same as -20.
    pub(crate) fn adds(self, weight: i16, reverse: bool) -> i32 {
        match self {
            _ if weight == 0 => 0,
            Self::Up | Self::Down if self.is_up() != (weight > 0) => 0,
            Self::Up | Self::Down if reverse => -i32::from(weight),
            Self::Up | Self::Down => i32::from(weight),
            Self::Number(number) => {
                let adds = weigh(number, weight, reverse).clamp(-ADDS_MAX, ADDS_MAX);
                i32::try_from(adds).unwrap_or_default()
            }
        }
    }
}

fn weigh(number: i64, weight: i16, reverse: bool) -> i64 {
    let product = number.saturating_mul(i64::from(weight));
    if reverse {
        product.saturating_neg()
    } else {
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_counts_times_its_weight_within_limits() {
        // Number, weight, reverse: adds, fault. As keepalived 2.2.7 does with these.
        let cases = [
            (5, 2, false, 10, false),
            (7, -3, false, -21, false),
            (5, 1, true, -5, false),
            (5, 100, false, 253, false),
            (-1, 100, false, -100, false),
            (-253, 1, false, -253, false),
            (-254, 1, false, -253, true),
            (254, 1, false, 253, false),
            (254, 1, true, -253, true),
            (0, 0, false, 0, false),
            (1, 0, false, 0, true),
            (-1, 0, false, 0, true),
            (0, 0, true, 0, true),
            (1, 0, true, 0, false),
            (i64::MIN, -254, true, -253, true),
            (i64::MIN, -254, false, 253, false),
        ];
        for (number, weight, reverse, adds, is_fault) in cases {
            let standing = Standing::Number(number);
            let seen = (
                standing.adds(weight, reverse),
                standing.is_fault(weight, reverse),
            );
            assert_eq!(seen, (adds, is_fault), "{number} x {weight} {reverse}");
        }
    }
}
