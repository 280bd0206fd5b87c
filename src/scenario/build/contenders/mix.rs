//! Several architectures at once, each for some of the workloads.

use std::ops::Range;

use serde_spanned::Spanned;

use super::super::super::architecture_spec::{ArchitectureSpec, MixSpec};
use super::super::checks::{Checks, unknown_name};
use super::{BANK, Ground, preset, refuse};
use crate::architectures::{Contender, MOST_PARTS, Preset, Service};
use crate::model::{Demand, Wants, Workload};

/// What is told of a run once, however many architectures do it.
const TOLD_TOGETHER: [(Service, &str); 4] = [
    (Service::Items, "keep items"),
    (Service::Updates, "bring updates to groups"),
    (Service::Prints, "print"),
    (Service::Accounts, "keep accounts"),
];

/// A contender whose parts serve the workloads under whose names they stand.
pub fn mixed(
    spec: MixSpec,
    name: &Spanned<String>,
    ground: Ground<'_>,
    checks: &mut Checks<'_>,
) -> Option<Contender> {
    let Some(workloads) = ground.workloads else {
        // Some of them are wrong; what is said of the architectures is looked at still.
        for (key, spec) in spec.0 {
            if !matches!(spec, ArchitectureSpec::SameAs(_)) {
                preset(spec, &key, ground, checks);
            }
        }
        return None;
    };
    let place_of = |name: &str| workloads.iter().position(|workload| workload.name == name);
    let (mut is_sound, mut shares, mut followers) = (true, Vec::new(), Vec::new());
    for (key, spec) in spec.0 {
        let Some(place) = place_of(key.get_ref()) else {
            let message = format!("a mix serves workloads, and there is no {:?}", key.get_ref());
            let names = || workloads.iter().map(|workload| workload.name.as_str());
            unknown_name(checks, key.span(), key.get_ref(), message, names);
            is_sound = false;
            continue;
        };
        match spec {
            ArchitectureSpec::SameAs(other) => followers.push((place, other)),
            spec => shares.push(Share { served: vec![place], key, spec }),
        }
    }
    if shares.is_empty() || shares.len() > MOST_PARTS {
        let message = format!("a mix of {} architectures", shares.len());
        checks
            .problem(name.span(), message, format!("expected 1 to {MOST_PARTS}"))
            .help("name a workload, and the architecture that serves it: [architectures.NAME.mix.WORKLOAD.KIND]");
        return None;
    }
    for (place, other) in followers {
        let span = other.span.clone();
        let Some((_, other)) = checks.required(other) else {
            is_sound = false;
            continue;
        };
        match shares.iter_mut().find(|share| *share.key.get_ref() == other.0) {
            Some(share) => share.served.push(place),
            None => {
                let message = format!("no architecture of this mix stands under {:?}", other.0);
                let names = || shares.iter().map(|share| share.key.get_ref().as_str());
                unknown_name(checks, span, &other.0, message, names);
                is_sound = false;
            }
        }
    }
    let served: Vec<usize> = shares.iter().flat_map(|share| share.served.clone()).collect();
    for (place, workload) in workloads.iter().enumerate() {
        if is_sound && !served.contains(&place) && !is_of_transfers(workload) {
            let message = format!("nobody serves the workload {:?} in this mix", workload.name);
            let example = format!(
                "write {} = {{ KIND = {{ ... }} }}, or {{ same-as = \"WORKLOAD\" }}",
                workload.name
            );
            checks.problem(name.span(), message, "something is left over").help(example);
            is_sound = false;
        }
    }
    let mut by_workload = vec![0; workloads.len()];
    let (mut parts, mut places) = (Vec::new(), Vec::new());
    for (part, Share { served, key, spec }) in shares.into_iter().enumerate() {
        served.iter().for_each(|&place| by_workload[place] = part as u8);
        let own: Vec<Workload> = served.iter().map(|&place| workloads[place].clone()).collect();
        places.push(key.span());
        parts.push(preset(spec, &key, Ground { workloads: Some(&own), ..ground }, checks));
    }
    let parts: Vec<Preset> = parts.into_iter().collect::<Option<_>>()?;
    // Bare transfers need nobody, and are told to the first that has ears for them.
    let hears = |preset: &Preset| !preset.offers(Service::Accounts);
    for (place, workload) in workloads.iter().enumerate() {
        if !served.contains(&place) {
            let Some(part) = parts.iter().position(hears) else {
                refuse(name, "mix", workload, BANK, checks);
                return None;
            };
            by_workload[place] = part as u8;
        }
    }
    is_sound &= are_told_apart(&parts, (&by_workload, workloads), &places, checks);
    is_sound.then(|| Contender::mixed(name.get_ref().clone(), parts, by_workload))
}

/// A part as it is written.
struct Share {
    /// Workloads, by index.
    served: Vec<usize>,
    key: Spanned<String>,
    spec: ArchitectureSpec,
}

/// They go from node to node, and nobody has to serve them.
fn is_of_transfers(workload: &Workload) -> bool {
    match &workload.demand {
        Demand::Drawn { wants, .. } => matches!(wants, Wants::Transfer { .. }),
        Demand::Trace { sizes, .. } => sizes.is_empty(),
    }
}

/// Whether one part alone does each of what is told of all together, and what is brought back was stored with it.
fn are_told_apart(
    parts: &[Preset],
    (by_workload, workloads): (&[u8], &[Workload]),
    places: &[Range<usize>],
    checks: &mut Checks<'_>,
) -> bool {
    let mut is_sound = true;
    // Who has processors for jobs alone counts their runs, and servers that do them as requests do not.
    let with_jobs = (0..parts.len()).filter(|&part| {
        let is_own =
            |(own, workload): (&u8, &Workload)| usize::from(*own) == part && workload.is_of_jobs();
        by_workload.iter().zip(workloads).any(is_own)
    });
    let (servers, others): (Vec<usize>, Vec<usize>) =
        with_jobs.partition(|&part| parts[part].offers(Service::Requests));
    if let (Some(&server), Some(&other)) = (servers.first(), others.first()) {
        let kinds = [server, other].map(|part| parts[part].kind());
        let message = format!("jobs of a mix are done by {} and by {}", kinds[0], kinds[1]);
        checks
            .problem(places[server].clone(), message, "how well both do is told of all together")
            .help(
                "let all of them be done by servers, or all by architectures that do nothing else",
            );
        is_sound = false;
    }
    for (service, what) in TOLD_TOGETHER {
        let mut able = Vec::new();
        for (part, workload) in by_workload.iter().zip(workloads) {
            if wanted(&workload.demand) == Some(service) && !able.contains(part) {
                able.push(*part);
            }
        }
        if let [first, second, ..] = able[..] {
            let kinds = [first, second].map(|part| parts[usize::from(part)].kind());
            let message =
                format!("two architectures of a mix {what}: {} and {}", kinds[0], kinds[1]);
            checks
                .problem(
                    places[usize::from(second)].clone(),
                    message,
                    "what they do is told of all together",
                )
                .help("let one of them serve both workloads, by { same-as = \"WORKLOAD\" }");
            is_sound = false;
        }
    }
    is_sound
}

/// Of these, what a workload asks for.
fn wanted(demand: &Demand) -> Option<Service> {
    let Demand::Drawn { wants, .. } = demand else { return None };
    match wants {
        Wants::Store(_) | Wants::Retrieve(_) => Some(Service::Items),
        Wants::Update(_) => Some(Service::Updates),
        Wants::Print(_) => Some(Service::Prints),
        Wants::Transaction(_) => Some(Service::Accounts),
        Wants::Download(_)
        | Wants::Request(_)
        | Wants::Job(_)
        | Wants::Lookup(_)
        | Wants::Call(_)
        | Wants::Transfer { .. } => None,
    }
}
