//! Generic netlink: subsystems of the kernel that are called by name.

use std::io;

use netlink_packet_core::{DefaultNla, Emitable, NetlinkSerializable, NlasIterator};
use netlink_sys::protocols::NETLINK_GENERIC;

use super::socket::{Answer, Requests};

/// Type of messages to the subsystem that knows all others (`GENL_ID_CTRL`).
const CONTROL: u16 = 0x10;
/// `CTRL_CMD_GETFAMILY`
const GET_FAMILY: u8 = 3;
/// `CTRL_ATTR_FAMILY_ID`
const FAMILY_ID: u16 = 1;
/// `CTRL_ATTR_FAMILY_NAME`
const FAMILY_NAME: u16 = 2;
/// Command, version, two reserved bytes.
const HEADER: usize = 4;

/// A socket to generic netlink.
pub(super) type Generic = Requests<GenericMessage>;

/// A message to a subsystem.
#[derive(Clone, Debug)]
pub struct GenericMessage {
    /// The subsystem's number, which is the type of its messages.
    pub(super) family: u16,
    pub(super) command: u8,
    pub(super) version: u8,
    pub(super) attributes: Vec<DefaultNla>,
}

impl NetlinkSerializable for GenericMessage {
    fn message_type(&self) -> u16 {
        self.family
    }

    fn buffer_len(&self) -> usize {
        HEADER + self.attributes.as_slice().buffer_len()
    }

    fn serialize(&self, buffer: &mut [u8]) {
        buffer[..HEADER].copy_from_slice(&[self.command, self.version, 0, 0]);
        self.attributes.as_slice().emit(&mut buffer[HEADER..]);
    }
}

impl Generic {
    /// Opens a socket in the network namespace of the calling thread.
    pub(super) fn open_generic() -> io::Result<Self> {
        Self::connect(NETLINK_GENERIC)
    }

    /// The number of a subsystem. The kernel loads the module that has it, if it can.
    pub(super) fn family(&mut self, name: &str) -> io::Result<u16> {
        let request = GenericMessage {
            family: CONTROL,
            command: GET_FAMILY,
            version: 1,
            attributes: vec![text(FAMILY_NAME, name)],
        };
        let number = self.ask(request, |answer| {
            attributes(answer).find_map(|(kind, value)| match kind {
                FAMILY_ID => value.first_chunk().map(|bytes| u16::from_ne_bytes(*bytes)),
                _ => None,
            })
        })?;
        number.ok_or_else(|| io::Error::from_raw_os_error(libc::EBADMSG))
    }
}

/// An attribute that is text; its end is a zero byte.
pub(super) fn text(kind: u16, text: &str) -> DefaultNla {
    let mut value = text.as_bytes().to_vec();
    value.push(0);
    DefaultNla::new(kind, value)
}

/// The attributes of an answer. A malformed one ends them.
pub(super) fn attributes(answer: Answer<'_>) -> impl Iterator<Item = (u16, &[u8])> {
    nested(answer.payload.get(HEADER..).unwrap_or_default())
}

/// The attributes inside of an attribute. A malformed one ends them.
pub(super) fn nested(value: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    NlasIterator::new(value)
        .map_while(Result::ok)
        .map(|attribute| {
            let (start, length) = (4, attribute.value_length());
            (
                attribute.kind(),
                &attribute.into_inner()[start..start + length],
            )
        })
}
