//! Users and groups of the machine, by name or number.

use std::ffi::CString;

use nix::unistd::{Gid, Group, Uid, User, getgrouplist};

/// Who a program runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// User number.
    pub uid: u32,
    /// Group number.
    pub gid: u32,
}

impl Identity {
    /// The administrator.
    pub const ROOT: Self = Self { uid: 0, gid: 0 };

    /// Who this process runs as.
    pub fn current() -> Self {
        Self {
            uid: Uid::effective().as_raw(),
            gid: Gid::effective().as_raw(),
        }
    }
}

/// A name that no user or group of this machine has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownName {
    /// No such user.
    #[error("there is no user `{0}`")]
    User(String),
    /// No such group.
    #[error("there is no group `{0}`")]
    Group(String),
}

/// The identity of a user, with the group given or else the user's own.
///
/// Numbers are taken as they are; a number that no user has runs with itself as the group.
pub fn identity(user: &str, group: Option<&str>) -> Result<Identity, UnknownName> {
    let (uid, own_gid) = find_user(user).ok_or_else(|| UnknownName::User(user.to_owned()))?;
    let gid = match group {
        None => own_gid,
        Some(name) => find_group(name).ok_or_else(|| UnknownName::Group(name.to_owned()))?,
    };
    Ok(Identity { uid, gid })
}

/// All groups of a user of this machine, that which is given included; that alone when the user has
/// no entry.
pub fn groups_of(identity: Identity) -> Vec<u32> {
    let alone = vec![identity.gid];
    let Ok(Some(user)) = User::from_uid(Uid::from_raw(identity.uid)) else {
        return alone;
    };
    let Ok(name) = CString::new(user.name) else {
        return alone;
    };
    match getgrouplist(&name, Gid::from_raw(identity.gid)) {
        Ok(groups) => groups.into_iter().map(Gid::as_raw).collect(),
        Err(_) => alone,
    }
}

/// Number of a user and of its own group.
fn find_user(name: &str) -> Option<(u32, u32)> {
    if let Ok(Some(user)) = User::from_name(name) {
        return Some((user.uid.as_raw(), user.gid.as_raw()));
    }
    let uid: u32 = name.parse().ok()?;
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => Some((uid, user.gid.as_raw())),
        Ok(None) | Err(_) => Some((uid, uid)),
    }
}

/// Number of a group.
fn find_group(name: &str) -> Option<u32> {
    match Group::from_name(name) {
        Ok(Some(group)) => Some(group.gid.as_raw()),
        Ok(None) | Err(_) => name.parse().ok(),
    }
}

/// Name of a user, or its number when it has none.
pub fn user_name(uid: u32) -> String {
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => user.name,
        Ok(None) | Err(_) => uid.to_string(),
    }
}

/// Name of a group, or its number when it has none.
pub fn group_name(gid: u32) -> String {
    match Group::from_gid(Gid::from_raw(gid)) {
        Ok(Some(group)) => group.name,
        Ok(None) | Err(_) => gid.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_brings_its_own_group() {
        assert_eq!(identity("root", None), Ok(Identity::ROOT));
    }

    #[test]
    fn a_group_that_is_given_wins() {
        let expected = Identity { uid: 0, gid: 4242 };
        assert_eq!(identity("root", Some("4242")), Ok(expected));
    }

    #[test]
    fn groups_of_a_user_have_its_own_among_them() {
        assert!(groups_of(Identity::ROOT).contains(&0));
        let unknown = Identity {
            uid: 4_000_001,
            gid: 7,
        };
        assert_eq!(groups_of(unknown), [7]);
    }

    #[test]
    fn numbers_need_no_entry() {
        let expected = Identity {
            uid: 4_000_001,
            gid: 4_000_001,
        };
        assert_eq!(identity("4000001", None), Ok(expected));
    }

    #[test]
    fn unknown_names_are_told() {
        let user = identity("no-such-user", None);
        assert_eq!(user, Err(UnknownName::User("no-such-user".into())));
        let group = identity("root", Some("no-such-group"));
        assert_eq!(group, Err(UnknownName::Group("no-such-group".into())));
    }
}
