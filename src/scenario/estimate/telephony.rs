//! What conversations take.

use super::OPEN;
use super::ring::ring_cost;
use super::sharing::sharing_cost;
use crate::architectures::finders::ChoiceSettings;
use crate::architectures::{CallSetUp, Chord, FileSharing, Search, Telephony, TraversalSettings};
use crate::model::{Conversations, Demand, Model, Wants, Workload};
use crate::units::{Duration, Time};

/// Bytes of a call that goes on, and of what is kept of one that is over.
const CALL: f64 = 800.0;
const RECORD: f64 = 120.0;
/// Events of a call beside its search and what is said in it.
const SETTING_UP: f64 = 8.0;

/// Bytes of what one of a conference hears of another one.
const DIRECTION: f64 = 90.0;
/// Events of a member who is invited, comes and goes, beside the search.
const COMING: f64 = 4.0;

/// Memory and events of one run.
pub fn telephony_cost(
    model: &Model,
    preset: &Telephony,
    (horizon, crashes): (Time, f64),
    requests: f64,
) -> (f64, f64) {
    // Each of a conference is looked for by himself.
    let requests = requests + others_sought(model, horizon);
    let (memory, events) = match &preset.set_up {
        CallSetUp::Dht(settings) => {
            let ring = Chord {
                peers: preset.users.clone(),
                settings: settings.clone(),
                traversal: TraversalSettings::default(),
                fallback: Vec::new(),
            };
            ring_cost(model, &ring, (horizon, crashes), requests)
        }
        CallSetUp::Supernodes(settings) => {
            let search = Search::Supernodes(settings.clone());
            sharing_cost(&sharing(preset, search), model.expected_copies(), requests)
        }
        CallSetUp::Central { server } => {
            let search = Search::Directory { server: *server, answers: 1 };
            sharing_cost(&sharing(preset, search), model.expected_copies(), requests)
        }
    };
    let (mut calls, mut said, mut heard) = (0.0, 0.0, 0.0_f64);
    for workload in model.served() {
        let Demand::Drawn { wants: Wants::Call(conversations), .. } = &workload.demand else {
            continue;
        };
        let count = workload.demand.expected_requests(horizon);
        calls += count;
        said += count * events_of(conversations);
        if conversations.size.is_some() {
            let people = conversations.mean_people();
            said += count * COMING * people;
            let at_once = count.min(preset.users.len() as f64 / people);
            heard += at_once * people * people * (DIRECTION + OPEN);
            // A second of work of a bridge.
            let bridges = &preset.calling.conferences;
            let works = bridges.stream_work > Duration::ZERO;
            said += if works { count * conversations.holding.mean() } else { 0.0 };
        }
    }
    let at_once = calls.min(preset.users.len() as f64);
    let memory = memory + at_once * CALL + calls * RECORD + heard;
    (memory, events + calls * SETTING_UP + said)
}

/// Searches beyond the first one of each call.
fn others_sought(model: &Model, horizon: Time) -> f64 {
    let of_workload = |workload: &Workload| match &workload.demand {
        Demand::Drawn { wants: Wants::Call(conversations), .. } => {
            workload.demand.expected_requests(horizon) * (conversations.mean_people() - 2.0)
        }
        Demand::Drawn { .. } | Demand::Trace { .. } => 0.0,
    };
    model.served().map(of_workload).sum()
}

/// What is looked at once a second, and spurts.
fn events_of(conversations: &Conversations) -> f64 {
    let seconds = conversations.holding.mean();
    let spurts = conversations.media.spurts;
    let turns = spurts.map_or(0.0, |spurts| 4.0 * seconds / (spurts.talk + spurts.pause));
    1.0 + seconds + turns
}

fn sharing(preset: &Telephony, search: Search) -> FileSharing {
    FileSharing {
        peers: preset.users.clone(),
        search,
        choice: ChoiceSettings::default(),
        traversal: None,
        fallback: Vec::new(),
    }
}
