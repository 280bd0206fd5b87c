//! Queues at one station, through scenarios: Erlang, Pollaczek and Khinchin, Cobham, Engset.

use hubmesh::engine::Control;
use hubmesh::metrics::{RunRecord, Spans, StationRecord};
use hubmesh::scenario::Scenario;
use hubmesh::stats::{erlang_b, erlang_c, lines_for, load_for};
use hubmesh::units::{Duration, Time};
use rayon::prelude::*;
use serde_json::Value;

use super::{Case, Checked, FULL_LENGTH, Findings, Path, RARE_TOLERANCE};

/// Customers of a replication: every one is remembered, for quantiles and variances of waiting.
const REMEMBERED: usize = 1_000_000;

/// Customers of one kind.
struct Load {
    /// Of a scenario.
    arrivals: String,
    clients: usize,
    work: String,
    priority: u8,
}

impl Load {
    /// So many in all, at random, `rate` a second.
    fn open(rate: f64, count: usize, work: String) -> Load {
        let arrivals = format!("{{ poisson = {{ rate = \"{rate} /s\", count = {count} }} }}");
        Load { arrivals, clients: 1, work, priority: 0 }
    }
}

fn exponential(mean: f64) -> String {
    format!("{{ exponential = {{ mean = \"{mean} s\" }} }}")
}

/// One replication of a single kind of customers, `count` in all replications together; each leaves
/// out a tenth as warm-up. What each has, after `look`.
fn replicate<T: Send>(
    places: (u64, Option<u64>),
    (rate, count): (f64, usize),
    work: &str,
    look: impl Fn(RunRecord) -> Checked<T> + Sync,
) -> Checked<Vec<T>> {
    let replications = count.div_ceil(REMEMBERED);
    let each = count / replications;
    let load = Load::open(rate, each, work.to_owned());
    let scenario = scenario(places, &[load], 0.1 * each as f64 / rate, true)?;
    let one = |replication| look(run(&scenario, replication));
    (0..replications as u32).into_par_iter().map(one).collect()
}

/// Runs customers through a station of so many workers and places to wait.
fn simulate(places: (u64, Option<u64>), loads: &[Load], warm_up: f64) -> Checked<RunRecord> {
    Ok(run(&scenario(places, loads, warm_up, false)?, 0))
}

fn run(scenario: &Scenario, replication: u32) -> RunRecord {
    scenario.contenders[0].simulate(&scenario.model, replication, &Control::default())
}

fn scenario(
    (workers, room): (u64, Option<u64>),
    loads: &[Load],
    warm_up: f64,
    are_remembered: bool,
) -> Checked<Scenario> {
    let room = room.map_or(String::new(), |room| format!(", queue = {room}"));
    let mut text = format!(
        "title = \"a queue\"\n\
         run = {{ until = \"done\", replications = 1, warm_up = \"{warm_up} s\" }}\n\
         network.transport = \"ideal\"\n\
         architectures.server.client-server.servers = \"server\"\n\
         [nodes.server]\n\
         count = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
         cpu = {{ workers = {workers}, discipline = \"priority\"{room} }}\n"
    );
    for (number, Load { arrivals, clients, work, priority }) in loads.iter().enumerate() {
        text += &format!(
            "[nodes.clients{number}]\ncount = {clients}\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
             [workloads.load{number}.request]\nfrom = \"clients{number}\"\n\
             arrivals = {arrivals}\nwork = {work}\npriority = {priority}\n"
        );
    }
    let mut scenario = Scenario::parse("queue.toml", &text, Path::new("."), &[])
        .map_err(|error| format!("no scenario: {error}\n{text}"))?;
    if are_remembered {
        scenario.keep_requests()?;
    }
    Ok(scenario)
}

/// The only station of a run, and how long that was.
fn station(record: &RunRecord) -> Checked<(&StationRecord, Duration)> {
    let station = record.stations.first().ok_or("there is no station")?;
    match station.broken_law() {
        Some(law) => Err(format!("the station breaks {law}")),
        None => Ok((station, record.ended.since(Time::ZERO))),
    }
}

/// Waiting and response times of all that were answered, after the warm-up, in seconds.
fn times(record: &RunRecord) -> impl Iterator<Item = (f64, f64)> {
    let warmed_up = Time::ZERO + record.warm_up;
    let counted = record.requests.iter().filter(move |request| request.issued >= warmed_up);
    let answered = counted.filter(|request| request.outcome.is_answered());
    answered.map(|request| {
        let spans = Spans::of(request);
        (spans.phases()[1], spans.response().secs())
    })
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn quantile(sorted: &[f64], p: f64) -> f64 {
    sorted[((p * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len()) - 1]
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64
}

pub fn mmc(case: &Case) -> Checked<Findings> {
    let (lambda, mu, workers) = (case.number("lam")?, case.number("mu")?, case.count("c")?);
    // The length is that of the mean number of all; of those who only wait the mean is smaller and
    // its error is the same, so that the length would have to grow with the square of this.
    let harder = case.expected("W")? / case.expected("Wq")?;
    let is_full = std::env::var_os(FULL_LENGTH).is_some();
    let longer = if is_full { harder * harder } else { 1.0 };
    let count = (longer * case.full_length("n_95_1pct")? as f64) as usize;
    let waiting_tolerance = 0.02 * harder / longer.sqrt();
    let work = exponential(1.0 / mu);
    let runs = replicate((workers, None), (lambda, count), &work, |record| {
        let (station, span) = station(&record)?;
        let delayed = station.delayed as f64 / station.begun as f64;
        let shares = [delayed, station.mean_jobs(span), station.mean_queue(span)];
        Ok((shares, times(&record).unzip()))
    })?;
    let share = |index: usize| {
        runs.iter().map(|(shares, _)| shares[index]).sum::<f64>() / runs.len() as f64
    };
    let mut findings = Findings::default();
    let how = "simulation";
    let offered = lambda / mu;
    findings.value("a", "division", offered);
    findings.value("rho", "division", offered / workers as f64);
    findings.value("P_wait", "erlang_c", erlang_c(offered, workers as u32));
    findings.value("P_wait", how, share(0));
    findings.value("L", how, share(1));
    findings.within("Lq", how, share(2), waiting_tolerance);
    let (waits, responses): (Vec<Vec<f64>>, Vec<Vec<f64>>) =
        runs.into_iter().map(|(_, times)| times).unzip();
    let (waits, responses) = (sorted(waits.concat()), sorted(responses.concat()));
    findings.value("W", how, mean(&responses));
    findings.within("Wq", how, mean(&waits), waiting_tolerance);
    for (key, p, tolerance) in
        [("p50", 0.5, 0.03), ("p90", 0.9, 0.03), ("p95", 0.95, 0.03), ("p99", 0.99, 0.05)]
    {
        findings.within(format!("{key}_W"), how, quantile(&responses, p), tolerance);
    }
    findings.within("p99_Wq", how, quantile(&waits, 0.99), 0.05);
    // Rare, and the square of what is long: as rare events.
    findings.within("p999_W", how, quantile(&responses, 0.999), RARE_TOLERANCE);
    findings.within("var_W", how, variance(&responses), RARE_TOLERANCE);
    Ok(findings)
}

pub fn mmck(case: &Case) -> Checked<Findings> {
    let (lambda, mu) = (case.number("lam")?, case.number("mu")?);
    let (workers, places) = (case.count("c")?, case.count("K")?);
    let length = case.length_of("n_95_1pct")?;
    let load = Load::open(lambda, length.count, exponential(1.0 / mu));
    let room = Some(places - workers);
    let record = simulate((workers, room), &[load], 0.1 * length.count as f64 / lambda)?;
    let (station, span) = station(&record)?;
    let mut findings = Findings::default();
    let how = "simulation";
    let blocked = station.refused as f64 / station.arrived as f64;
    length.judge(&mut findings, "P_block", how, blocked, 0.1);
    length.judge(&mut findings, "L", how, station.mean_jobs(span), 0.02);
    length.judge(&mut findings, "Lq", how, station.mean_queue(span), 0.02);
    length.judge(&mut findings, "lam_eff", how, station.completed as f64 / span.secs(), 0.02);
    length.judge(&mut findings, "util", how, station.utilisation(span), 0.02);
    // Seldom where the load is high.
    length.judge(&mut findings, "P_empty", how, station.idle(span), 0.1);
    let times = record.judged().times;
    let (response, phases) = times.means().ok_or("nothing was answered")?;
    length.judge(&mut findings, "W", how, response, 0.02);
    length.judge(&mut findings, "Wq", how, phases[1], 0.02);
    Ok(findings)
}

pub fn erlang(case: &Case) -> Checked<Findings> {
    let (load, lines) = (case.number("a")?, case.count("c")?);
    let mut findings = Findings::default();
    let blocked = erlang_b(load, lines as u32);
    findings.within("P_block", "erlang_b", blocked, 1e-9);
    findings.within("carried", "erlang_b", load * (1.0 - blocked), 1e-9);
    let length = case.length_of("n_arrivals_block_95_5pct")?;
    // Whatever the holding time: here a heavy one of mean 1 s.
    let heavy = "{ lognormal = { median = \"0.606530659712633 s\", sigma = 1 } }".to_owned();
    for work in [exponential(1.0), heavy] {
        let customers = Load::open(load, length.count, work);
        let record = simulate((lines, Some(0)), &[customers], 0.0)?;
        let (station, span) = station(&record)?;
        let blocked = station.refused as f64 / station.arrived as f64;
        length.judge(&mut findings, "P_block", "simulation", blocked, 0.1);
        length.judge(&mut findings, "carried", "simulation", station.mean_jobs(span), 0.02);
    }
    Ok(findings)
}

pub fn erlang_dimension(case: &Case) -> Checked<Findings> {
    let target = case.number("target")?;
    let mut findings = Findings::default();
    for key in case.expect.keys() {
        if let Some(lines) = key.strip_prefix("a_max_c").and_then(|lines| lines.parse().ok()) {
            findings.value(key.clone(), "load_for", load_for(lines, target));
        } else if let Some(load) = key.strip_prefix("servers_a").and_then(|load| load.parse().ok())
        {
            findings.value(key.clone(), "lines_for", lines_for(load, target));
        }
    }
    Ok(findings)
}

pub fn mg1(case: &Case) -> Checked<Findings> {
    let (rho, mean) = (case.number("rho")?, case.number("ES")?);
    let lambda = rho / mean;
    // Where no length is given, by the second moment, as the wait grows with it.
    let length = case.length_of("n_95_1pct_Wq").unwrap_or_else(|_| case.length_by(25_000_000));
    let count = length.count;
    let one = |work: &str| vec![Load::open(lambda, count, work.to_owned())];
    let service: String = case.read("service")?;
    let loads = match service.as_str() {
        "det1" => one("\"1 s\""),
        "erlang4_mean1" => one("{ gamma = { shape = 4, mean = \"1 s\" } }"),
        // Two Poisson processes are one with a mixture.
        "h2_p0.9_means_0.526316_5.26316" => [(0.9, 1.0 / 1.9), (0.1, 10.0 / 1.9)]
            .map(|(share, mean)| {
                let part = (share * count as f64) as usize;
                Load::open(share * lambda, part, exponential(mean))
            })
            .into(),
        // E[S^2] = 5: sigma^2 = ln 5, median = 1 / sqrt 5.
        "lognormal_mean1_cv2" => {
            one("{ lognormal = { median = \"0.447213595499958 s\", sigma = 1.268636244588837 } }")
        }
        "bpareto_1.5_1_1000" => {
            one("{ bounded-pareto = { shape = 1.5, min = \"1 s\", max = \"1000 s\" } }")
        }
        service => return Err(format!("what is {service}?")),
    };
    let record = simulate((1, None), &loads, 0.1 * count as f64 / lambda)?;
    let (station, span) = station(&record)?;
    let mut findings = Findings::default();
    let how = "simulation";
    findings.value("rho", "division", lambda * mean);
    let times = record.judged().times;
    let (response, phases) = times.means().ok_or("nothing was answered")?;
    let tolerance = case.tolerance.value.unwrap_or(0.02);
    length.judge(&mut findings, "W", how, response, tolerance);
    length.judge(&mut findings, "Wq", how, phases[1], tolerance);
    length.judge(&mut findings, "L", how, station.mean_jobs(span), tolerance);
    length.judge(&mut findings, "Lq", how, station.mean_queue(span), tolerance);
    Ok(findings)
}

pub fn md1(case: &Case) -> Checked<Findings> {
    let (lambda, work) = (case.number("lam")?, case.number("D")?);
    // As long as Q17, the same queue.
    let work = format!("\"{work} s\"");
    let waits = replicate((1, None), (lambda, 3_000_000), &work, |record| {
        station(&record)?;
        Ok(times(&record).map(|(wait, _)| wait).collect::<Vec<f64>>())
    })?;
    let waits = sorted(waits.concat());
    let mut findings = Findings::default();
    for key in case.expect.keys() {
        let time = key.strip_prefix("F(").and_then(|rest| rest.strip_suffix(')'));
        let time: f64 = time.and_then(|time| time.parse().ok()).ok_or(format!("what is {key}?"))?;
        // Whole nanoseconds: who waits a rounding error does not wait.
        let below = waits.partition_point(|&wait| wait <= time + 1e-8);
        findings.value(key.clone(), "simulation", below as f64 / waits.len() as f64);
    }
    Ok(findings)
}

pub fn priority(case: &Case) -> Checked<Findings> {
    let rates: Vec<f64> = case.read("lams")?;
    let means: Vec<f64> = case.read("ES")?;
    let length = case.length_by(4_000_000);
    let total: f64 = rates.iter().sum();
    let loads = rates.iter().zip(&means).zip(0..).map(|((&rate, &mean), priority)| {
        let count = (length.count as f64 * rate / total) as usize;
        Load { priority, ..Load::open(rate, count, exponential(mean)) }
    });
    let loads: Vec<Load> = loads.collect();
    let record = simulate((1, None), &loads, 0.1 * length.count as f64 / total)?;
    station(&record)?;
    let mut findings = Findings::default();
    for workload in 0..loads.len() {
        let means = record.of_workload(workload as u32).times.means();
        let (_, phases) = means.ok_or("nothing was answered")?;
        let key = format!("Wq{}", workload + 1);
        length.judge(&mut findings, &key, "simulation", phases[1], 0.02);
    }
    Ok(findings)
}

pub fn engset(case: &Case) -> Checked<Findings> {
    let (sources, lines) = (case.count("N")?, case.count("c")?);
    let think = 1.0 / case.number("alpha")?;
    let each = 20_000;
    let arrivals = format!(
        "{{ closed = {{ each = {each}, think = {{ exponential = {{ mean = \"{think} s\" }} }} }} }}"
    );
    let load = Load { arrivals, clients: sources as usize, work: exponential(1.0), priority: 0 };
    let record = simulate((lines, Some(0)), &[load], 0.0)?;
    let (station, span) = station(&record)?;
    let mut findings = Findings::default();
    findings.value("time_congestion", "simulation", station.all_busy(span));
    let refused = station.refused as f64 / station.arrived as f64;
    findings.value("call_congestion", "simulation", refused);
    Ok(findings)
}

/// A station where nobody waits stands for the time that somebody is online.
pub fn mginf(case: &Case) -> Checked<Findings> {
    let (lambda, session) = (case.number("lam")?, case.number("mean_session")?);
    let count = 400_000;
    // Heavier than exponential; the law does not depend on it.
    let sigma = 1.0f64;
    let median = session * (-sigma * sigma / 2.0).exp();
    let work = format!("{{ lognormal = {{ median = \"{median} s\", sigma = {sigma} }} }}");
    let load = Load::open(lambda, count, work);
    let record = run(&scenario((100_000, None), &[load], 0.0, true)?, 0);
    station(&record)?;
    // How long so many were there, after 20 sessions and until the last one came.
    let mut changes: Vec<(Time, i64)> = Vec::new();
    for request in &record.requests {
        changes.push((request.issued, 1));
        changes.extend(request.ended.map(|ended| (ended, -1)));
    }
    changes.sort_unstable();
    let start = Time::from_secs(20.0 * session);
    let end = record.requests.last().map_or(start, |request| request.issued);
    let (mut present, mut last) = (0i64, Time::ZERO);
    let mut seconds: Vec<f64> = Vec::new();
    for (at, change) in changes {
        let span = at.min(end).since(last.max(start)).secs();
        seconds.resize(seconds.len().max(present as usize + 1), 0.0);
        seconds[present as usize] += span;
        present += change;
        last = at;
    }
    let total: f64 = seconds.iter().sum();
    let mean = (0..).zip(&seconds).map(|(n, s)| f64::from(n) * s).sum::<f64>() / total;
    let squares = (0..).zip(&seconds).map(|(n, s)| (f64::from(n) - mean).powi(2) * s);
    let mut findings = Findings::default();
    findings.value("mean", "simulation", mean);
    findings.within("var", "simulation", squares.sum::<f64>() / total, 0.1);
    let mut sum = 0.0;
    let below = seconds.iter().position(|&s| {
        sum += s;
        sum >= 0.95 * total
    });
    findings.value("p95", "simulation", Value::from(below.ok_or("nobody was there")?));
    Ok(findings)
}
