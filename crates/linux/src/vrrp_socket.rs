//! Raw sockets for protocols 112 and 51, in batches.
