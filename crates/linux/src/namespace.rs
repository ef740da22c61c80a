//! Namespaces, veth pairs and bridges: whole hosts on one machine.
