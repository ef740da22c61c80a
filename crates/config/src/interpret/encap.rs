//! `encap` in a route: `mpls LABELS [ttl N]`, `ip|ip6 [id N] [dst A] [src A] [tos N] [ttl N]`.

use crate::interpret::phrase::Phrase;
use crate::line::Word;
use crate::model::{Encapsulation, Family};

/// Most labels that the kernel takes.
const LABELS_MAX: usize = 30;
/// A label has 20 bits.
const LABEL_MAX: u32 = (1 << 20) - 1;

/// Reads what follows `encap`, as far as it belongs to it.
pub(super) fn encapsulation(phrase: &mut Phrase<'_, '_>) -> Option<Encapsulation> {
    let Some(kind) = phrase.next() else {
        return phrase.clash(phrase.span, "`encap` names nothing to put packets into");
    };
    match kind.text {
        "mpls" => mpls(kind, phrase),
        "ip" => tunnel(Family::V4, phrase),
        "ip6" => tunnel(Family::V6, phrase),
        "bpf" | "ila" | "seg6" | "seg6local" => phrase.without_effect(kind),
        _ => phrase.unknown(kind, ["mpls", "ip", "ip6"].into_iter()),
    }
}

fn mpls(keyword: &Word<'_>, phrase: &mut Phrase<'_, '_>) -> Option<Encapsulation> {
    let word = phrase.value(keyword)?;
    let labels: Option<Vec<u32>> = word
        .text
        .split('/')
        .map(|label| label.parse().ok().filter(|label| *label <= LABEL_MAX))
        .collect();
    let Some(labels) = labels.filter(|labels| labels.len() <= LABELS_MAX) else {
        return phrase.bad(word, "a list of labels, such as `100` or `100/200`");
    };
    let mut ttl = None;
    if let Some(word) = phrase.rest.first().filter(|word| word.text == "ttl") {
        phrase.next();
        ttl = Some(byte(word, phrase)?);
    }
    Some(Encapsulation::Mpls { labels, ttl })
}

fn tunnel(family: Family, phrase: &mut Phrase<'_, '_>) -> Option<Encapsulation> {
    let (mut id, mut destination, mut source) = (None, None, None);
    let (mut tos, mut ttl) = (None, None);
    while let Some(word) = phrase.rest.first() {
        match word.text {
            "id" => {
                phrase.next();
                let value = phrase.value(word)?;
                let Ok(number) = value.text.parse::<u64>() else {
                    return phrase.bad(value, "a number of a tunnel");
                };
                id = Some(number);
            }
            "dst" | "src" => {
                phrase.next();
                let value = phrase.value(word)?;
                let address = value.text.parse::<std::net::IpAddr>().ok();
                let address = address.filter(|a| a.is_ipv4() == (family == Family::V4));
                let Some(address) = address else {
                    return phrase.bad(value, "an address of the family of the tunnel");
                };
                if word.text == "dst" {
                    destination = Some(address);
                } else {
                    source = Some(address);
                }
            }
            "tos" | "tc" => {
                phrase.next();
                tos = Some(byte(word, phrase)?);
            }
            "ttl" | "hoplimit" => {
                phrase.next();
                ttl = Some(byte(word, phrase)?);
            }
            _ => break,
        }
    }
    Some(Encapsulation::Ip {
        family,
        id,
        destination,
        source,
        tos,
        ttl,
    })
}

fn byte(keyword: &Word<'_>, phrase: &mut Phrase<'_, '_>) -> Option<u8> {
    let number = phrase.number(keyword, 255)?;
    u8::try_from(number).ok()
}
