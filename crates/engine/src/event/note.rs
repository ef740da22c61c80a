//! What happens in the course of one instance, each with its line of log.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Detail, Lost, State};
use crate::vrrp::Fault;

/// Something about the course of one instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// Nothing was heard for the master down time.
    TimedOut,
    /// VIPs are put on interfaces.
    SetsAddresses {
        /// They are those not in adverts.
        excluded: bool,
    },
    /// VIPs are taken away.
    RemovesAddresses {
        /// They are those not in adverts.
        excluded: bool,
    },
    /// Packets to the VIPs are dropped from now on.
    Refuses,
    /// Packets to the VIPs are no longer dropped.
    Accepts,
    /// Routes or rules are added.
    SetsRouting {
        /// They are rules.
        rules: bool,
    },
    /// Routes or rules are taken away.
    RemovesRouting {
        /// They are rules.
        rules: bool,
    },
    /// Gratuitous ARPs or neighbour advertisements for an address are sent or queued.
    Announces {
        /// The address.
        address: IpAddr,
        /// Its interface.
        interface: String,
    },
    /// As [`Note::Announces`], for so many addresses that they are not listed.
    AnnouncesMany {
        /// How many.
        count: usize,
    },
    /// An advert of priority 0 was sent.
    SentPriorityZero,
    /// A master heard a better one.
    HeardHigher {
        /// Who sent it.
        sender: IpAddr,
        /// Its priority.
        theirs: u8,
        /// Our effective priority.
        ours: u8,
    },
    /// A master heard another of the same priority with a higher address.
    HeardHigherAddress {
        /// Who sent it.
        sender: IpAddr,
        /// The priority of both.
        priority: u8,
    },
    /// A master heard a worse one.
    HeardLower {
        /// Who sent it.
        sender: IpAddr,
        /// Its priority.
        theirs: u8,
        /// Our effective priority.
        ours: u8,
        /// It was answered with an advert.
        answered: bool,
    },
    /// A backup that will preempt heard a master of lower priority.
    DiscardedLower {
        /// Who sent it.
        sender: IpAddr,
        /// Its priority.
        theirs: u8,
    },
    /// The master leaves.
    HeardPriorityZero {
        /// We are master ourselves.
        as_master: bool,
    },
    /// An advert came with our own priority and our own address.
    HeardOurselves,
    /// Two address owners: we go on with priority 254.
    TwoOwners,
    /// The other owner is gone: 255 again.
    OwnerAgain,
    /// The master's interval is not what we went by.
    IntervalLearned {
        /// What we went by.
        from: Duration,
        /// What the master sends.
        to: Duration,
    },
    /// Back to the configured interval.
    IntervalRestored {
        /// The learned one.
        from: Duration,
        /// The configured one.
        to: Duration,
    },
    /// A lower master is given this time.
    PreemptDelayStarts(Duration),
    /// A higher master came: no delay runs.
    PreemptDelayStops,
    /// Something keeps the instance from running.
    Faulty(Fault),
    /// Something held was removed by somebody else and is put back.
    Restored(Lost),
    /// Something held was removed by somebody else: the instance gives way.
    Lost {
        /// What.
        lost: Lost,
        /// It was put back before, in vain.
        again: bool,
    },
    /// A master sent nothing for longer than backups wait: it may have been deposed.
    Stalled {
        /// How long it was silent.
        silence: Duration,
    },
    /// A backup noticed the silence of the master so late that it listens again first.
    Overslept {
        /// How late.
        late: Duration,
    },
    /// A process that took over carries on in this state.
    CarriesOn(State),
    /// A unicast peer computes version 3 checksums the old way: we do so too.
    OldChecksum,
    /// The count of authenticated adverts goes on behind that of a lower master (AH-7).
    SequenceTakenOver,
    /// The wall clock was set, by more than half the window of `auth_hmac`.
    ClockStepped {
        /// By how much, in milliseconds.
        milliseconds: i64,
    },
    /// The count of authenticated adverts is used up (AH-6): we give way and begin anew.
    SequenceUsedUp,
}

impl Note {
    pub(super) fn detail(&self) -> Detail {
        match self {
            Self::TimedOut
            | Self::SetsAddresses { .. }
            | Self::RemovesAddresses { .. }
            | Self::Refuses
            | Self::Accepts
            | Self::SetsRouting { .. }
            | Self::RemovesRouting { .. }
            | Self::Announces { .. }
            | Self::AnnouncesMany { .. }
            | Self::SentPriorityZero
            | Self::HeardPriorityZero { .. }
            | Self::IntervalLearned { .. }
            | Self::IntervalRestored { .. }
            | Self::PreemptDelayStarts(_)
            | Self::PreemptDelayStops => Detail::Detail,
            Self::HeardHigher { .. }
            | Self::HeardHigherAddress { .. }
            | Self::HeardLower { .. }
            | Self::DiscardedLower { .. }
            | Self::HeardOurselves
            | Self::TwoOwners
            | Self::OwnerAgain
            | Self::Faulty(_)
            | Self::Restored(_)
            | Self::Lost { .. }
            | Self::Stalled { .. }
            | Self::Overslept { .. }
            | Self::CarriesOn(_)
            | Self::OldChecksum
            | Self::SequenceTakenOver
            | Self::ClockStepped { .. }
            | Self::SequenceUsedUp => Detail::Always,
        }
    }
}

impl fmt::Display for Note {
    #[expect(
        clippy::too_many_lines,
        reason = "a table: one line of log for each kind"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("Receive advertisement timeout"),
            Self::Refuses => f.write_str("setting firewall drop rule"),
            Self::Accepts => f.write_str("removing firewall drop rule"),
            Self::SetsAddresses { excluded } => write!(f, "setting {}VIPs.", kind(*excluded)),
            Self::RemovesAddresses { excluded } => write!(f, "removing {}VIPs.", kind(*excluded)),
            Self::SetsRouting { rules } => write!(f, "setting Virtual {}", routing(*rules)),
            Self::RemovesRouting { rules } => write!(f, "removing Virtual {}", routing(*rules)),
            Self::Announces { address, interface } => {
                let what = if address.is_ipv4() {
                    "gratuitous ARPs"
                } else {
                    "Unsolicited Neighbour Adverts"
                };
                write!(f, "Sending/queueing {what} on {interface} for {address}")
            }
            Self::AnnouncesMany { count } => {
                write!(f, "Sending/queueing announcements for {count} addresses")
            }
            Self::SentPriorityZero => f.write_str("sent 0 priority"),
            Self::HeardPriorityZero { as_master: true } => {
                f.write_str("Master received priority 0 message")
            }
            Self::HeardPriorityZero { as_master: false } => {
                f.write_str("Backup received priority 0 advertisement")
            }
            Self::IntervalLearned { from, to } => write!(
                f,
                "advertisement interval updated from {}ms to {}ms by master",
                from.as_millis(),
                to.as_millis()
            ),
            Self::IntervalRestored { from, to } => write!(
                f,
                "changing advert interval from {}ms to locally configured {}ms",
                from.as_millis(),
                to.as_millis()
            ),
            Self::PreemptDelayStarts(delay) => write!(
                f,
                "start preempt delay ({}.{:06})",
                delay.as_secs(),
                delay.subsec_micros()
            ),
            Self::PreemptDelayStops => f.write_str("stop preempt delay"),
            Self::Faulty(fault) => write!(f, "entering FAULT state ({fault})"),
            Self::HeardHigher {
                sender,
                theirs,
                ours,
            } => write!(
                f,
                "Master received advert from {sender} with higher priority {theirs}, ours {ours}"
            ),
            Self::HeardHigherAddress { sender, priority } => write!(
                f,
                "Master received advert from {sender} with same priority {priority} but higher IP address than ours"
            ),
            Self::HeardLower {
                sender,
                theirs,
                ours,
                answered,
            } => {
                let then = if *answered { ", forcing new election" } else { "" };
                write!(
                    f,
                    "Received advert from {sender} with lower priority {theirs}, ours {ours}{then}"
                )
            }
            Self::DiscardedLower { sender, theirs } => write!(
                f,
                "received lower priority ({theirs}) advert from {sender} - discarding"
            ),
            Self::HeardOurselves => f.write_str(
                "WARNING - equal priority advert received from remote host with our IP address.",
            ),
            Self::TwoOwners => f.write_str(
                "CONFIGURATION ERROR: local instance and a remote instance are both configured as address owner, please fix - reducing local priority",
            ),
            Self::OwnerAgain => {
                f.write_str("the other address owner is gone - restoring local priority")
            }
            Self::Restored(lost) => {
                write!(f, "{} by somebody else - putting it back", removed(lost))
            }
            Self::Lost { lost, again } => {
                let often = if *again { " again and again" } else { "" };
                write!(f, "{} by somebody else{often} - giving way", removed(lost))
            }
            Self::Stalled { silence } => write!(
                f,
                "sent no advert for {}.{:03} seconds - another router may be master, listening before going on",
                silence.as_secs(),
                silence.subsec_millis()
            ),
            Self::Overslept { late } => write!(
                f,
                "advertisement timeout noticed {}.{:03} seconds late - listening again before going on",
                late.as_secs(),
                late.subsec_millis()
            ),
            Self::CarriesOn(state) => write!(f, "carrying on in {state} STATE"),
            Self::OldChecksum => f.write_str("Setting unicast VRRPv3 checksum to old version"),
            Self::SequenceTakenOver => f.write_str("IPSEC-AH : Syncing seq_num - Increment seq"),
            Self::ClockStepped { milliseconds } => write!(
                f,
                "auth_hmac: the clock of this machine was set by {}.{:03} seconds",
                milliseconds / 1000,
                milliseconds.unsigned_abs() % 1000
            ),
            Self::SequenceUsedUp => {
                f.write_str("IPSEC-AH : sequence numbers are used up - giving way to begin anew")
            }
        }
    }
}

/// What keepalived calls VIPs that are in adverts, and those that are not.
fn kind(excluded: bool) -> &'static str {
    if excluded { "E-" } else { "" }
}

/// What keepalived calls routes and rules.
fn routing(rules: bool) -> &'static str {
    if rules { "Rules" } else { "Routes" }
}

fn removed(lost: &Lost) -> String {
    match lost {
        Lost::Address { address, interface } => {
            format!("VIP {address} was removed from {interface}")
        }
        Lost::Route { .. } | Lost::Rule { .. } => format!("{lost} was removed"),
    }
}
