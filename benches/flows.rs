//! Flows a second: bandwidth sharing where many flows start and end.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hubmesh::network::{LinkId, Sharing};
use hubmesh::random::{Key, Stream};
use hubmesh::units::{Bytes, Rate, Time};

const UPLOADS: usize = 4;

/// Peers with an uplink (2i) and a downlink (2i + 1), each with some uploads to random peers; a
/// flow that ends is followed by another one. One iteration is one flow.
struct Mesh {
    sharing: Sharing,
    peers: usize,
    choices: Stream,
    now: Time,
    /// Sender of each flow, by index of the flow.
    senders: Vec<usize>,
}

impl Mesh {
    fn new(peers: usize) -> Mesh {
        let mut choices = Key::root(1, 0).stream();
        let mut capacities = Vec::new();
        for _ in 0..peers {
            let up = 1e6 * [1.0, 5.0, 20.0, 100.0][choices.below(4)];
            capacities.extend([up, 5.0 * up].map(Rate::from_bits_per_second));
        }
        let sharing = Sharing::new(capacities);
        let mut mesh = Mesh { sharing, peers, choices, now: Time::ZERO, senders: Vec::new() };
        for sender in (0..peers).flat_map(|peer| [peer; UPLOADS]) {
            mesh.start(sender);
        }
        mesh.sharing.settle(mesh.now);
        mesh
    }

    fn start(&mut self, sender: usize) {
        let receiver = (sender + 1 + self.choices.below(self.peers - 1)) % self.peers;
        let path = [LinkId(2 * sender as u32), LinkId(2 * receiver as u32 + 1)];
        let uncapped = Rate::from_bits_per_second(f64::INFINITY);
        let flow = self.sharing.start(self.now, &path, Bytes::new(256 * 1024), 1.0, uncapped);
        self.senders.resize(self.senders.len().max(flow.index() + 1), 0);
        self.senders[flow.index()] = sender;
    }

    fn step(&mut self) {
        let mut finished = Vec::new();
        self.now = self.sharing.next_finish();
        self.sharing.take_finished(self.now, &mut finished);
        for flow in finished {
            self.sharing.remove(self.now, flow);
            self.start(self.senders[flow.index()]);
        }
        self.sharing.settle(self.now);
    }
}

fn flows(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("flows");
    group.throughput(Throughput::Elements(1));
    for peers in [100, 1000, 10_000] {
        let mut mesh = Mesh::new(peers);
        group.bench_function(BenchmarkId::new("mesh", peers), |bencher| {
            bencher.iter(|| mesh.step());
        });
    }
    group.finish();
}

criterion_group!(benches, flows);
criterion_main!(benches);
