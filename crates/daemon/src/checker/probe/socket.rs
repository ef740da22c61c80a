//! Connections that checks are made over.

use std::io;

use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use vipd_config::model::lvs::Connection;
use vipd_linux::probe_socket::{self, Kind, OwnEnd};

use super::{Failed, step};

fn own_end(connection: &Connection) -> OwnEnd<'_> {
    connection
        .binding
        .as_deref()
        .map_or_else(OwnEnd::default, |binding| OwnEnd {
            address: binding.address,
            port: binding.port,
            interface: binding.interface.as_deref(),
            mark: binding.mark,
        })
}

/// Connects over TCP within `connect_timeout`.
pub(super) async fn connect(connection: &Connection) -> Result<TcpStream, Failed> {
    let opened = probe_socket::open(Kind::Stream, connection.to.ip(), &own_end(connection));
    let socket = opened.map_err(|error| error.to_string())?;
    let socket = TcpSocket::from_std_stream(std::net::TcpStream::from(socket));
    step("connect", connection.timeout, socket.connect(connection.to)).await
}

/// A datagram socket that is connected, so that refusals of the other side become errors.
pub(super) async fn datagrams(kind: Kind, connection: &Connection) -> Result<UdpSocket, Failed> {
    let opened = probe_socket::open(kind, connection.to.ip(), &own_end(connection));
    let socket = opened.map_err(|error| error.to_string())?;
    let connected = async {
        let socket = UdpSocket::from_std(std::net::UdpSocket::from(socket))?;
        socket.connect(connection.to).await?;
        Ok::<_, io::Error>(socket)
    };
    connected.await.map_err(|error| format!("connect: {error}"))
}
