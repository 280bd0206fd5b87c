//! What is left of random graphs without some of their vertices, against the theory of percolation.
//!
//! M. Newman, Networks, 2nd ed., chapter 15. With degrees k drawn independently, and a share of
//! vertices kept that may depend on their degree, there is a giant component when the sum of
//! k (k - 1) over those kept exceeds that of k over all (Molloy and Reed; Cohen et al. 2000, 2001).

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::network::random_graphs::{barabasi_albert, erdos_renyi};
use hubmesh::network::{Centrality, Graph, Link, removal_order};
use hubmesh::random::{Key, Stream};
use hubmesh::run::run;
use hubmesh::scenario::Scenario;
use hubmesh::units::{Duration, Rate};
use rayon::prelude::*;

use super::{Case, Checked, Findings};

/// The rule of the cases: so many graphs of so many vertices.
const GRAPHS: u64 = 20;
const VERTICES: usize = 10_000;
/// The least that the rule asks for leaves too much to chance near the threshold.
const MORE_VERTICES: usize = 40_000;
/// Of graphs with degrees of a power law.
const POWER_LAW_GRAPHS: u64 = 4;
const POWER_LAW_VERTICES: usize = 100_000;
/// Where a graph counts as fallen apart.
const FALLEN_APART: f64 = 0.01;

fn stream(case: &Case, number: u64) -> Stream {
    Key::root(20, number).text(&case.model).stream()
}

fn link() -> Link {
    Link::new(Rate::from_bits_per_second(1e9), Duration::from_nanos(1_000_000))
}

fn erdos(vertices: usize, mean_degree: f64, stream: &mut Stream) -> Graph {
    let probability = mean_degree / (vertices - 1) as f64;
    Graph::of_topology(&erdos_renyi(vertices, probability, link(), stream).topology)
}

fn barabasi(stream: &mut Stream) -> Graph {
    Graph::of_topology(&barabasi_albert(VERTICES, 2, link(), stream).topology)
}

/// Ends of edges are paired at random; the few loops and parallel edges are left out.
fn configuration(degrees: &[usize], stream: &mut Stream) -> Graph {
    let mut ends: Vec<u32> = Vec::new();
    for (vertex, &degree) in (0..).zip(degrees) {
        ends.extend(std::iter::repeat_n(vertex, degree));
    }
    stream.shuffle(&mut ends);
    Graph::of_edges(degrees.len(), ends.chunks_exact(2).map(|pair| (pair[0], pair[1])))
}

/// Who goes next.
#[derive(Clone, Copy)]
enum Order {
    Random,
    Degree { is_recomputed: bool },
}

impl Order {
    fn of(self, graph: &Graph, stream: &mut Stream) -> Vec<u32> {
        let mut all: Vec<u32> = (0..graph.vertex_count() as u32).collect();
        match self {
            Order::Random => {
                stream.shuffle(&mut all);
                all
            }
            Order::Degree { is_recomputed } => {
                let count = all.len();
                removal_order(graph, &all, Centrality::Degree, is_recomputed, count, stream)
            }
        }
    }
}

/// What one graph, or the mean of several, says.
struct Curve {
    /// Share of all vertices in the largest component, by the number of those removed.
    left: Vec<f64>,
    /// The share of vertices without which there is no giant component, by the degrees.
    threshold: f64,
    /// Mean degree, and the mean of its square over that.
    mean_degree: f64,
    kappa: f64,
}

impl Curve {
    fn of(graph: &Graph, order: Order, stream: &mut Stream) -> Curve {
        let removed = order.of(graph, stream);
        let count = graph.vertex_count() as f64;
        let sizes = graph.largest_components(&removed);
        let degree = |vertex: u32| graph.degree(vertex) as f64;
        let all: f64 = removed.iter().map(|&vertex| degree(vertex)).sum();
        let squares: f64 = removed.iter().map(|&vertex| degree(vertex) * degree(vertex)).sum();
        let mut kept = squares - all;
        let over = removed.iter().take_while(|&&vertex| {
            kept -= degree(vertex) * (degree(vertex) - 1.0);
            kept > all
        });
        Curve {
            left: sizes.into_iter().map(|size| size as f64 / count).collect(),
            threshold: over.count() as f64 / count,
            mean_degree: all / count,
            kappa: squares / all,
        }
    }

    /// The mean of `count` graphs.
    fn mean(
        case: &Case,
        count: u64,
        order: Order,
        graph: impl Fn(&mut Stream) -> Graph + Sync,
    ) -> Curve {
        let of_number = |number| {
            let mut stream = stream(case, number);
            let graph = graph(&mut stream);
            Curve::of(&graph, order, &mut stream)
        };
        let curves: Vec<Curve> = (0..count).into_par_iter().map(of_number).collect();
        let share = 1.0 / count as f64;
        let mut mean = Curve {
            left: vec![0.0; curves[0].left.len()],
            threshold: 0.0,
            mean_degree: 0.0,
            kappa: 0.0,
        };
        for curve in &curves {
            for (sum, left) in mean.left.iter_mut().zip(&curve.left) {
                *sum += left * share;
            }
            mean.threshold += curve.threshold * share;
            mean.mean_degree += curve.mean_degree * share;
            mean.kappa += curve.kappa * share;
        }
        mean
    }

    /// Without this share of the vertices.
    fn without(&self, share: f64) -> f64 {
        let count = (self.left.len() - 1) as f64;
        self.left[(share * count).round() as usize]
    }

    /// The least share without which it has fallen apart.
    fn falls_apart_at(&self) -> f64 {
        let first = self.left.iter().position(|&left| left < FALLEN_APART);
        first.unwrap_or(self.left.len()) as f64 / (self.left.len() - 1) as f64
    }
}

const DRAWN: &str = "graphs drawn";
const FLOODED: &str = "floods in scenarios";
/// Floods, each in another overlay: where so many begin in the giant component, these say how large it is.
const FLOODS: u64 = 60;
/// Below this it is in too few overlays that a giant component can be told from others.
const TELLING: f64 = 0.03;

/// Who goes down at the start of a scenario.
enum Removal {
    Random(f64),
    Hubs(f64),
}

/// The share of all peers that belongs to the giant component of an overlay without some of them, as a flood
/// that nothing stops finds it: somebody who has stayed asks, and how many hear of it is counted, where these
/// are no small remainder. Nobody has looked for others by then.
fn flooded(overlay: &str, removal: &Removal) -> Checked<f64> {
    let fault = match removal {
        Removal::Random(share) if *share > 0.0 => {
            format!("[[faults]]\ncrash = {{ nodes = \"peer\", share = {share} }}\n")
        }
        Removal::Random(_) => String::new(),
        Removal::Hubs(share) => format!(
            "[[faults]]\nattack = {{ nodes = \"peer\", share = {share}, by = \"overlay-degree\" }}\n"
        ),
    };
    let text = format!(
        "title = \"What is left\"\nseed = 21\nnetwork.transport = \"ideal\"\n\
         run = {{ duration = \"1 s\", replications = {FLOODS} }}\n\
         nodes.asker = {{ count = 1, up = \"1 Gbit/s\", down = \"1 Gbit/s\", latency = \"0.1 ms\" }}\n\
         nodes.peer = {{ count = {VERTICES}, up = \"1 Gbit/s\", down = \"1 Gbit/s\", latency = \"0.1 ms\" }}\n\
         [workloads.find.lookup]\nfrom = \"asker\"\nkeys = 1\n\
         arrivals = {{ schedule = {{ times = [\"10 ms\"] }} }}\ncopies = {{ at = \"peer\" }}\n\
         [architectures.flood.flooding]\npeers = [\"asker\", \"peer\"]\nttl = 1000\n\
         patience = \"0.9 s\"\noverlay = {overlay}\n{fault}"
    );
    let scenario = Scenario::parse("percolation.toml", &text, Path::new("."), &[])
        .map_err(|error| format!("no scenario: {error}\n{text}"))?;
    let study = run(&scenario, &Control::default(), |_| {}).study;
    let heard = study.runs_of(0).map(|run| {
        let overlay = run.record.overlay.clone().unwrap_or_default();
        // The word of a hit is some twenty messages of thousands.
        (overlay.search_messages - overlay.duplicates) as f64 / VERTICES as f64
    });
    let giant: Vec<f64> = heard.filter(|&share| share > FALLEN_APART).collect();
    match giant.is_empty() {
        true => Err("no flood begins in a giant component".to_owned()),
        false => Ok(giant.iter().sum::<f64>() / giant.len() as f64),
    }
}

pub fn erdos_renyi_random(case: &Case) -> Checked<Findings> {
    let (mean_degree, share) = (case.number("mean_degree")?, case.number("f")?);
    let curve = Curve::mean(case, GRAPHS, Order::Random, |stream| {
        erdos(MORE_VERTICES, mean_degree, stream)
    });
    let mut findings = Findings::default();
    findings.value("S", DRAWN, curve.without(share));
    findings.value("S_survivors", DRAWN, curve.without(share) / (1.0 - share));
    let overlay = format!("{{ erdos-renyi = {{ mean_degree = {mean_degree:?} }} }}");
    findings.value("S", FLOODED, flooded(&overlay, &Removal::Random(share))?);
    findings.value("f_c", "their degrees", curve.threshold);
    Ok(findings)
}

pub fn regular_random(case: &Case) -> Checked<Findings> {
    let (degree, share) = (case.count("d")? as usize, case.number("f")?);
    let degrees = vec![degree; VERTICES];
    let graph = |stream: &mut Stream| configuration(&degrees, stream);
    let curve = Curve::mean(case, GRAPHS, Order::Random, graph);
    let mut findings = Findings::default();
    findings.value("S", DRAWN, curve.without(share));
    let overlay = format!("{{ random-regular = {{ degree = {degree} }} }}");
    findings.value("S", FLOODED, flooded(&overlay, &Removal::Random(share))?);
    findings.value("f_c", "their degrees", curve.threshold);
    Ok(findings)
}

pub fn erdos_renyi_attack(case: &Case) -> Checked<Findings> {
    let (mean_degree, share) = (case.number("mean_degree")?, case.number("f")?);
    let order = Order::Degree { is_recomputed: false };
    let curve = Curve::mean(case, GRAPHS, order, |stream| erdos(VERTICES, mean_degree, stream));
    let mut findings = Findings::default();
    findings.value("S", DRAWN, curve.without(share));
    let overlay = format!("{{ erdos-renyi = {{ mean_degree = {mean_degree:?} }} }}");
    findings.value("S", FLOODED, flooded(&overlay, &Removal::Hubs(share))?);
    findings.value("f_c", "their degrees", curve.threshold);
    Ok(findings)
}

pub fn adaptive_attack(case: &Case) -> Checked<Findings> {
    let order = Order::Degree { is_recomputed: true };
    let mut findings = Findings::default();
    for (name, curve) in [
        ("er4", Curve::mean(case, GRAPHS, order, |stream| erdos(VERTICES, 4.0, stream))),
        ("ba2", Curve::mean(case, GRAPHS, order, barabasi)),
    ] {
        findings.value(name, DRAWN, curve.falls_apart_at());
        let key = format!("{name}_curve");
        let expected = case.expect.get(&key).and_then(|curve| curve.as_object());
        let mut found = serde_json::Map::new();
        for share in expected.ok_or_else(|| format!("expect.{key} is no curve"))?.keys() {
            let number: f64 = share.parse().map_err(|_| format!("{share} is no share"))?;
            found.insert(share.clone(), curve.without(number).into());
        }
        findings.value(key, DRAWN, found);
    }
    Ok(findings)
}

/// Without shares of the vertices that the keys name.
pub fn barabasi_albert_removal(case: &Case, is_attack: bool) -> Checked<Findings> {
    let order = if is_attack { Order::Degree { is_recomputed: false } } else { Order::Random };
    let curve = Curve::mean(case, GRAPHS, order, barabasi);
    let mut findings = Findings::default();
    for (key, share) in case.numbered_keys("S_f")? {
        if case.expected(&key)? > TELLING {
            let removal = if is_attack { Removal::Hubs(share) } else { Removal::Random(share) };
            let overlay = "{ barabasi-albert = { links_per_peer = 2 } }";
            findings.value(&*key, FLOODED, flooded(overlay, &removal)?);
        }
        findings.value(key, DRAWN, curve.without(share));
    }
    Ok(findings)
}

/// Degrees k from m to K with probabilities like k^-alpha.
pub fn power_law(case: &Case) -> Checked<Findings> {
    let alpha = case.number("alpha")?;
    let degrees: Vec<usize> = (case.count("m")? as usize..=case.count("K")? as usize).collect();
    let weights: Vec<f64> = degrees.iter().map(|&k| (k as f64).powf(-alpha)).collect();
    let total: f64 = weights.iter().sum();
    let moment = |power: i32| -> f64 {
        let terms = degrees.iter().zip(&weights);
        terms.map(|(&k, weight)| (k as f64).powi(power) * weight / total).sum()
    };
    let draw = |stream: &mut Stream| -> usize {
        let mut left = stream.uniform() * total;
        let place = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        degrees[place.unwrap_or(degrees.len() - 1)]
    };
    let graph = |stream: &mut Stream| {
        let degrees: Vec<usize> = (0..POWER_LAW_VERTICES).map(|_| draw(stream)).collect();
        configuration(&degrees, stream)
    };
    let random = Curve::mean(case, POWER_LAW_GRAPHS, Order::Random, graph);
    let attack = Curve::mean(case, POWER_LAW_GRAPHS, Order::Degree { is_recomputed: false }, graph);
    let kappa = moment(2) / moment(1);
    let mut findings = Findings::default();
    findings.within("kappa", "the formula", kappa, 1e-6);
    findings.within("mean_degree", "the formula", moment(1), 1e-6);
    findings.within("f_c_random", "the formula", 1.0 - 1.0 / (kappa - 1.0), 1e-6);
    findings.value("S_random_half", DRAWN, random.without(0.5));
    findings.value("f_c_attack_static", "their degrees", attack.threshold);
    // Beyond the threshold nothing holds together.
    let beyond = attack.without(attack.threshold + 0.03);
    findings.require(beyond < 0.02, || format!("{beyond} hold together beyond the threshold"));
    Ok(findings)
}
