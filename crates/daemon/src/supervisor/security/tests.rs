use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

const ANYBODY: Identity = Identity {
    uid: 12_345,
    gid: 12_345,
};

fn step(path: &str, kind: StepKind, uid: u32, gid: u32, mode: u32) -> Step {
    Step {
        path: path.into(),
        owner: Identity { uid, gid },
        mode,
        kind,
    }
}

fn folder(path: &str, uid: u32, gid: u32, mode: u32) -> Step {
    step(path, StepKind::Directory, uid, gid, mode)
}

fn script(uid: u32, gid: u32, mode: u32) -> Vec<Step> {
    vec![
        folder("/", 0, 0, 0o755),
        folder("/opt", 0, 0, 0o755),
        step("/opt/x.sh", StepKind::File, uid, gid, mode),
    ]
}

fn faults(steps: &[Step], identity: Identity) -> Vec<String> {
    let mut judgement = Judgement::default();
    report_insecure(
        Path::new("/opt/x.sh"),
        steps,
        identity,
        true,
        &mut judgement,
    );
    judgement.messages
}

#[test]
fn a_path_of_root_is_safe() {
    assert!(faults(&script(0, 0, 0o755), Identity::ROOT).is_empty());
    assert!(faults(&script(0, 0, 0o775), Identity::ROOT).is_empty());
}

#[test]
fn the_message_names_part_owner_mode_and_cure() {
    assert_eq!(
        faults(&script(0, 0, 0o757), Identity::ROOT),
        [
            "Unsafe permissions found for script '/opt/x.sh' - disabling: file /opt/x.sh can be \
             changed by everybody (mode 0757, owner root:root); to mend: chmod o-w /opt/x.sh"
        ]
    );
    assert_eq!(
        faults(&script(0, 77_777, 0o775), Identity::ROOT),
        [
            "Unsafe permissions found for script '/opt/x.sh' - disabling: file /opt/x.sh can be \
             changed by its group (mode 0775, owner root:77777); to mend: chmod g-w /opt/x.sh"
        ]
    );
    assert_eq!(
        faults(&script(77_777, 0, 0o755), Identity::ROOT),
        [
            "Unsafe permissions found for script '/opt/x.sh' - disabling: file /opt/x.sh does \
             not belong to root (mode 0755, owner 77777:root); to mend: chown root /opt/x.sh"
        ]
    );
}

#[test]
fn every_part_of_the_path_counts_but_sticky_ones_are_safe() {
    let mut steps = script(0, 0, 0o755);
    steps[1].mode = 0o777;
    assert_eq!(faults(&steps, Identity::ROOT).len(), 1);
    steps[1].mode = 0o1777;
    assert!(faults(&steps, Identity::ROOT).is_empty());
    steps[1].owner.uid = 5;
    assert_eq!(faults(&steps, Identity::ROOT).len(), 1);
}

#[test]
fn only_what_runs_with_rights_of_root_is_looked_at() {
    let steps = script(77_777, 0, 0o757);
    assert!(faults(&steps, ANYBODY).is_empty());
    let group_of_root = Identity { gid: 0, ..ANYBODY };
    assert_eq!(faults(&steps, group_of_root).len(), 1);
    let set_id = script(77_777, 0, 0o4755);
    assert_eq!(faults(&set_id, ANYBODY).len(), 1);
}

#[test]
fn execution_depends_on_the_user() {
    let of = |mode| step("/x", StepKind::File, 12_345, 500, mode);
    assert!(may_execute(&of(0o100), ANYBODY));
    assert!(!may_execute(&of(0o011), ANYBODY), "the owner's own bit");
    let member = Identity { uid: 9, gid: 500 };
    assert!(may_execute(&of(0o010), member));
    assert!(!may_execute(&of(0o101), member), "the group's own bit");
    let other = Identity { uid: 9, gid: 9 };
    assert!(may_execute(&of(0o001), other));
    assert!(may_execute(&of(0o010), Identity::ROOT), "any bit is enough");
    assert!(!may_execute(&of(0o666), Identity::ROOT));
}

fn judged(path: &str, refuse: bool) -> Judgement {
    let command = Command {
        argv: vec![path.to_owned(), "arg".to_owned()],
        user: None,
    };
    judge_as(
        &command,
        Identity::current(),
        refuse,
        OsStr::new("/usr/bin"),
    )
}

#[test]
fn a_script_that_is_not_there_or_not_executable_is_disabled() {
    let here = tempfile::tempdir().unwrap();
    let missing = here.path().join("missing").display().to_string();
    let judgement = judged(&missing, false);
    assert_eq!(judgement.runnable, None);
    assert!(
        judgement.messages[0].contains("No such file"),
        "{judgement:?}"
    );

    let plain = here.path().join("plain");
    fs::write(&plain, "").unwrap();
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o644)).unwrap();
    let judgement = judged(&plain.display().to_string(), false);
    assert_eq!(judgement.runnable, None);
    assert!(judgement.messages[0].contains("chmod a+x"), "{judgement:?}");

    let judgement = judged(&here.path().display().to_string(), false);
    assert_eq!(judgement.runnable, None);
    assert!(judgement.messages[0].contains("directory"), "{judgement:?}");
}

#[test]
fn a_script_behind_a_link_is_judged_by_where_it_leads_and_run_by_its_own_name() {
    let here = tempfile::tempdir().unwrap();
    let (real, link) = (here.path().join("real.sh"), here.path().join("link.sh"));
    fs::write(&real, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o755)).unwrap();
    symlink(&real, &link).unwrap();
    let judgement = judged(&link.display().to_string(), false);
    let argv = judgement.runnable.unwrap().argv;
    assert_eq!(argv, [link.display().to_string(), "arg".to_owned()]);
}

#[test]
fn a_bare_name_is_searched_and_the_find_is_told() {
    let judgement = judged("true", false);
    assert_eq!(judgement.runnable.unwrap().argv[0], "/usr/bin/true");
    // In a user namespace `/` is not root's, and there is more to tell.
    assert_eq!(
        judgement.messages[0],
        "WARNING - script `true` resolved by path search to `/usr/bin/true`. Please specify full \
         path."
    );
    assert_eq!(judged("no-such-program", false).runnable, None);
}

#[test]
fn without_security_an_unsafe_script_runs_and_is_told() {
    if Identity::current() != Identity::ROOT {
        // Scripts of others are not judged, so there is nothing to be unsafe.
        assert!(!judged("/usr/bin/true", true).is_insecure);
        return;
    }
    let here = tempfile::tempdir().unwrap();
    let path = here.path().join("x.sh");
    fs::write(&path, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
    let path = path.display().to_string();
    let (lax, strict) = (judged(&path, false), judged(&path, true));
    assert!(lax.is_insecure && lax.runnable.is_some());
    assert!(strict.is_insecure && strict.runnable.is_none());
}
