//! What is remembered of calls and requests does not grow with what has been lost.

use std::cell::Cell;
use std::path::Path;

use hubmesh::architectures::{Balance, CallMessage, CallTimer, Caller, Calls, Preset, Tier};
use hubmesh::engine::{Architecture, Control, Loss, RequestId, Simulation, World};
use hubmesh::metrics::{FailureReason, RunRecord};
use hubmesh::network::NodeId;
use hubmesh::scenario::Scenario;
use hubmesh::units::Bytes;

/// Nothing but calls; tells at the end how many have not ended.
struct Probe<'t> {
    calls: Calls,
    /// Calls, and requests whose tries are remembered.
    left: &'t Cell<(usize, usize)>,
    most: usize,
}

impl Architecture for Probe<'_> {
    type Envelope = hubmesh::engine::Bare;
    type Message = CallMessage;
    type Timer = CallTimer;

    fn on_start(&mut self, world: &mut World<'_, Self>) {
        self.calls.on_start(world);
    }

    fn on_request(&mut self, world: &mut World<'_, Self>, _: NodeId, request: RequestId) {
        self.calls.begin(world, request);
        self.most = self.most.max(self.calls.under_way_count());
    }

    fn on_message(
        &mut self,
        world: &mut World<'_, Self>,
        _to: NodeId,
        from: NodeId,
        message: CallMessage,
    ) {
        self.calls.on_message(world, from, message);
    }

    fn on_undelivered(
        &mut self,
        world: &mut World<'_, Self>,
        _from: NodeId,
        _to: NodeId,
        message: CallMessage,
        why: Loss,
    ) {
        self.calls.on_undelivered(world, message, why);
    }

    fn on_broken(
        &mut self,
        world: &mut World<'_, Self>,
        _to: NodeId,
        _from: NodeId,
        message: CallMessage,
        arrived: Bytes,
    ) {
        world.wasted(arrived);
        self.calls.on_broken(world, message);
    }

    fn on_timer(&mut self, world: &mut World<'_, Self>, _node: NodeId, timer: CallTimer) {
        self.calls.on_timer(world, timer);
    }

    fn on_abandoned(&mut self, world: &mut World<'_, Self>, request: RequestId) {
        self.calls.on_abandoned(world, request);
    }

    fn on_down(&mut self, world: &mut World<'_, Self>, node: NodeId) {
        self.calls.on_down(world, node);
    }

    fn on_end(&mut self, _world: &mut World<'_, Self>) {
        assert!(self.most < 1000, "{} calls at a time", self.most);
        self.left.set((self.calls.under_way_count(), self.calls.tried_count()));
    }
}

impl Caller for Probe<'_> {
    fn call_message(message: CallMessage) -> CallMessage {
        message
    }

    fn call_timer(timer: CallTimer) -> CallTimer {
        timer
    }
}

/// Requests for 1000 s, on which much is lost until shortly before, and one at 2000 s.
fn text(seed: u32, policy: &str, architecture: &str) -> String {
    let group = |name: &str, count: u32, latency: &str| {
        format!(
            "[nodes.{name}]\ncount = {count}\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\nlatency = \"{latency}\"\ncpu = {{ workers = 1, queue = 20 }}\n"
        )
    };
    [
        &format!("title = \"losses\"\nseed = {seed}\nrun = {{ duration = \"3000 s\", replications = 1 }}\n"),
        &group("user", 20, "30 ms"),
        &group("web", 3, "40 ms"),
        &group("app", 2, "25 ms"),
        "[workloads.small.request]\nfrom = \"user\"\nwork = { exponential = { mean = \"20 ms\" } }\n\
         arrivals = { poisson = { rate = \"20 /s\", for = \"1000 s\" } }\n",
        policy,
        "[workloads.large.request]\nfrom = \"user\"\nwork = { exponential = { mean = \"20 ms\" } }\n\
         question = \"4 kB\"\nanswer = \"40 kB\"\n\
         arrivals = { poisson = { rate = \"5 /s\", for = \"1000 s\" } }\n",
        policy,
        // Its call ends those that are in doubt.
        "[workloads.last.request]\nfrom = \"user\"\narrivals = { schedule = { times = [\"2000 s\"] } }\n",
        "[[faults]]\nfor = \"1000 s\"\nlose = { nodes = \"web\", probability = 0.2 }\n\
         [[faults]]\nfor = \"1000 s\"\n\
         crash = { nodes = [\"user\", \"web\", \"app\"], every = { exponential = { mean = \"3 s\" } }, lasts = { exponential = { mean = \"0.1 s\" } } }\n",
        architecture,
    ]
    .concat()
}

const POLICY: &str = "timeout = \"2 s\"\nretry = { attempts = 3, backoff = \"3 s\" }\nhedge = { after = \"0.5 s\" }\ncircuit_breaker = { failures = 3, open = \"5 s\" }\n";

fn left(text: &str, calls: impl Fn(&Preset) -> Calls) -> ((usize, usize), RunRecord) {
    let scenario = Scenario::parse("losses.toml", text, Path::new("."), &[]);
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    let left = Cell::new((usize::MAX, 0));
    let calls = calls(&scenario.contenders[0].parts()[0]);
    let probe = Probe { calls, left: &left, most: 0 };
    let record = Simulation::new(&scenario.model, 0, probe).run(&Control::default());
    (left.get(), record)
}

#[test]
fn nothing_is_left_of_calls_that_were_lost() {
    for seed in 1..4 {
        let text = text(seed, POLICY, "[architectures.x.client-server]\nservers = \"web\"\n");
        let (left, record) = left(&text, |preset| match preset {
            Preset::ClientServer(preset) => Calls::new(preset.servers.clone(), Balance::Random),
            _ => unreachable!("it is client-server"),
        });
        assert_eq!(left, (0, 0), "seed {seed}");
        let tally = record.judged();
        let failed = |reason: FailureReason| tally.failed[reason as usize];
        // It is hard enough to mean something.
        assert!(failed(FailureReason::ShortCircuited) > 20, "{:?}", tally.failed);
        assert!(failed(FailureReason::ClientDown) > 100, "{:?}", tally.failed);
        assert!(tally.answered() > 5_000 && tally.retries > 1_000, "{:?}", tally.failed);
    }
}

#[test]
fn nothing_is_left_of_calls_in_a_chain_that_were_lost() {
    for seed in 1..4 {
        let tiers = "[[architectures.x.multi-tier.tiers]]\nservers = \"web\"\nthreads = 5\nconnections = 2\n\
                     [[architectures.x.multi-tier.tiers]]\nservers = \"app\"\n";
        let (left, record) = left(&text(seed, POLICY, tiers), |preset| match preset {
            Preset::MultiTier(preset) => {
                let tiers: Vec<Tier> = preset.tiers.clone();
                Calls::chain(tiers).with_middleware(preset.middleware.clone())
            }
            _ => unreachable!("it is multi-tier"),
        });
        assert_eq!(left, (0, 0), "seed {seed}");
        let answered = record.judged().answered();
        assert!(answered > 500, "{answered}");
    }
}
