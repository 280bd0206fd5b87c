use hubmesh::architectures::deliveries::*;
use hubmesh::architectures::*;
use hubmesh::engine::Control;
use hubmesh::model::*;
use hubmesh::network::*;
use hubmesh::random::*;
use hubmesh::units::*;
fn main() {
    let n: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let u: f64 = std::env::args().nth(2).unwrap().parse().unwrap();
    let piece: u64 = std::env::args().nth(3).unwrap().parse().unwrap();
    let rec: u64 = std::env::args().nth(4).unwrap().parse().unwrap();
    let slots: u32 = std::env::args().nth(5).unwrap().parse().unwrap();
    let c = |x: f64| Distribution::Constant(x);
    let class =
        |up: f64, down: f64| vec![Class { share: 1.0, up: c(up), down: c(down), latency: c(0.0) }];
    let model = Model {
        seed: 1,
        groups: vec![
            Group {
                name: "server".into(),
                first: 0,
                count: 1,
                classes: class(30e6, 30e6),
                sites: vec![SiteId(0)],
                processor: None,
            },
            Group {
                name: "peer".into(),
                first: 1,
                count: n,
                classes: class(u, 2e6),
                sites: vec![SiteId(0)],
                processor: None,
            },
        ],
        topology: Topology::core(),
        workloads: vec![Workload {
            name: "file".into(),
            policy: Policy { timeout: Duration::FOREVER, attempts: 1, backoff: Duration::ZERO },
            demand: Demand::Download {
                by: (1..=n).map(NodeId).collect(),
                arrivals: Arrivals::Burst { over: Duration::ZERO },
                catalogue: Catalogue {
                    first_object: 0,
                    count: 1,
                    size: c(15e9 / 8.0),
                    popularity: Popularity::zipf(1, 0.0),
                },
            },
        }],
        end: End::Done,
        warm_up: Duration::ZERO,
    };
    let cs = ClientServer { servers: vec![NodeId(0)], balance: Balance::Random, service: None };
    let bt = BitTorrent {
        seeds: vec![NodeId(0)],
        tracker: NodeId(0),
        swarm: SwarmSettings {
            piece_size: Bytes::new(piece),
            neighbours: 50,
            upload_slots: if slots == 0 { UploadSlots::Auto } else { UploadSlots::Count(slots) },
            rechoke_interval: Duration::from_whole_secs(rec),
            optimistic_rounds: 3,
            piece_selection: if std::env::args().nth(6).is_some() {
                PieceSelection::Random
            } else {
                PieceSelection::RarestFirst
            },
            end_game: true,
            seed_time: None,
        },
    };
    for p in [Preset::ClientServer(cs), Preset::BitTorrent(bt)] {
        let t = std::time::Instant::now();
        let r = p.simulate(&model, 0, &Control::default());
        let last = r.requests.iter().filter_map(|q| q.ended).max();
        let total = (15e9 / (30e6f64 + n as f64 * u) * n as f64).max(7500.0);
        if p.kind() == "bittorrent" {
            let w = Duration::from_secs(r.ended.secs() / 30.0);
            let cap = 30e6 + n as f64 * u;
            for (i, b) in r.series.rebinned(w, 30).iter().enumerate() {
                print!("{}:{:.2}/{:.0} ", i, b.0 / cap, b.1);
            }
            println!();
            let mut e: Vec<f64> =
                r.requests.iter().filter_map(|q| q.ended).map(|t| t.secs()).collect();
            e.sort_by(f64::total_cmp);
            println!(
                "first {} p50 {} last {} server share {:.3}",
                e[0],
                e[e.len() / 2],
                e[e.len() - 1],
                r.nodes[0].bytes_up.bits() / (30e6 * r.ended.secs())
            );
        }
        println!(
            "{} {:?} last {:?} ratio {:.4} events {} transfers {} wall {:?} down {:?}",
            p.kind(),
            r.stop,
            last,
            last.map_or(0.0, |l| l.secs() / total),
            r.event_count,
            r.transfer_count,
            t.elapsed(),
            r.nodes.iter().map(|n| n.bytes_down).sum::<Bytes>()
        );
    }
}
