//! Checks what values mean together, and builds the model and its contenders.
//!
//! Nothing stops at the first problem: what cannot be read is `None`, and everything else is
//! still looked at.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use serde_spanned::Spanned;

use super::diagnostics::{Problem, nearest, one_of};
use super::estimate::{Estimate, Limits};
use super::spec::{
    ArchitectureSpec, ArrivalsSpec, BitTorrentSpec, CatalogueSpec, ClientServerSpec, DownloadSpec,
    GroupSpec, Named, RetrySpec, RunSpec, ScenarioSpec, TraceSpec, TransferSpec, WorkloadSpec,
};
use super::topology::topology;
use super::trace::read_trace;
use super::tree::Field;
use super::values::{AutoOrCount, Names, Stay};
use super::{Scenario, values};
use crate::architectures::deliveries::{PieceSelection, SwarmSettings, UploadSlots};
use crate::architectures::{Balance, BitTorrent, ClientServer, Contender, Preset};
use crate::model::{
    Arrivals, Catalogue, Class, Demand, End, Group, Model, Policy, Processor, Workload,
};
use crate::network::{NodeId, SiteId, Topology};
use crate::random::{Distribution, Popularity};
use crate::units::{Bytes, Duration, Time};

const MOST_REPLICATIONS: u64 = 100_000;
const MOST_NEIGHBOURS: u64 = 1000;
const LEAST_PIECE: Bytes = Bytes::new(16 * 1024);
const GREATEST_PIECE: Bytes = Bytes::new(1 << 30);
const LEAST_RECHOKE_INTERVAL: Duration = Duration::from_nanos(100_000_000);

/// Collects problems while values are taken out of their fields.
pub struct Checks<'p> {
    problems: &'p mut Vec<Problem>,
}

impl Checks<'_> {
    pub fn required<T>(&mut self, field: Field<T>) -> Option<(Range<usize>, T)> {
        match field.value {
            Ok(value) => Some((field.span, value)),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// `Some(None)` when it is not written, `None` when it is wrong.
    pub fn optional<T>(&mut self, field: Option<Field<T>>) -> Option<Option<(Range<usize>, T)>> {
        match field {
            None => Some(None),
            Some(field) => self.required(field).map(Some),
        }
    }

    /// The value or its default; `None` when it is wrong.
    fn or<T>(&mut self, field: Option<Field<T>>, default: T) -> Option<T> {
        Some(self.optional(field)?.map_or(default, |(_, value)| value))
    }

    pub fn problem(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Cure<'_> {
        self.problems.push(Problem::new(span, message, label));
        Cure(self.problems.last_mut())
    }
}

/// The problem that was just found, for telling how to mend it.
pub struct Cure<'p>(Option<&'p mut Problem>);

impl Cure<'_> {
    pub fn help(self, help: impl Into<String>) {
        if let Some(problem) = self.0 {
            problem.help = Some(help.into());
        }
    }
}

/// The scenario, or `None` with at least one problem.
pub fn build(spec: ScenarioSpec, folder: &Path, problems: &mut Vec<Problem>) -> Option<Scenario> {
    let mut checks = Checks { problems };
    let checks = &mut checks;
    let title = checks.required(spec.title);
    let question = checks.optional(spec.question);
    let seed = checks.optional(spec.seed);
    let run = run_settings(spec.run, checks);
    let memory_limit = run.as_ref().map(|run| run.memory_limit);
    let topology = topology(spec.network, folder, checks);
    let groups = groups(spec.nodes, topology.as_ref(), memory_limit, checks)?;
    let (Some(run), Some(topology)) = (run, topology) else {
        return None;
    };
    let workloads = workloads(spec.workloads, &groups, folder, &run, checks);
    let contenders = contenders(spec.architectures, &groups, checks);
    let ((_, title), question, seed) = (title?, question?, seed?);
    let model = Model {
        seed: seed.map_or(1, |(_, seed)| seed.0),
        groups,
        topology,
        workloads: workloads?,
        end: run.end,
        warm_up: run.warm_up,
    };
    let contenders = contenders?;
    let limits = Limits { memory: run.memory_limit };
    let estimate = Estimate::of(&model, &contenders, run.replications);
    if let Err(message) = estimate.check(&limits) {
        checks.problem(run.span, message, "this is too much").help(
            "ask for fewer nodes, requests, pieces or replications, or raise `memory_limit` in [run]",
        );
        return None;
    }
    Some(Scenario {
        title: title.0,
        question: question.map_or(String::new(), |(_, question)| question.0),
        warnings: warnings(&model, &contenders, run.replications),
        model,
        contenders,
        replications: run.replications,
        estimate,
    })
}

struct RunSettings {
    span: Range<usize>,
    end: End,
    warm_up: Duration,
    replications: u32,
    memory_limit: Bytes,
}

fn run_settings(run: Spanned<RunSpec>, checks: &mut Checks<'_>) -> Option<RunSettings> {
    let span = run.span();
    let run = run.into_inner();
    let duration = checks.optional(run.duration);
    let until = checks.optional(run.until);
    let warm_up = checks.optional(run.warm_up);
    let replications = checks.optional(run.replications);
    let memory_limit = checks.or(run.memory_limit, Limits::default().memory);
    let end = match (duration?, until?) {
        (Some((span, Duration::ZERO)), None) => {
            checks.problem(span, "a run of no time shows nothing", "expected more than 0 s");
            return None;
        }
        (Some((_, duration)), None) => End::At(Time::ZERO + duration),
        (None, Some(_)) => End::Done,
        (Some((span, _)), Some(_)) => {
            checks.problem(span, "[run] has both `duration` and `until`", "either or");
            return None;
        }
        (None, None) => {
            checks
                .problem(span, "[run] does not say when a run ends", "needs `duration` or `until`")
                .help("write duration = \"2 h\", or until = \"done\" for when every request has ended");
            return None;
        }
    };
    let warm_up = match warm_up? {
        Some((span, warm_up)) => {
            if matches!(end, End::At(time) if Time::ZERO + warm_up >= time) {
                checks.problem(span, "the warm-up is as long as the run", "expected less");
                return None;
            }
            warm_up
        }
        None => Duration::ZERO,
    };
    let replications = match replications? {
        Some((_, count)) if (1..=MOST_REPLICATIONS).contains(&count.0) => count.0 as u32,
        Some((span, count)) => {
            let message = format!("{} replications", count.0);
            checks.problem(span, message, format!("expected 1 to {MOST_REPLICATIONS}"));
            return None;
        }
        None => 10,
    };
    Some(RunSettings { span, end, warm_up, replications, memory_limit: memory_limit? })
}

/// Names go into file names, CSV cells, charts and commands: what could hurt there is refused.
fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '.';
    !name.is_empty()
        && name.chars().count() <= 60
        && name.chars().all(is_plain)
        && name.chars().next().is_some_and(char::is_alphanumeric)
}

fn check_name(kind: &str, name: &Spanned<String>, checks: &mut Checks<'_>) -> Option<String> {
    if is_name(name.get_ref()) && name.get_ref() != "all" {
        return Some(name.get_ref().clone());
    }
    let message = format!("{:?} cannot be the name of {kind}", name.get_ref());
    checks.problem(name.span(), message, "not a usable name").help(
        "up to 60 letters, digits, `-`, `_` and `.`, beginning with a letter or digit; `all` is taken",
    );
    None
}

fn groups(
    specs: Named<GroupSpec>,
    topology: Option<&Topology>,
    memory_limit: Option<Bytes>,
    checks: &mut Checks<'_>,
) -> Option<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    let mut is_sound = true;
    let mut total: u64 = 0;
    for (name, spec) in specs {
        let count_span = spec.count.span.clone();
        let Some(group) = group(&name, spec, topology, checks) else {
            is_sound = false;
            continue;
        };
        let (group, count) = group;
        total = total.saturating_add(count);
        let needed = Estimate::of_nodes(total);
        let limit = memory_limit.unwrap_or(Limits::default().memory);
        if total > u64::from(u32::MAX / 4) || needed > limit {
            let message = format!("{count} nodes here and {total} in all need about {needed}");
            checks
                .problem(count_span, message, format!("the limit is {limit}"))
                .help("the limit is `memory_limit` in [run]");
            return None;
        }
        let first = total - count;
        groups.push(Group { first: first as u32, count: count as u32, ..group });
    }
    is_sound.then_some(groups)
}

fn group(
    name: &Spanned<String>,
    spec: GroupSpec,
    topology: Option<&Topology>,
    checks: &mut Checks<'_>,
) -> Option<(Group, u64)> {
    let valid_name = check_name("a group of nodes", name, checks);
    let count = checks.required(spec.count);
    let classes = match spec.classes {
        None => single_class(name, spec.up, spec.down, spec.latency, checks),
        Some(classes) => {
            let spans = [
                spec.up.map(|field| field.span),
                spec.down.map(|field| field.span),
                spec.latency.map(|field| field.span),
            ];
            for span in spans.into_iter().flatten() {
                let message = format!("`nodes.{}` has classes, which say this", name.get_ref());
                checks.problem(span, message, "belongs into the classes");
            }
            if classes.is_empty() {
                checks.problem(name.span(), "the list of classes is empty", "needs a class");
            }
            let read: Vec<Option<Class>> =
                classes.into_iter().map(|class| access_class(class, checks)).collect();
            read.into_iter().collect::<Option<Vec<Class>>>().filter(|classes| !classes.is_empty())
        }
    };
    let sites = sites(spec.at, topology, checks);
    let processor = match spec.cpu {
        None => Some(None),
        Some(cpu) => {
            let workers = checks.required(cpu.workers);
            let queue = checks.optional(cpu.queue);
            match (workers, queue) {
                (Some((span, workers)), Some(queue)) => {
                    if workers.0 == 0 || workers.0 > u64::from(u32::MAX) {
                        checks.problem(
                            span,
                            format!("{} workers", workers.0),
                            "expected 1 or more",
                        );
                        return None;
                    }
                    let queue = queue.map(|(_, queue)| u32::try_from(queue.0).unwrap_or(u32::MAX));
                    Some(Some(Processor { workers: workers.0 as u32, queue }))
                }
                _ => None,
            }
        }
    };
    let group = Group {
        name: valid_name?,
        first: 0,
        count: 0,
        classes: classes?,
        sites: sites?,
        processor: processor?,
    };
    Some((group, count?.1.0))
}

type RateField = Option<Field<values::Random<crate::units::Rate>>>;

fn single_class(
    name: &Spanned<String>,
    up: RateField,
    down: RateField,
    latency: Option<Field<values::Random<Duration>>>,
    checks: &mut Checks<'_>,
) -> Option<Vec<Class>> {
    let mut capacity = |field: RateField, key: &str| match field {
        Some(field) => checks.required(field),
        None => {
            let message = format!("`nodes.{}` has no `{key}`", name.get_ref());
            checks
                .problem(name.span(), message, format!("needs `{key}`"))
                .help(format!("write {key} = \"100 Mbit/s\", or `classes`"));
            None
        }
    };
    let (up, down) = (capacity(up, "up"), capacity(down, "down"));
    let latency = latency_or_zero(latency, checks);
    class(1.0, up?, down?, latency?, checks).map(|class| vec![class])
}

fn access_class(spec: super::spec::ClassSpec, checks: &mut Checks<'_>) -> Option<Class> {
    checks.optional(spec.name)?;
    let share = checks.required(spec.share);
    let (up, down) = (checks.required(spec.up), checks.required(spec.down));
    let latency = latency_or_zero(spec.latency, checks);
    let (span, share) = share?;
    if share.0 <= 0.0 {
        checks.problem(span, format!("a share of {}", share.0), "expected more than 0");
        return None;
    }
    class(share.0, up?, down?, latency?, checks)
}

fn latency_or_zero(
    field: Option<Field<values::Random<Duration>>>,
    checks: &mut Checks<'_>,
) -> Option<Distribution> {
    let latency = checks.optional(field)?;
    Some(latency.map_or(Distribution::Constant(0.0), |(_, latency)| latency.distribution))
}

fn class(
    share: f64,
    (_, up): (Range<usize>, values::Random<crate::units::Rate>),
    (down_span, down): (Range<usize>, values::Random<crate::units::Rate>),
    latency: Distribution,
    checks: &mut Checks<'_>,
) -> Option<Class> {
    if down.distribution.maximum() <= 0.0 {
        checks.problem(down_span, "a downlink without capacity never receives", "expected more");
        return None;
    }
    Some(Class { share, up: up.distribution, down: down.distribution, latency })
}

fn sites(
    at: Option<Field<Names>>,
    topology: Option<&Topology>,
    checks: &mut Checks<'_>,
) -> Option<Vec<SiteId>> {
    let at = checks.optional(at)?;
    let topology = topology?;
    let Some((span, names)) = at else {
        return Some(topology.sites().map(|(id, _)| id).collect());
    };
    if topology.link_count() == 0 {
        checks
            .problem(span, "an access network has no sites", "`at` is for [network.graph]")
            .help("leave `at` out, or describe the sites in [network.graph]");
        return None;
    }
    let mut found = Vec::new();
    for (name, span) in names.0 {
        match topology.site_named(&name) {
            Some(site) => found.push(site),
            None => {
                let known: Vec<&str> =
                    topology.sites().map(|(_, site)| site.name.as_str()).collect();
                let message = format!("{name:?} is no site of the network");
                unknown_name(checks, span, &name, message, &known);
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

fn unknown_name(
    checks: &mut Checks<'_>,
    span: Range<usize>,
    name: &str,
    message: String,
    known: &[&str],
) {
    let label = match known.len() {
        0..=12 => format!("expected {}", one_of(known.iter().copied())),
        many => format!("none of the {many} that there are"),
    };
    let cure = checks.problem(span, message, label);
    if let Some(near) = nearest(name, known.iter().copied()) {
        cure.help(format!("did you mean \"{near}\"?"));
    }
}

/// Nodes of the named groups; at least one.
fn nodes_of(field: Field<Names>, groups: &[Group], checks: &mut Checks<'_>) -> Option<Vec<NodeId>> {
    let (list_span, names) = checks.required(field)?;
    let mut nodes = Vec::new();
    let mut is_sound = true;
    for (name, span) in names.0 {
        match groups.iter().find(|group| group.name == name) {
            Some(group) => nodes.extend(group.nodes()),
            None => {
                let known: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
                let message = format!("{name:?} is no group of nodes");
                unknown_name(checks, span, &name, message, &known);
                is_sound = false;
            }
        }
    }
    nodes.sort_unstable();
    nodes.dedup();
    if is_sound && nodes.is_empty() {
        checks.problem(list_span, "these groups have no nodes", "expected at least one node");
        return None;
    }
    is_sound.then_some(nodes)
}

fn workloads(
    specs: Named<WorkloadSpec>,
    groups: &[Group],
    folder: &Path,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<Vec<Workload>> {
    let mut workloads: Vec<Workload> = Vec::new();
    let mut objects: usize = 0;
    let mut is_sound = true;
    if specs.is_empty() {
        checks.problem(
            run.span.clone(),
            "the scenario has no workload",
            "nobody asks for anything",
        );
        return None;
    }
    for (name, spec) in specs {
        let valid_name = check_name("a workload", &name, checks);
        let built = match spec {
            WorkloadSpec::Download(spec) => download(*spec, groups, objects, run, checks),
            WorkloadSpec::Transfer(spec) => transfer(*spec, groups, run, checks),
            WorkloadSpec::Trace(spec) => trace(*spec, groups, objects, folder, checks),
        };
        match (valid_name, built) {
            (Some(name), Some((demand, policy))) => {
                objects += demand.object_count();
                workloads.push(Workload { name, demand, policy });
            }
            _ => is_sound = false,
        }
    }
    is_sound.then_some(workloads)
}

fn download(
    spec: DownloadSpec,
    groups: &[Group],
    first_object: usize,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let by = nodes_of(spec.from, groups, checks);
    let arrivals = arrivals(spec.arrivals, run, checks);
    let catalogue = catalogue(spec.catalogue, first_object, run, checks);
    let policy = policy(spec.timeout, spec.retry, checks);
    let demand = Demand::Download { by: by?, catalogue: catalogue?, arrivals: arrivals? };
    Some((demand, policy?))
}

fn transfer(
    spec: TransferSpec,
    groups: &[Group],
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let from = nodes_of(spec.from, groups, checks);
    let to = nodes_of(spec.to, groups, checks);
    let arrivals = arrivals(spec.arrivals, run, checks);
    let size = checks.required(spec.size);
    let policy = policy(spec.timeout, spec.retry, checks);
    let size = size?.1.distribution;
    let demand = Demand::Transfer { from: from?, to: to?, size, arrivals: arrivals? };
    Some((demand, policy?))
}

fn trace(
    spec: TraceSpec,
    groups: &[Group],
    first_object: usize,
    folder: &Path,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let file = checks.required(spec.file);
    let stand_ins = match spec.from {
        None => Some(Vec::new()),
        Some(names) => nodes_of(names, groups, checks),
    };
    let policy = policy(spec.timeout, spec.retry, checks);
    let (span, file) = file?;
    let mut names = HashMap::new();
    for group in groups {
        for (node, number) in group.nodes().zip(1..) {
            let name = match group.count {
                1 => group.name.clone(),
                _ => format!("{}-{number}", group.name),
            };
            names.insert(name, node);
        }
    }
    match read_trace(&folder.join(&file.0), &names, &stand_ins?, first_object as u32) {
        Ok(demand) => Some((demand, policy?)),
        Err(error) => {
            checks.problem(span, format!("{}: {error}", file.0), "this trace");
            None
        }
    }
}

fn arrivals(spec: ArrivalsSpec, run: &RunSettings, checks: &mut Checks<'_>) -> Option<Arrivals> {
    match spec {
        ArrivalsSpec::Burst(burst) => {
            Some(Arrivals::Burst { over: checks.required(burst.over)?.1 })
        }
        ArrivalsSpec::Schedule(schedule) => {
            let (span, instants) = checks.required(schedule.times)?;
            if instants.0.is_empty() {
                checks.problem(span, "a schedule without times", "expected at least one");
                return None;
            }
            let mut times: Vec<Time> = instants.0.iter().map(|&at| Time::ZERO + at).collect();
            times.sort_unstable();
            Some(Arrivals::Schedule(times))
        }
        ArrivalsSpec::Poisson(poisson) => {
            let poisson = *poisson;
            let rate = checks.required(poisson.rate);
            let span = checks.optional(poisson.span);
            let count = checks.optional(poisson.count);
            let (rate_span, rate) = rate?;
            let until = span?.map_or(Time::NEVER, |(_, span)| Time::ZERO + span);
            let count = count?.map_or(u64::MAX, |(_, count)| count.0);
            if rate.0 <= 0.0 {
                checks.problem(rate_span, "requests that never come", "expected more than 0");
                return None;
            }
            if run.end == End::Done && until == Time::NEVER && count == u64::MAX {
                checks
                    .problem(
                        rate_span,
                        "these requests never end, and neither does the run",
                        "for how long?",
                    )
                    .help("add `for` or `count`, or give [run] a `duration`");
                return None;
            }
            Some(Arrivals::Poisson { rate: rate.0, until, count })
        }
    }
}

fn catalogue(
    spec: CatalogueSpec,
    first_object: usize,
    run: &RunSettings,
    checks: &mut Checks<'_>,
) -> Option<Catalogue> {
    let objects = checks.optional(spec.objects);
    let size = checks.required(spec.size);
    let popularity = checks.optional(spec.popularity);
    let count = match objects? {
        None => 1,
        Some((span, count)) => {
            let needed = Estimate::of_objects(count.0.saturating_add(first_object as u64));
            if count.0 == 0 || needed > run.memory_limit || count.0 > u64::from(u32::MAX / 4) {
                let message = format!("{} objects need about {needed}", count.0);
                let label = format!("expected at least 1; the limit is {}", run.memory_limit);
                checks.problem(span, message, label);
                return None;
            }
            count.0
        }
    };
    let (size_span, size) = size?;
    if size.distribution.maximum() < 1.0 {
        checks.problem(size_span, "an object of no bytes", "expected at least 1 B");
        return None;
    }
    let exponent = popularity?.map_or(0.0, |(_, exponent)| exponent.0);
    Some(Catalogue {
        first_object: first_object as u32,
        count: count as u32,
        size: size.distribution,
        popularity: Popularity::zipf(count as usize, exponent),
    })
}

fn policy(
    timeout: Option<Field<Duration>>,
    retry: Option<RetrySpec>,
    checks: &mut Checks<'_>,
) -> Option<Policy> {
    let timeout = checks.optional(timeout);
    let (attempts, backoff) = match retry {
        None => (1, Duration::ZERO),
        Some(retry) => {
            let attempts = checks.required(retry.attempts);
            let backoff = checks.or(retry.backoff, Duration::from_whole_secs(1));
            let (span, attempts) = attempts?;
            if attempts.0 == 0 || attempts.0 > 1000 {
                let message = format!("{} attempts", attempts.0);
                checks.problem(span, message, "expected 1 to 1000");
                return None;
            }
            (attempts.0 as u32, backoff?)
        }
    };
    let timeout = match timeout? {
        Some((span, Duration::ZERO)) => {
            checks.problem(span, "no patience at all", "expected more than 0 s");
            return None;
        }
        timeout => timeout.map_or(Duration::FOREVER, |(_, timeout)| timeout),
    };
    Some(Policy { timeout, attempts, backoff })
}

fn contenders(
    specs: Named<ArchitectureSpec>,
    groups: &[Group],
    checks: &mut Checks<'_>,
) -> Option<Vec<Contender>> {
    let mut contenders = Vec::new();
    let mut is_sound = true;
    for (name, spec) in specs {
        let valid_name = check_name("an architecture", &name, checks);
        let preset = match spec {
            ArchitectureSpec::ClientServer(spec) => client_server(*spec, groups, checks),
            ArchitectureSpec::BitTorrent(spec) => bittorrent(*spec, groups, checks),
        };
        match (valid_name, preset) {
            (Some(name), Some(preset)) => contenders.push(Contender { name, preset }),
            _ => is_sound = false,
        }
    }
    if is_sound && contenders.is_empty() {
        checks
            .problem(0..0, "the scenario has no architecture", "nothing to compare")
            .help("write [architectures.NAME.client-server] or [architectures.NAME.bittorrent]");
        return None;
    }
    is_sound.then_some(contenders)
}

fn client_server(
    spec: ClientServerSpec,
    groups: &[Group],
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let servers = nodes_of(spec.servers, groups, checks);
    let balance = checks.or(spec.balance, values::Word(Balance::default()));
    let service = checks.optional(spec.service);
    Some(Preset::ClientServer(ClientServer {
        servers: servers?,
        balance: balance?.0,
        service: service?.map(|(_, service)| service.distribution),
    }))
}

fn bittorrent(spec: BitTorrentSpec, groups: &[Group], checks: &mut Checks<'_>) -> Option<Preset> {
    let seeds = nodes_of(spec.seeds, groups, checks);
    let tracker = match spec.tracker {
        Some(tracker) => nodes_of(tracker, groups, checks),
        None => seeds.clone(),
    };
    let piece_size = checks.optional(spec.piece_size);
    let neighbours = checks.optional(spec.neighbours);
    let upload_slots = checks.or(spec.upload_slots, AutoOrCount::Auto);
    let rechoke = checks.optional(spec.rechoke_interval);
    let trial = checks.or(spec.optimistic_interval, Duration::from_whole_secs(30));
    let selection = checks.or(spec.piece_selection, values::Word(PieceSelection::RarestFirst));
    let end_game = checks.or(spec.end_game, true);
    let seed_time = checks.or(spec.seed_time, Stay(None));

    let piece_size = match piece_size? {
        Some((span, size)) if !(LEAST_PIECE..=GREATEST_PIECE).contains(&size) => {
            checks.problem(span, format!("pieces of {size}"), "expected \"16 KiB\" to \"1 GiB\"");
            None
        }
        size => Some(size.map_or(Bytes::new(1 << 20), |(_, size)| size)),
    };
    let neighbours = match neighbours? {
        Some((span, count)) if !(1..=MOST_NEIGHBOURS).contains(&count.0) => {
            let message = format!("{} neighbours", count.0);
            checks.problem(span, message, format!("expected 1 to {MOST_NEIGHBOURS}"));
            None
        }
        count => Some(count.map_or(50, |(_, count)| count.0 as usize)),
    };
    let rechoke_interval = match rechoke? {
        Some((span, interval)) if interval < LEAST_RECHOKE_INTERVAL => {
            let message = format!("a rechoke every {interval}");
            checks.problem(span, message, "expected \"100 ms\" or more");
            None
        }
        interval => Some(interval.map_or(Duration::from_whole_secs(10), |(_, interval)| interval)),
    };
    let (seeds, tracker, rechoke_interval) = (seeds?, tracker?, rechoke_interval?);
    let rounds = (trial?.secs() / rechoke_interval.secs()).round().clamp(1.0, 1e6) as u32;
    Some(Preset::BitTorrent(BitTorrent {
        seeds,
        tracker: *tracker.first()?,
        swarm: SwarmSettings {
            piece_size: piece_size?,
            neighbours: neighbours?,
            upload_slots: match upload_slots? {
                AutoOrCount::Auto => UploadSlots::Auto,
                AutoOrCount::Count(count) => {
                    UploadSlots::Count(u32::try_from(count).unwrap_or(u32::MAX))
                }
            },
            rechoke_interval,
            optimistic_rounds: rounds,
            piece_selection: selection?.0,
            end_game: end_game?,
            seed_time: seed_time?.0,
        },
    }))
}

/// What is legal but makes results doubtful.
fn warnings(model: &Model, contenders: &[Contender], replications: u32) -> Vec<String> {
    let mut warnings = Vec::new();
    if replications == 1 {
        warnings.push(
            "one replication says nothing about chance; there will be no intervals and no verdicts"
                .to_owned(),
        );
    }
    if contenders.len() == 1 {
        warnings.push("only one architecture; there is nothing to compare it with".to_owned());
    }
    if let End::At(end) = model.end {
        for workload in &model.workloads {
            let last = match &workload.demand {
                Demand::Download { arrivals: Arrivals::Schedule(times), .. }
                | Demand::Transfer { arrivals: Arrivals::Schedule(times), .. } => {
                    times.last().copied()
                }
                Demand::Trace { entries, .. } => entries.last().map(|entry| entry.at),
                _ => None,
            };
            if last.is_some_and(|last| last > end) {
                warnings.push(format!(
                    "workload {:?} has requests after the end of the run",
                    workload.name
                ));
            }
        }
    }
    warnings
}
