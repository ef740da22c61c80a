//! Route netlink: links, addresses and their changes; requests in batches.
