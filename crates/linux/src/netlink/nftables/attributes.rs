//! Attributes as netfilter reads them: aligned to four bytes, numbers in network order.

/// `NLA_F_NESTED`
const NESTED: u16 = 0x8000;

/// Attributes at the end of a message that is being written.
#[derive(Debug)]
pub(super) struct Attributes<'a> {
    bytes: &'a mut Vec<u8>,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes }
    }

    pub(super) fn number(&mut self, kind: u16, value: u32) {
        self.bytes(kind, &value.to_be_bytes());
    }

    /// A name, with the zero byte that ends it.
    pub(super) fn text(&mut self, kind: u16, value: &str) {
        self.write(kind, |bytes| {
            bytes.extend(value.as_bytes());
            bytes.push(0);
        });
    }

    pub(super) fn bytes(&mut self, kind: u16, value: &[u8]) {
        self.write(kind, |bytes| bytes.extend(value));
    }

    pub(super) fn nested(&mut self, kind: u16, body: impl FnOnce(&mut Attributes<'_>)) {
        self.write(kind | NESTED, |bytes| body(&mut Attributes { bytes }));
    }

    fn write(&mut self, kind: u16, body: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len();
        self.bytes.extend([0; 2]);
        self.bytes.extend(kind.to_ne_bytes());
        body(self.bytes);
        let length = u16::try_from(self.bytes.len() - start).unwrap_or(u16::MAX);
        self.bytes[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        let end = self.bytes.len().next_multiple_of(4);
        self.bytes.resize(end, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_padded_and_say_their_own_length() {
        let mut bytes = Vec::new();
        let mut attributes = Attributes::new(&mut bytes);
        attributes.text(1, "in");
        attributes.nested(4, |a| a.number(2, 7));
        let n = u16::to_ne_bytes;
        let wanted = [
            &n(7)[..],
            &n(1),
            b"in\0\0",
            &n(12),
            &n(4 | NESTED),
            &n(8),
            &n(2),
            &[0, 0, 0, 7],
        ];
        assert_eq!(bytes, wanted.concat());
    }
}
