//! Damage to bytes, drawn from a seed.

use vipd_sim::rng::Rng;

/// Pieces that mean something to one of the languages.
const PIECES: [&[u8]; 24] = [
    b"{",
    b"}",
    b"\"",
    b"#",
    b"!",
    b"\\",
    b"\n",
    b"\r\n",
    b"\0",
    b"'",
    b"$A=",
    b"${A}",
    b"@x ",
    b"@^x ",
    b"~SEQ(V,1,9) ",
    b"~LST(V,a,b) ",
    b"include a.conf\n",
    b"-1",
    b"4294967296",
    b"255.255.255.255",
    b"::",
    b"\xff\xff\xff\xff",
    b"\x7f",
    b"\x80",
];

/// One of the seeds with a few damages, or two of them spliced.
pub fn damaged(seeds: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = one_of(seeds, rng);
    if rng.chance(15) {
        let other = one_of(seeds, rng);
        bytes.truncate(rng.index(bytes.len() + 1));
        bytes.extend_from_slice(&other[rng.index(other.len() + 1)..]);
    }
    for _ in 0..=rng.below(6) {
        damage(&mut bytes, rng);
    }
    bytes
}

fn one_of(seeds: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    seeds
        .get(rng.index(seeds.len()))
        .cloned()
        .unwrap_or_default()
}

fn damage(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let start = rng.index(bytes.len() + 1);
    let end = (start + rng.index(12)).min(bytes.len());
    match rng.below(5) {
        0 => {
            if let Some(byte) = bytes.get_mut(start) {
                *byte ^= 1 << rng.below(8);
            }
        }
        1 => {
            let piece = PIECES[rng.index(PIECES.len())];
            bytes.splice(start..end, piece.iter().copied());
        }
        2 => drop(bytes.drain(start..end)),
        3 => {
            let again = bytes[start..end].to_vec();
            bytes.splice(start..start, again);
        }
        _ => {
            let noise: Vec<u8> = (start..end).map(|_| rng.bits().to_le_bytes()[0]).collect();
            bytes.splice(start..end, noise);
        }
    }
}
