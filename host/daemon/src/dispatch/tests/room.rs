//! The room: lanes that do not hold each other up, notices that are under way once, words that reach the pipeline.

use std::time::Duration;

use super::*;

struct Running {
    notices: mpsc::Sender<Arc<Notice>>,
    uncommitted: Uncommitted,
    events: mpsc::Receiver<Event>,
    stop: CancellationToken,
    tasks: Tasks,
}

impl Running {
    fn of(fixture: &Fixture) -> Self {
        let ((notices, incoming), (sender, events)) = (mpsc::channel(100), mpsc::channel(100));
        let (uncommitted, urgent) = Uncommitted::new();
        let (stop, tasks) = (CancellationToken::new(), Tasks::default());
        let room = Dispatch {
            carrier: Arc::clone(&fixture.carrier),
            metrics: Arc::clone(&fixture.metrics),
            tasks: tasks.clone(),
            events: sender,
        };
        tasks.room("dispatch", stop.clone(), room.run(incoming, urgent, stop.clone()));
        Self { notices, uncommitted, events, stop, tasks }
    }

    async fn reported(&mut self) -> (String, String) {
        let event = tokio::time::timeout(Duration::from_secs(30), self.events.recv()).await;
        match event.expect("within half a minute").expect("an event") {
            Event::Delivered { notice, outcome } => (notice.to_string(), shown(&outcome)),
            other => panic!("{other:?}"),
        }
    }
}

fn two(slow: &Sink, quick: &Sink) -> String {
    format!(
        "route: {{receiver: slow}}\nreceivers:\n- name: slow\n  webhook_configs: [{{url: \"{}\"}}]\n\
         - name: quick\n  webhook_configs: [{{url: \"{}\"}}]\n",
        slow.url(),
        quick.url()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_holds_up_no_other_and_is_asked_once_for_each_notice() {
    let (slow, quick) = (Sink::start(), Sink::start());
    (0..4).for_each(|_| slow.then(Reply::Hang));
    let fixture = Fixture::new(&two(&slow, &quick), "").await;
    let mut running = Running::of(&fixture);
    for id in ["s1", "s1", "s2", "s3", "s4", "s5", "s1"] {
        running.notices.send(notice("slow", id)).await.expect("room");
    }
    running.notices.send(notice("quick", "q1")).await.expect("room");
    assert_eq!(running.reported().await, ("q1".to_owned(), "delivered -".to_owned()));
    wait_for("four attempts at once", || (slow.asked().len() == 4).then_some(()));
    let mut keys: Vec<_> =
        slow.asked().iter().filter_map(|asked| asked.header("idempotency-key").map(str::to_owned)).collect();
    keys.sort();
    assert_eq!(keys, ["s1", "s2", "s3", "s4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_committed_is_sent_and_nobody_is_told_how_it_ended() {
    let (slow, quick) = (Sink::start(), Sink::start());
    let fixture = Fixture::new(&two(&slow, &quick), "").await;
    let mut running = Running::of(&fixture);
    running.uncommitted.send(notice("quick", "u1"));
    wait_for("the notice", || (quick.asked().len() == 1).then_some(()));
    running.notices.send(notice("quick", "q1")).await.expect("room");
    assert_eq!(running.reported().await.0, "q1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_waits_for_the_attempt_in_hand() {
    let (slow, quick) = (Sink::start(), Sink::start());
    slow.then(Reply::Hang);
    let fixture = Fixture::new(&two(&slow, &quick), "").await;
    let mut running = Running::of(&fixture);
    running.notices.send(notice("slow", "s1")).await.expect("room");
    wait_for("the attempt", || (slow.asked().len() == 1).then_some(()));
    running.stop.cancel();
    // The other side gives up on us.
    drop(slow);
    running.tasks.runs_ended().await;
    running.tasks.rooms_ended().await;
    assert_eq!(running.reported().await.0, "s1");
}
