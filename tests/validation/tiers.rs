//! Queues one after another and closed ones, through scenarios and the public engine: Jackson, mean
//! value analysis, finite sources.

use hubmesh::engine::{Architecture, Control, Job, RequestId, Simulation, World};
use hubmesh::metrics::{Answer, RunRecord, StationRecord};
use hubmesh::model::StationId;
use hubmesh::network::{Bottleneck, NodeId};
use hubmesh::random::Distribution;
use hubmesh::scenario::Scenario;
use hubmesh::units::{Duration, Time};

use super::{Case, Checked, Findings, Length, Path};

/// Customers of a case that names no length: more than M/M/1 needs at a load of 0.7, the highest.
const CUSTOMERS: usize = 2_000_000;
/// Of the time that is left out.
const WARM_UP: f64 = 0.1;

/// Servers with one station each, and clients with nothing in between.
struct System {
    text: String,
}

impl System {
    /// `workers` of each server; `seconds` after the warm-up.
    fn new(workers: &[u64], seconds: f64) -> System {
        let warm_up = WARM_UP * seconds;
        let duration = warm_up + seconds;
        let mut text = format!(
            "title = \"queues\"\nnetwork.transport = \"ideal\"\n\
             run = {{ duration = \"{duration} s\", warm_up = \"{warm_up} s\", replications = 1 }}\n"
        );
        for (number, workers) in workers.iter().enumerate() {
            text += &format!(
                "[nodes.s{number}]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
                 cpu = {{ workers = {workers} }}\n"
            );
        }
        System { text }
    }

    /// Requests of the nodes of a group.
    fn workload(&mut self, from: &str, arrivals: &str, work: f64) {
        self.text += &format!(
            "[workloads.{from}.request]\nfrom = \"{from}\"\narrivals = {arrivals}\n\
             work = {{ exponential = {{ mean = \"{work} s\" }} }}\n"
        );
    }

    /// `count` of them think as long on the mean before each request.
    fn clients(&mut self, count: u64, think: f64, work: f64) {
        self.text +=
            &format!("[nodes.client]\ncount = {count}\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n");
        let think = format!("{{ exponential = {{ mean = \"{think} s\" }} }}");
        self.workload("client", &format!("{{ closed = {{ think = {think} }} }}"), work);
    }

    /// A chain of the servers; the last one does the work of the requests, those before it this.
    fn chain(&mut self, work: &[f64]) {
        for number in 0..=work.len() {
            self.text +=
                &format!("[[architectures.a.multi-tier.tiers]]\nservers = \"s{number}\"\n");
            if let Some(work) = work.get(number) {
                self.text += &format!("work = {{ exponential = {{ mean = \"{work} s\" }} }}\n");
            }
        }
    }

    fn scenario(&self) -> Checked<Scenario> {
        Scenario::parse("queues.toml", &self.text, Path::new("."), &[])
            .map_err(|error| format!("no scenario: {error}\n{}", self.text))
    }

    fn run(&self) -> Checked<Measured> {
        let scenario = self.scenario()?;
        Measured::of(scenario.contenders[0].simulate(&scenario.model, 0, &Control::default()))
    }
}

/// What a run has shown.
struct Measured {
    /// Requests a second, and seconds of one.
    throughput: f64,
    response: f64,
    stations: Vec<StationRecord>,
    /// Of the whole run.
    span: Duration,
}

impl Measured {
    fn of(record: RunRecord) -> Checked<Measured> {
        if let Some(law) = record.stations.iter().find_map(StationRecord::broken_law) {
            return Err(format!("a station breaks {law}"));
        }
        let tally = record.judged();
        let (response, _) = tally.times.means().ok_or("nothing was answered")?;
        let observed = record.ended.since(Time::ZERO + record.warm_up).secs();
        Ok(Measured {
            throughput: tally.answered_in_time as f64 / observed,
            response,
            span: record.ended.since(Time::ZERO),
            stations: record.stations,
        })
    }

    fn jobs(&self, station: usize) -> f64 {
        self.stations[station].mean_jobs(self.span)
    }
}

/// Customers who go from station to station with these probabilities, and who leave with what is
/// left of them. Node i is station i.
struct Routing {
    routes: Vec<Vec<f64>>,
    /// Seconds.
    means: Vec<f64>,
}

impl Routing {
    fn serve(&self, world: &mut World<'_, Self>, node: NodeId, request: RequestId, visit: u64) {
        let key = world.key().text("work").number(request.number().into());
        let mean = self.means[node.index()];
        let seconds = Distribution::Exponential { mean }.draw(&mut key.draw(visit));
        let work = Duration::from_secs(seconds);
        let job = Job { station: StationId::CPU, work, priority: 0 };
        world.serve(node, job, (request, visit));
    }
}

impl Architecture for Routing {
    type Envelope = hubmesh::engine::Bare;
    /// The customer, and how many stations it has seen before.
    type Message = (RequestId, u64);
    type Timer = ();

    fn on_request(&mut self, world: &mut World<'_, Self>, node: NodeId, request: RequestId) {
        world.found(request, 0);
        self.serve(world, node, request, 0);
    }

    fn on_message(
        &mut self,
        world: &mut World<'_, Self>,
        to: NodeId,
        _from: NodeId,
        (request, visit): (RequestId, u64),
    ) {
        let key = world.key().text("route").number(request.number().into());
        let mut rest = key.draw(visit).uniform();
        let is_next = |probability: &f64| {
            rest -= probability;
            rest < 0.0
        };
        match self.routes[to.index()].iter().position(is_next) {
            Some(next) => self.serve(world, NodeId(next as u32), request, visit + 1),
            None => {
                let (provider, started) = (Some(to), world.now());
                let (service, bottleneck) = (Duration::ZERO, Bottleneck::Unknown);
                let answer = Answer { provider, is_delivery: false, started, service, bottleneck };
                world.answer(request, answer);
            }
        }
    }
}

pub fn jackson(case: &Case) -> Checked<Findings> {
    let rates: Vec<f64> = case.read("lam_ext")?;
    let routes: Vec<Vec<f64>> = case.read("P")?;
    let mus: Vec<f64> = case.read("mu")?;
    let workers: Vec<u64> = case.read("c")?;
    let means: Vec<f64> = mus.iter().map(|mu| 1.0 / mu).collect();
    let length = case.length_by(CUSTOMERS);
    let seconds = length.count as f64 / rates.iter().sum::<f64>();
    let mut system = System::new(&workers, seconds);
    for (number, rate) in rates.iter().enumerate().filter(|(_, rate)| **rate > 0.0) {
        let arrivals = format!("{{ poisson = {{ rate = \"{rate} /s\" }} }}");
        system.workload(&format!("s{number}"), &arrivals, 1.0);
    }
    // Of the architecture only the model is used.
    system.text += "[architectures.a.client-server]\nservers = \"s0\"\n";
    let scenario = system.scenario()?;
    let routing = Routing { routes: routes.clone(), means: means.clone() };
    let record = Simulation::new(&scenario.model, 0, routing).run(&Control::default());
    let mut findings = Findings::default();
    judge_open(&mut findings, length, "routing", &Measured::of(record)?);

    let is_next = |(from, row): (usize, &Vec<f64>)| {
        row.iter().enumerate().all(|(to, &p)| p == f64::from(u8::from(to == from + 1)))
    };
    if routes.iter().enumerate().all(is_next) {
        let mut system = System::new(&workers, seconds);
        system.text += "[nodes.client]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n";
        let arrivals = format!("{{ poisson = {{ rate = \"{} /s\" }} }}", rates[0]);
        system.workload("client", &arrivals, means[means.len() - 1]);
        system.chain(&means[..means.len() - 1]);
        judge_open(&mut findings, length, "multi-tier", &system.run()?);
    }
    Ok(findings)
}

fn judge_open(findings: &mut Findings, length: Length, how: &'static str, measured: &Measured) {
    let count = measured.stations.len();
    let jobs: f64 = (0..count).map(|station| measured.jobs(station)).sum();
    length.judge(findings, "L", how, jobs, 0.02);
    length.judge(findings, "W", how, measured.response, 0.02);
    for (number, station) in measured.stations.iter().enumerate() {
        let rate = station.completed as f64 / measured.span.secs();
        length.judge(findings, &format!("lam{}", number + 1), how, rate, 0.02);
        length.judge(findings, &format!("L{}", number + 1), how, measured.jobs(number), 0.02);
    }
}

pub fn mva_closed(case: &Case) -> Checked<Findings> {
    let (clients, think) = (case.count("N")?, case.number("think")?);
    let demands: Vec<f64> = case.read("demands")?;
    let length = case.length_by(CUSTOMERS);
    let mut findings = Findings::default();
    let bound = bounds(&mut findings, "X_upper", clients, think, &demands, 1.0);

    let ones = vec![1; demands.len()];
    let mut system = System::new(&ones, length.count as f64 / bound);
    let (last, before) = demands.split_last().ok_or("no station")?;
    system.clients(clients, think, *last);
    system.chain(before);
    let measured = system.run()?;
    let how = "multi-tier";
    length.judge(&mut findings, "X", how, measured.throughput, 0.02);
    length.judge(&mut findings, "R", how, measured.response, 0.02);
    for number in 0..demands.len() {
        let station = &measured.stations[number];
        let key = |letter| format!("{letter}{}", number + 1);
        length.judge(&mut findings, &key('Q'), how, measured.jobs(number), 0.02);
        length.judge(&mut findings, &key('U'), how, station.utilisation(measured.span), 0.02);
    }
    Ok(findings)
}

pub fn finite_source(case: &Case) -> Checked<Findings> {
    let (clients, think) = (case.count("N")?, case.number("think")?);
    let (service, workers) = (case.number("service")?, case.count("c")?);
    let length = case.length_of("n_95_1pct")?;
    let mut findings = Findings::default();
    let bound = bounds(&mut findings, "X_bound", clients, think, &[service], workers as f64);

    let mut system = System::new(&[workers], length.count as f64 / bound);
    system.clients(clients, think, service);
    system.text += "[architectures.a.client-server]\nservers = \"s0\"\n";
    let measured = system.run()?;
    let how = "client-server";
    length.judge(&mut findings, "X", how, measured.throughput, 0.02);
    length.judge(&mut findings, "R", how, measured.response, 0.02);
    length.judge(&mut findings, "L", how, measured.jobs(0), 0.02);
    let utilisation = measured.stations[0].utilisation(measured.span);
    length.judge(&mut findings, "util", how, utilisation, 0.02);
    Ok(findings)
}

/// The bounds of a closed system, which follow from its operational laws (Denning and Buzen 1978):
/// X <= min(N / (Z + D), c / D_max), which meet at N*. Returns the first.
fn bounds(
    findings: &mut Findings,
    key: &str,
    clients: u64,
    think: f64,
    demands: &[f64],
    workers: f64,
) -> f64 {
    let sum: f64 = demands.iter().sum();
    let greatest = demands.iter().copied().fold(0.0, f64::max) / workers;
    let bound = (clients as f64 / (think + sum)).min(1.0 / greatest);
    findings.within(key, "operational laws", bound, 1e-9);
    findings.within("N_star", "operational laws", (think + sum) / greatest, 1e-9);
    bound
}
