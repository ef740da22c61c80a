//! Gratuitous ARP and unsolicited neighbour advertisements through packet sockets.
