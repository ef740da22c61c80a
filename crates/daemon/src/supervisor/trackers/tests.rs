use std::path::Path;

use tokio::sync::mpsc;
use vipd_config::model::{Command, Weight};
use vipd_linux::users::Identity;

use super::*;

fn script(name: &str, check: Check, interval: Duration) -> Tracked {
    let runnable = match &check {
        Check::Run(command) => Some(Runnable {
            argv: command.argv.clone(),
            identity: Identity::current(),
            groups: None,
        }),
        Check::Connect { .. } | Check::Open(_) => None,
    };
    Tracked {
        script: TrackScript {
            name: name.to_owned(),
            check,
            interval,
            timeout: Duration::from_mins(1),
            weight: Weight::default(),
            rise: 1,
            fall: 1,
            init_fail: false,
        },
        runnable,
    }
}

fn shell(text: &str) -> Check {
    Check::Run(Command {
        argv: ["/bin/sh", "-c", text].map(Into::into).into(),
        user: None,
    })
}

const LONG: Duration = Duration::from_hours(1);
const SHORT: Duration = Duration::from_millis(1);

fn trackers(scripts: Vec<Tracked>) -> (Trackers, mpsc::Receiver<Happening>) {
    let (inbox, arrivals) = mpsc::channel(1);
    let mut trackers = Trackers::new(inbox);
    trackers.track(scripts);
    (trackers, arrivals)
}

async fn outcome(arrivals: &mut mpsc::Receiver<Happening>) -> ScriptOutcome {
    loop {
        match arrivals.recv().await {
            Some(Happening::Script { outcome, .. }) => return outcome,
            Some(Happening::Trouble(_)) => {}
            other => panic!("unexpected: {other:?}"),
        }
    }
}

async fn only_outcome(check: Check) -> ScriptOutcome {
    let (_trackers, mut arrivals) = trackers(vec![script("x", check, LONG)]);
    outcome(&mut arrivals).await
}

#[tokio::test]
async fn the_first_run_is_at_once_and_tells_how_it_ended() {
    assert_eq!(
        only_outcome(shell("exit 0")).await,
        ScriptOutcome::Exited(0)
    );
    assert_eq!(
        only_outcome(shell("exit 7")).await,
        ScriptOutcome::Exited(7)
    );
    assert_eq!(
        only_outcome(shell("kill -9 $$")).await,
        ScriptOutcome::Signalled(9)
    );
    let missing = Check::Run(Command {
        argv: vec!["/no/such/script".into()],
        user: None,
    });
    assert_eq!(only_outcome(missing).await, ScriptOutcome::Failed);
}

#[tokio::test]
async fn a_port_is_checked_without_any_program() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let check = |host: &str| Check::Connect {
        host: host.to_owned(),
        port,
    };
    assert_eq!(
        only_outcome(check("127.0.0.1")).await,
        ScriptOutcome::Exited(0)
    );
    assert_eq!(
        only_outcome(check("localhost")).await,
        ScriptOutcome::Exited(0)
    );
    drop(listener);
    assert_eq!(
        only_outcome(check("127.0.0.1")).await,
        ScriptOutcome::Failed
    );
}

#[tokio::test]
async fn a_file_is_checked_by_opening_it() {
    let here = tempfile::tempdir().unwrap();
    let path = |name: &str| here.path().join(name).display().to_string();
    std::fs::write(path("file"), "").unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(path("fifo"))
        .status();
    assert!(made.unwrap().success());
    let check = |name| Check::Open(path(name));
    assert_eq!(only_outcome(check("file")).await, ScriptOutcome::Exited(0));
    assert_eq!(only_outcome(check("fifo")).await, ScriptOutcome::Exited(0));
    assert_eq!(only_outcome(check("missing")).await, ScriptOutcome::Failed);
}

#[tokio::test]
async fn it_is_run_again_and_again() {
    let (_trackers, mut arrivals) = trackers(vec![script("x", shell("exit 0"), SHORT)]);
    for _ in 0..3 {
        assert_eq!(outcome(&mut arrivals).await, ScriptOutcome::Exited(0));
    }
}

#[tokio::test]
async fn a_run_that_takes_long_is_not_overtaken_by_the_next() {
    let here = tempfile::tempdir().unwrap();
    let gate = here.path().join("gate");
    let made = std::process::Command::new("mkfifo").arg(&gate).status();
    assert!(made.unwrap().success());
    let check = shell(&format!("cat {}", gate.display()));
    let (_trackers, mut arrivals) = trackers(vec![script("slow", check, SHORT)]);
    let first = arrivals.recv().await;
    let Some(Happening::Trouble(text)) = first else {
        panic!("unexpected: {first:?}");
    };
    assert_eq!(
        text,
        "Track script slow is already running, expect idle - skipping run"
    );
    let writer = tokio::task::spawn_blocking(move || std::fs::write(gate, "x"));
    assert_eq!(outcome(&mut arrivals).await, ScriptOutcome::Exited(0));
    writer.await.unwrap().unwrap();
}

#[tokio::test]
async fn one_that_takes_too_long_has_failed() {
    let mut slow = script("x", shell("sleep 1000"), LONG);
    slow.script.timeout = Duration::ZERO;
    let (_trackers, mut arrivals) = trackers(vec![slow]);
    assert_eq!(outcome(&mut arrivals).await, ScriptOutcome::TimedOut);
}

#[tokio::test(start_paused = true)]
async fn a_turn_just_before_the_end_of_a_run_is_used_and_others_are_skipped() {
    let second = Duration::from_secs(1);
    let mut turns = Turns::new(second);
    let skipped = std::cell::Cell::new(0);
    let skip = || skipped.set(skipped.get() + 1);
    let start = Instant::now();
    turns.next().await;
    assert_eq!(start.elapsed(), Duration::ZERO, "the first run is at once");

    let run = tokio::time::sleep(second + Duration::from_millis(50));
    turns.pass(run, &skip).await;
    assert_eq!(skipped.get(), 0);
    turns.next().await;
    assert_eq!(start.elapsed(), second + Duration::from_millis(50));

    let run = tokio::time::sleep(second + Duration::from_millis(500));
    turns.pass(run, &skip).await;
    assert_eq!(skipped.get(), 1);
    turns.next().await;
    assert_eq!(start.elapsed(), 3 * second);
}

/// Whether the script at this path has begun: it holds the FIFO open for writing.
async fn begun(fifo: &Path) {
    tokio::fs::read(fifo).await.unwrap();
}

#[tokio::test]
async fn what_has_not_changed_goes_on_and_what_is_gone_ends_by_itself() {
    let here = tempfile::tempdir().unwrap();
    let (fifo, done) = (here.path().join("fifo"), here.path().join("done"));
    for path in [&fifo, &done] {
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    }
    let text = format!("echo >{}; echo >{}", fifo.display(), done.display());
    let (mut trackers, mut arrivals) = trackers(vec![script("x", shell(&text), LONG)]);
    begun(&fifo).await;
    trackers.track(vec![script("x", shell(&text), LONG)]);
    begun(&done).await;
    assert_eq!(outcome(&mut arrivals).await, ScriptOutcome::Exited(0));
    assert!(trackers.keep("x", ScriptOutcome::Exited(0)));

    trackers.track(vec![script("x", shell(&format!("{text}; exit 4")), LONG)]);
    begun(&fifo).await;
    trackers.track(Vec::new());
    assert!(!trackers.keep("x", ScriptOutcome::Exited(4)));
    // It is not killed: it comes to its end, which is told to nobody.
    begun(&done).await;
    drop(trackers);
    assert!(arrivals.recv().await.is_none());
}
