use std::fmt::Write as _;

use expect_test::{Expect, expect};
use vipd_config::model::{Fifo, Instance, SyncGroup};

use super::*;

fn command(words: &str) -> Command {
    Command {
        argv: words.split(' ').map(Into::into).collect(),
        user: None,
    }
}

fn notify(of: &str) -> Notify {
    Notify {
        master: Some(command(&format!("/{of}/master")).into()),
        backup: Some(command(&format!("/{of}/backup x y")).into()),
        fault: Some(command(&format!("/{of}/fault")).into()),
        stop: Some(command(&format!("/{of}/stop")).into()),
        any: Some(command(&format!("/{of}/any arg")).into()),
        master_rx_lower_pri: Some(command(&format!("/{of}/lower")).into()),
        smtp_alert: true,
        ..Notify::default()
    }
}

fn config() -> Config {
    let mut config = Config::default();
    config.global.router_id = "LVS".into();
    config.global.notify_fifo = Some(Fifo {
        path: "/run/fifo".into(),
        user: None,
        script: None,
    });
    let mut instance = Instance::new("VI_1", "eth0", 51);
    instance.notify = notify("i");
    config.instances.push(instance);
    config.sync_groups.push(SyncGroup {
        name: "G".into(),
        members: vec!["VI_1".into()],
        notify: notify("g"),
        ..SyncGroup::default()
    });
    config
}

fn check(config: &Config, event: &Event, expected: &Expect) {
    let mut text = String::new();
    for notification in Teller::new(Arc::new(config.clone())).notifications(event) {
        match notification {
            Notification::Script(script) => writeln!(text, "run {}", script.argv.join(" ")),
            Notification::Fifo(line) => write!(text, "fifo {line}"),
            Notification::Mail(mail) => writeln!(text, "mail {}\n     {}", mail.subject, mail.body),
        }
        .unwrap();
    }
    expected.assert_eq(&text);
}

fn changed(to: State) -> Event {
    Event::StateChanged {
        instance: "VI_1".into(),
        from: State::Init,
        to,
        priority: 100,
    }
}

#[test]
fn a_new_master_is_told_to_scripts_then_fifo_then_mail() {
    check(
        &config(),
        &changed(State::Master),
        &expect![[r#"
            run /i/master
            run /i/any arg INSTANCE VI_1 MASTER 100
            fifo INSTANCE "VI_1" MASTER 100
            mail [LVS] VRRP Instance VI_1 - Entering MASTER state
                 => VRRP Instance is now owning VRRP VIPs <=
        "#]],
    );
}

#[test]
fn arguments_of_the_file_come_before_those_that_are_added() {
    check(
        &config(),
        &changed(State::Backup),
        &expect![[r#"
            run /i/backup x y
            run /i/any arg INSTANCE VI_1 BACKUP 100
            fifo INSTANCE "VI_1" BACKUP 100
            mail [LVS] VRRP Instance VI_1 - Entering BACKUP state
                 => VRRP Instance is no longer owning VRRP VIPs <=
        "#]],
    );
}

#[test]
fn faults_are_not_mailed_when_that_is_not_wanted() {
    let mut config = config();
    config.global.no_email_faults = true;
    check(
        &config,
        &changed(State::Fault),
        &expect![[r#"
            run /i/fault
            run /i/any arg INSTANCE VI_1 FAULT 100
            fifo INSTANCE "VI_1" FAULT 100
        "#]],
    );
}

#[test]
fn a_group_has_priority_0() {
    check(
        &config(),
        &Event::GroupChanged {
            group: "G".into(),
            to: State::Master,
        },
        &expect![[r#"
            run /g/master
            run /g/any arg GROUP G MASTER 0
            fifo GROUP "G" MASTER 0
            mail [LVS] VRRP Group G - Entering MASTER state
                 => All VRRP group instances are now in MASTER state <=
        "#]],
    );
}

#[test]
fn the_end_is_told_as_stop() {
    let stopped = Event::InstanceStopped {
        instance: "VI_1".into(),
        priority: 100,
    };
    check(
        &config(),
        &stopped,
        &expect![[r#"
            run /i/stop
            run /i/any arg INSTANCE VI_1 STOP 100
            fifo INSTANCE "VI_1" STOP 100
            mail [LVS] VRRP Instance VI_1 - Stopping
                 => VRRP Instance stopping <=
        "#]],
    );
    check(
        &config(),
        &Event::GroupStopped { group: "G".into() },
        &expect![[r#"
            run /g/stop
            run /g/any arg GROUP G STOP 0
            fifo GROUP "G" STOP 0
            mail [LVS] VRRP Group G - Stopping
                 => All VRRP group instances are now stopping <=
        "#]],
    );
}

#[test]
fn a_removed_instance_is_a_fault_without_notify_fault_or_it_is_deleted() {
    let deleted = Event::InstanceDeleted {
        instance: "VI_1".into(),
        priority: 100,
    };
    let mut config = config();
    check(
        &config,
        &deleted,
        &expect![[r#"
            run /i/any arg INSTANCE VI_1 FAULT 100
            fifo INSTANCE "VI_1" FAULT 100
            mail [LVS] VRRP Instance VI_1 - Entering FAULT state
                 => VRRP Instance is no longer owning VRRP VIPs <=
        "#]],
    );
    config.instances[0].notify.tells_deleted = true;
    config.instances[0].notify.deleted = Some(command("/i/deleted").into());
    check(
        &config,
        &deleted,
        &expect![[r#"
            run /i/deleted
            run /i/any arg INSTANCE VI_1 DELETED 100
            fifo INSTANCE "VI_1" DELETED 100
            mail [LVS] VRRP Instance VI_1 - Deleted
                 => VRRP Deleted at reload <=
        "#]],
    );
}

#[test]
fn a_lower_priority_is_told_to_its_own_script_and_the_fifo_only() {
    check(
        &config(),
        &Event::LowerPriorityHeard {
            instance: "VI_1".into(),
            sender: [10, 0, 0, 2].into(),
            theirs: 50,
            ours: 100,
        },
        &expect![[r#"
            run /i/lower
            fifo INSTANCE "VI_1" MASTER_RX_LOWER_PRI 100
        "#]],
    );
}

#[test]
fn changes_of_priority_are_told_to_the_fifo_when_wanted() {
    let changed = |state| Event::PriorityChanged {
        instance: "VI_1".into(),
        state,
        from: 100,
        to: 98,
    };
    let mut config = config();
    check(&config, &changed(State::Master), &expect![""]);
    config.instances[0].notify.priority_changes = true;
    check(
        &config,
        &changed(State::Master),
        &expect![[r#"
            fifo INSTANCE "VI_1" MASTER_PRIORITY 98
        "#]],
    );
    check(
        &config,
        &changed(State::Backup),
        &expect![[r#"
            fifo INSTANCE "VI_1" BACKUP_PRIORITY 98
        "#]],
    );
    check(&config, &changed(State::Fault), &expect![""]);
}

#[test]
fn who_wants_nothing_is_told_nothing() {
    let mut config = Config::default();
    config.instances.push(Instance::new("VI_1", "eth0", 51));
    check(&config, &changed(State::Master), &expect![""]);
    check(&Config::default(), &changed(State::Master), &expect![""]);
}

#[test]
fn a_long_name_does_not_make_a_long_subject() {
    let mut config = config();
    config.global.router_id = "ä".repeat(300);
    let list = Teller::new(Arc::new(config)).notifications(&changed(State::Master));
    let Some(Notification::Mail(mail)) = list.last() else {
        panic!("no mail: {list:?}");
    };
    assert!(mail.subject.len() <= SUBJECT_BYTES_MAX && mail.subject.starts_with("[ä"));
}

#[test]
fn only_fifos_learn_of_states_that_are_as_they_were() {
    let instance = "VI_1".to_owned();
    let (state, priority) = (State::Backup, 90);
    let event = Event::StateHeld {
        instance,
        state,
        priority,
    };
    check(
        &config(),
        &event,
        &expect![[r#"
            fifo INSTANCE "VI_1" BACKUP 90
        "#]],
    );
    let group = "G".to_owned();
    let event = Event::GroupHeld { group, state };
    check(
        &config(),
        &event,
        &expect![[r#"
            fifo GROUP "G" BACKUP 0
        "#]],
    );
}
