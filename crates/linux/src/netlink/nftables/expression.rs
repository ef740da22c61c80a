//! Expressions: what a rule is made of, one after the other, as long as they hold.

use super::attributes::Attributes;

/// Where a value is kept while a rule is worked through: 16 bytes each, in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// The first.
    One,
    /// The one after it.
    Two,
    /// The second four bytes of the first.
    OneSecond,
}

impl Register {
    fn number(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            // `NFT_REG32_01`
            Self::OneSecond => 9,
        }
    }
}

/// What is known of a packet beside its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetaKey {
    /// Interface it came in on, by number.
    InputInterface,
    /// Its firewall mark.
    Mark,
    /// Interface it goes out on, by number.
    OutputInterface,
    /// Protocol over IP, after all extension headers.
    Protocol,
    /// Kind of interface it goes out on, such as `macvlan`: 16 bytes.
    OutputKind,
}

impl MetaKey {
    /// `NFT_META_*`
    fn number(self) -> u32 {
        match self {
            Self::Mark => 3,
            Self::InputInterface => 4,
            Self::OutputInterface => 5,
            Self::Protocol => 16,
            Self::OutputKind => 27,
        }
    }
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It is thrown away.
    Drop,
    /// This hook is done with it.
    Accept,
    /// It goes to another chain and does not come back.
    Goto(&'a str),
    /// It goes back to where this chain was called from; in a chain with a hook, it goes on.
    Return,
}

impl Verdict<'_> {
    /// `NF_DROP`, `NF_ACCEPT`, `NFT_GOTO`, `NFT_RETURN`
    fn number(self) -> i32 {
        match self {
            Self::Drop => 0,
            Self::Accept => 1,
            Self::Goto(_) => -4,
            Self::Return => -5,
        }
    }
}

/// A part of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expression<'a> {
    /// Loads bytes from the network header on: register, offset, length.
    Network(Register, u32, u32),
    /// Loads bytes from the transport header on.
    Transport(Register, u32, u32),
    /// Loads something else that is known of the packet.
    Meta(Register, MetaKey),
    /// Changes what is known of the packet.
    SetMeta(MetaKey, Register),
    /// Keeps only these bits.
    Mask(Register, &'a [u8]),
    /// Goes on if the value is this.
    Is(Register, &'a [u8]),
    /// Goes on if the value is in this set.
    In(Register, &'a str),
    /// Replaces the value by that which this map has for it, or does not go on.
    Map(Register, &'a str),
    /// Sends a copy to the address in the first register, out of the interface in the second.
    Copy,
    /// Counts the packet.
    Count,
    /// Says what becomes of the packet.
    Verdict(Verdict<'a>),
}

impl Expression<'_> {
    fn name(self) -> &'static str {
        match self {
            Self::Network(..) | Self::Transport(..) => "payload",
            Self::Meta(..) | Self::SetMeta(..) => "meta",
            Self::Mask(..) => "bitwise",
            Self::Is(..) => "cmp",
            Self::In(..) | Self::Map(..) => "lookup",
            Self::Copy => "dup",
            Self::Count => "counter",
            Self::Verdict(_) => "immediate",
        }
    }

    pub(super) fn write(self, a: &mut Attributes<'_>) {
        a.text(1, self.name());
        a.nested(2, |a| self.write_data(a));
    }

    fn write_data(self, a: &mut Attributes<'_>) {
        match self {
            Self::Network(to, offset, length) => payload(a, to, 1, (offset, length)),
            Self::Transport(to, offset, length) => payload(a, to, 2, (offset, length)),
            Self::Meta(to, key) => {
                a.number(1, to.number());
                a.number(2, key.number());
            }
            Self::SetMeta(key, from) => {
                a.number(2, key.number());
                a.number(3, from.number());
            }
            Self::Mask(register, mask) => {
                a.number(1, register.number());
                a.number(2, register.number());
                a.number(3, u32::try_from(mask.len()).unwrap_or(0));
                a.nested(4, |a| a.bytes(1, mask));
                a.nested(5, |a| a.bytes(1, &vec![0; mask.len()]));
            }
            Self::Is(register, value) => {
                a.number(1, register.number());
                a.number(2, 0);
                a.nested(3, |a| a.bytes(1, value));
            }
            Self::In(register, set) => {
                a.text(1, set);
                a.number(2, register.number());
            }
            Self::Map(register, map) => {
                a.text(1, map);
                a.number(2, register.number());
                a.number(3, register.number());
            }
            Self::Copy => {
                a.number(1, Register::One.number());
                a.number(2, Register::Two.number());
            }
            Self::Count => {}
            Self::Verdict(verdict) => {
                a.number(1, 0);
                a.nested(2, |a| {
                    a.nested(2, |a| {
                        a.number(1, verdict.number().cast_unsigned());
                        if let Verdict::Goto(chain) = verdict {
                            a.text(2, chain);
                        }
                    });
                });
            }
        }
    }
}

fn payload(a: &mut Attributes<'_>, to: Register, base: u32, (offset, length): (u32, u32)) {
    a.number(1, to.number());
    a.number(2, base);
    a.number(3, offset);
    a.number(4, length);
}
