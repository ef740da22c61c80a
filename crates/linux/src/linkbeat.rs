//! The link state of an interface, asked of its driver or transceiver: not every driver tells the
//! kernel when it changes.

use std::io;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;

use crate::Error;

/// `SIOCETHTOOL`
const ETHTOOL: libc::c_ulong = 0x8946;
/// `ETHTOOL_GLINK`
const GET_LINK: u32 = 0x0a;
/// `SIOCGMIIPHY`
const MII_PHY: libc::c_ulong = 0x8947;
/// `SIOCGMIIREG`
const MII_REGISTER: libc::c_ulong = 0x8948;
/// `MII_BMSR`, the status register.
const STATUS: u16 = 1;
/// `BMSR_LSTATUS`: there is a link.
const HAS_LINK: u16 = 4;

/// How an interface is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The transceiver's registers.
    Mii,
    /// The driver.
    Ethtool,
    /// The flags of the interface.
    Flags,
}

/// `struct ifreq`: a name, and what goes with the request.
#[repr(C)]
struct Request<T> {
    name: [u8; libc::IFNAMSIZ],
    data: T,
    /// The kernel copies the whole structure, which is as long as its longest form.
    rest: [u8; 24],
}

/// `struct mii_ioctl_data`
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct MiiData {
    transceiver: u16,
    register: u16,
    value_in: u16,
    value_out: u16,
}

/// `struct ethtool_value`
#[repr(C)]
struct EthtoolValue {
    command: u32,
    data: u32,
}

/// Asks interfaces of the network namespace where it was opened.
#[derive(Debug)]
pub struct Asker(UdpSocket);

impl Asker {
    /// Opens a socket to ask through. Nothing is sent on it.
    pub fn open() -> Result<Self, Error> {
        let socket = UdpSocket::bind("0.0.0.0:0");
        Ok(Self(socket.map_err(|e| {
            Error::new("open socket for", "link states", e)
        })?))
    }

    /// Whether an interface has a link. An error when it cannot be asked in this way.
    pub fn has_link(&self, name: &str, way: Way) -> io::Result<bool> {
        match way {
            Way::Mii => self.ask_mii(name),
            Way::Ethtool => self.ask_ethtool(name),
            Way::Flags => self.ask_flags(name),
        }
    }

    fn ask_mii(&self, name: &str) -> io::Result<bool> {
        let mut request = request(name, MiiData::default())?;
        self.exchange(MII_PHY, &mut request)?;
        request.data.register = STATUS;
        // The register keeps a loss until it is read.
        self.exchange(MII_REGISTER, &mut request)?;
        self.exchange(MII_REGISTER, &mut request)?;
        Ok(request.data.value_out & HAS_LINK != 0)
    }

    fn ask_ethtool(&self, name: &str) -> io::Result<bool> {
        let mut value = EthtoolValue {
            command: GET_LINK,
            data: 0,
        };
        let mut request = request(name, &raw mut value)?;
        self.exchange(ETHTOOL, &mut request)?;
        Ok(value.data != 0)
    }

    fn ask_flags(&self, name: &str) -> io::Result<bool> {
        let mut request = request(name, [0_i16; 4])?;
        self.exchange(libc::SIOCGIFFLAGS, &mut request)?;
        let flags = i32::from(request.data[0]);
        Ok(flags & libc::IFF_RUNNING != 0)
    }

    fn exchange<T>(&self, what: libc::c_ulong, request: &mut Request<T>) -> io::Result<()> {
        // SAFETY: `request` is at least as long as `struct ifreq` and lives through the call; a
        // pointer in it leads to a value of the caller that does so too.
        let result = unsafe {
            libc::ioctl(
                self.0.as_raw_fd(),
                what as libc::Ioctl,
                std::ptr::from_mut(request),
            )
        };
        match result {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

/// A request about an interface.
fn request<T>(name: &str, data: T) -> io::Result<Request<T>> {
    let mut bytes = [0; libc::IFNAMSIZ];
    match bytes.get_mut(..name.len()) {
        // A zero must follow.
        Some(place) if name.len() < libc::IFNAMSIZ => place.copy_from_slice(name.as_bytes()),
        _ => return Err(io::Error::from(io::ErrorKind::InvalidInput)),
    }
    Ok(Request {
        name: bytes,
        data,
        rest: [0; 24],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_has_a_link_and_no_transceiver() {
        let asker = Asker::open().unwrap();
        let up = asker.has_link("lo", Way::Flags);
        assert_eq!(asker.has_link("lo", Way::Ethtool).ok(), up.ok());
        assert!(asker.has_link("lo", Way::Mii).is_err());
        for name in ["no-such-if", "a-name-that-is-too-long", ""] {
            assert!(asker.has_link(name, Way::Flags).is_err(), "{name}");
        }
    }
}
