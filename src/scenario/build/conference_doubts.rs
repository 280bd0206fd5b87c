//! Conferences that ask too much of lines or servers, and settings for them that nobody needs.

use std::collections::BTreeSet;

use super::mean_rates::mean_rate;
use crate::architectures::deliveries::{ConferenceWay, MediaWay};
use crate::architectures::{Preset, Single, Telephony};
use crate::model::{Conversations, Demand, Model, StationId, Wants, Workload};
use crate::network::NodeId;
use crate::random::Distribution;
use crate::units::{Duration, Rate};

/// From here on it is no rounding, and is not printed as 100 %.
const LEAST_OVERLOAD: f64 = 1.005;

pub fn of(model: &Model, contenders: &[Single<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    for Single { name, preset, .. } in contenders {
        let Preset::Telephony(preset) = preset else { continue };
        let conferences = &preset.calling.conferences;
        if !model.has_conferences() {
            if conferences.way != ConferenceWay::Mesh {
                warnings.push(format!(
                    "architecture {name:?}: `conferences` and `bridges` do nothing, for nobody meets in one (`size` of a call)"
                ));
            }
            continue;
        }
        let accepts_none = |&node: &NodeId| model.group_of(node).dialable == 0.0;
        if conferences.way != ConferenceWay::Mesh && conferences.bridges.iter().all(accepts_none) {
            warnings.push(format!(
                "architecture {name:?}: none of the bridges accepts connections, so no conference begins"
            ));
            continue;
        }
        let is_partial = |node: &NodeId| model.group_of(*node).dialable < 1.0;
        let are_some_deaf = preset.calling.media == MediaWay::Direct
            && preset.users.iter().filter(|node| is_partial(node)).count() > 1;
        if conferences.way == ConferenceWay::Mesh && are_some_deaf {
            warnings.push(format!(
                "architecture {name:?}: two members of a conference who both accept no connection (`dialable`) do not hear each other, unless relays pass it on (`media = \"relay\"`)"
            ));
        }
        warnings.extend(work_without_processors(model, name, preset));
        warnings.extend(overloaded_bridges(model, name, preset));
        for workload in model.served() {
            warnings.extend(overloaded_lines(model, (name, conferences.way), workload));
        }
    }
    warnings
}

fn conferences(workload: &Workload) -> Option<&Conversations> {
    match &workload.demand {
        Demand::Drawn { wants: Wants::Call(conversations), .. } => {
            conversations.size.is_some().then_some(&**conversations)
        }
        Demand::Drawn { .. } | Demand::Trace { .. } => None,
    }
}

fn work_without_processors(model: &Model, name: &str, preset: &Telephony) -> Option<String> {
    let conferences = &preset.calling.conferences;
    let lacking = conferences.bridges.iter().filter(|&&bridge| processors(model, bridge).is_none());
    let count = lacking.count();
    (conferences.stream_work > Duration::ZERO && count > 0).then(|| {
        format!(
            "architecture {name:?}: `stream_work` does nothing at {count} of the {} bridges, which have no station \"cpu\"",
            conferences.bridges.len()
        )
    })
}

/// Seconds of work a second, on the mean.
fn processors(model: &Model, node: NodeId) -> Option<f64> {
    let group = model.group_of(node);
    let station = group.stations.iter().find(|station| station.kind == StationId::CPU)?;
    let shares: f64 = group.classes.iter().map(|class| class.share).sum();
    let speed: f64 = group.classes.iter().map(|class| class.share * class.speed).sum();
    Some(f64::from(station.workers) * station.speed * speed / shares)
}

/// By Little's law, with the streams of a conference of the mean size: of sizes that differ there are more.
fn overloaded_bridges(model: &Model, name: &str, preset: &Telephony) -> Option<String> {
    let conferences_of = &preset.calling.conferences;
    let capacity: Option<f64> =
        conferences_of.bridges.iter().map(|&bridge| processors(model, bridge)).sum();
    let streams = |workload: &Workload| {
        let conversations = conferences(workload)?;
        let people = conversations.mean_people();
        let of_one = match conferences_of.way {
            ConferenceWay::Mesh => 0.0,
            ConferenceWay::Mixing => people,
            ConferenceWay::Forwarding => people * (people - 1.0),
        };
        Some(mean_rate(model, &workload.demand) * conversations.holding.mean() * of_one)
    };
    let offered: f64 =
        model.served().filter_map(streams).sum::<f64>() * conferences_of.stream_work.secs();
    let load = offered / capacity.filter(|&capacity| capacity > 0.0)?;
    (load > LEAST_OVERLOAD).then(|| {
        format!(
            "architecture {name:?}: the processors of its bridges are offered {:.0} % of what they can do, if nobody is busy; what is too much is lost",
            100.0 * load
        )
    })
}

/// Lines of groups that cannot carry what a conference of the mean size needs.
fn overloaded_lines(
    model: &Model,
    (name, way): (&str, ConferenceWay),
    workload: &Workload,
) -> Vec<String> {
    let Some(conversations) = conferences(workload) else { return Vec::new() };
    let people = conversations.mean_people();
    let rate = conversations.media.rate().bits_per_second();
    let to_all = (people - 1.0) * rate;
    let (up, down) = match way {
        ConferenceWay::Mesh => (to_all, to_all),
        ConferenceWay::Mixing => (rate, rate),
        ConferenceWay::Forwarding => (rate, to_all),
    };
    let members = workload.demand.askers().iter().chain(&conversations.callees);
    let groups: BTreeSet<u32> = members.map(|&node| model.group_of(node).first).collect();
    let mut warnings = Vec::new();
    for first in groups {
        let group = model.group_of(NodeId(first));
        let shares: f64 = group.classes.iter().map(|class| class.share).sum();
        let mean = |of: fn(&crate::model::Class) -> &Distribution| {
            let sum: f64 = group.classes.iter().map(|class| class.share * of(class).mean()).sum();
            sum / shares
        };
        let lines = [
            ("uplinks", up, mean(|class| &class.up)),
            ("downlinks", down, mean(|class| &class.down)),
        ];
        for (what, needed, capacity) in lines {
            if needed > LEAST_OVERLOAD * capacity {
                let [needed, capacity] = [needed, capacity].map(Rate::from_bits_per_second);
                // A mean is no whole number.
                let people = (people * 1000.0).round() / 1000.0;
                warnings.push(format!(
                    "architecture {name:?}: in a conference of {people} ({:?}) a member needs {needed} of its {what}, and those of {:?} carry {capacity} on the mean; what is too much is lost",
                    workload.name, group.name
                ));
            }
        }
    }
    warnings
}
