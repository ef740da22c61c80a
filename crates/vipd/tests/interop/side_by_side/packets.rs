//! Packets as lines of text, without what counts up.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vipd_lab::Frame;

/// An advert, if it is one: every byte of it, but for numbers that count up and checksums over
/// them.
pub fn advert(frame: &[u8]) -> Option<String> {
    let mut bytes = frame.to_vec();
    let priority = match frame.get(12..14)? {
        [0x08, 0x00] => {
            let protocol = *frame.get(23)?;
            let at = match protocol {
                112 => 34,
                51 => 58,
                _ => return None,
            };
            bytes[18..20].fill(0);
            bytes[24..26].fill(0);
            if protocol == 51 {
                bytes.get_mut(42..58)?.fill(0);
            }
            *frame.get(at + 2)?
        }
        [0x86, 0xdd] if frame.get(20) == Some(&112) => {
            // The flow label is the kernel's affair.
            bytes[15..18].fill(0);
            *frame.get(56)?
        }
        _ => return None,
    };
    // To a unicast peer: its hardware address is another one in each run.
    if frame[0] & 1 == 0 {
        bytes[..6].fill(0);
    }
    let mut text = format!("priority {priority}: ");
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

/// How often which address was announced.
pub fn announcements(frames: &[&Frame]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for text in frames.iter().filter_map(|frame| announcement(&frame.bytes)) {
        *counts.entry(text).or_default() += 1;
    }
    let line = |(text, count)| format!("{text}, {count} times");
    counts.into_iter().map(line).collect()
}

/// An announcement of an address to everybody, if it is one.
pub fn announcement(frame: &[u8]) -> Option<String> {
    let mac = |bytes: &[u8]| {
        let parts: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        parts.join(":")
    };
    let source = mac(frame.get(6..12)?);
    match frame.get(12..14)? {
        [8, 6] if frame.get(28..32)? == frame.get(38..42)? => {
            let a = &frame[28..32];
            let address = format!("{}.{}.{}.{}", a[0], a[1], a[2], a[3]);
            let kind = frame[21];
            Some(format!(
                "ARP {kind} {address} from {source} says {}",
                mac(&frame[22..28])
            ))
        }
        // Neighbour advertisements to everybody.
        [0x86, 0xdd] if frame.get(20) == Some(&58) && frame.get(54) == Some(&136) => {
            (*frame.get(38)? == 0xff).then(|| {
                let target: Vec<_> = frame[62..78].iter().map(|b| format!("{b:02x}")).collect();
                format!(
                    "NA {} flags {:02x} from {source}",
                    target.concat(),
                    frame[58]
                )
            })
        }
        _ => None,
    }
}
