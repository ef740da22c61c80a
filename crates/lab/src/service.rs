//! The small service that each host of a lab runs: it tells a client which host answers.
//!
//! One process serves two things on one port: a web page over TCP with the name of the host, and
//! an echo over UDP whose answer is the question followed by the name. Both answer from the
//! address that was asked, so from the virtual address if that is what the client used.

use std::io::{self, IoSliceMut, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::thread;
use std::time::Duration;

use nix::cmsg_space;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg, setsockopt,
    sockopt,
};

/// Longest question that is answered, bytes.
const LONGEST_QUESTION: usize = 64;

/// How long a web client may take for its request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves until killed. Returns only what went wrong.
pub(crate) fn serve(port: u16, name: &str) -> io::Error {
    match listen(port) {
        Ok((web, echo)) => {
            // Whoever waits for this line reads it; nobody else has to.
            let _ = writeln!(io::stdout(), "serving");
            for socket in echo {
                let name = name.to_owned();
                thread::spawn(move || echo_forever(&socket, name.as_bytes()));
            }
            web_forever(&web, name)
        }
        Err(error) => error,
    }
}

/// Binds everything, IPv6 where the host has it.
fn listen(port: u16) -> io::Result<(TcpListener, Vec<UdpSocket>)> {
    let v4 = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port))?;
    setsockopt(&v4, sockopt::Ipv4PacketInfo, &true)?;
    let mut echo = vec![v4];
    // Port taken twice: the IPv6 wildcard of Linux also covers IPv4 unless told otherwise.
    if let Ok(v6) = v6_echo(port) {
        echo.push(v6);
    }
    let web = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port))
        .or_else(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)))?;
    Ok((web, echo))
}

fn v6_echo(port: u16) -> io::Result<UdpSocket> {
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn6, bind, socket};
    let socket = socket(
        AddressFamily::Inet6,
        SockType::Datagram,
        SockFlag::SOCK_CLOEXEC,
        None,
    )?;
    setsockopt(&socket, sockopt::Ipv6V6Only, &true)?;
    setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
    let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    if let SocketAddr::V6(any) = any {
        bind(socket.as_raw_fd(), &SockaddrIn6::from(any))?;
    }
    Ok(socket.into())
}

fn web_forever(listener: &TcpListener, name: &str) -> io::Error {
    loop {
        match listener.accept() {
            Ok((client, _)) => {
                let name = name.to_owned();
                // A client that goes away early is its own business.
                thread::spawn(move || answer_web(client, &name).unwrap_or_default());
            }
            Err(e) if e.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(e) => return e,
        }
    }
}

/// Answers one request, whatever it asks for.
fn answer_web(mut client: TcpStream, name: &str) -> io::Result<()> {
    client.set_read_timeout(Some(REQUEST_TIMEOUT))?;
    let mut request = Vec::new();
    let mut chunk = [0; 512];
    while !request.windows(4).any(|w| w == b"\r\n\r\n") && request.len() < 8192 {
        match client.read(&mut chunk)? {
            0 => break,
            n => request.extend_from_slice(&chunk[..n]),
        }
    }
    let body = format!("{name}\n");
    let length = body.len();
    write!(
        client,
        "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}

fn echo_forever(socket: &UdpSocket, name: &[u8]) {
    loop {
        // An error belongs to one datagram (an unreachable client, say); the next may be fine.
        if let Err(e) = echo(socket, name)
            && e.raw_os_error() == Some(nix::errno::Errno::EBADF as i32)
        {
            return;
        }
    }
}

/// Answers one datagram from the address it was sent to.
fn echo(socket: &UdpSocket, name: &[u8]) -> io::Result<()> {
    let mut question = [0; LONGEST_QUESTION];
    let mut space = cmsg_space!(nix::libc::in6_pktinfo);
    let mut parts = [IoSliceMut::new(&mut question)];
    let received = recvmsg::<SockaddrStorage>(
        socket.as_raw_fd(),
        &mut parts,
        Some(&mut space),
        MsgFlags::empty(),
    )?;
    let (client, length) = (received.address, received.bytes);
    let asked = received.cmsgs()?.find_map(asked_address);
    let mut answer = question[..length].to_vec();
    answer.extend_from_slice(name);
    let parts = [io::IoSlice::new(&answer)];
    let send = |control: &[ControlMessage<'_>]| {
        sendmsg(
            socket.as_raw_fd(),
            &parts,
            control,
            MsgFlags::empty(),
            client.as_ref(),
        )
    };
    match asked {
        Some(IpAddr::V4(address)) => {
            let from = nix::libc::in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: nix::libc::in_addr {
                    s_addr: u32::from_ne_bytes(address.octets()),
                },
                ipi_addr: nix::libc::in_addr { s_addr: 0 },
            };
            send(&[ControlMessage::Ipv4PacketInfo(&from)])?;
        }
        Some(IpAddr::V6(address)) => {
            let from = nix::libc::in6_pktinfo {
                ipi6_addr: nix::libc::in6_addr {
                    s6_addr: address.octets(),
                },
                ipi6_ifindex: 0,
            };
            send(&[ControlMessage::Ipv6PacketInfo(&from)])?;
        }
        None => {
            send(&[])?;
        }
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "as `find_map` gives it")]
fn asked_address(message: ControlMessageOwned) -> Option<IpAddr> {
    if let ControlMessageOwned::Ipv4PacketInfo(info) = message {
        return Some(IpAddr::from(info.ipi_addr.s_addr.to_ne_bytes()));
    }
    if let ControlMessageOwned::Ipv6PacketInfo(info) = message {
        return Some(IpAddr::from(info.ipi6_addr.s6_addr));
    }
    None
}
