//! What conversations take.

use super::ring::ring_cost;
use super::sharing::sharing_cost;
use crate::architectures::finders::ChoiceSettings;
use crate::architectures::{CallSetUp, Chord, FileSharing, Search, Telephony, TraversalSettings};
use crate::model::{Conversations, Demand, Model, Wants};
use crate::units::Time;

/// Bytes of a call that goes on, and of what is kept of one that is over.
const CALL: f64 = 800.0;
const RECORD: f64 = 120.0;
/// Events of a call beside its search and what is said in it.
const SETTING_UP: f64 = 8.0;

/// Memory and events of one run.
pub fn telephony_cost(
    model: &Model,
    preset: &Telephony,
    (horizon, crashes): (Time, f64),
    requests: f64,
) -> (f64, f64) {
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
    let (mut calls, mut said) = (0.0, 0.0);
    for workload in &model.workloads {
        let Demand::Drawn { wants: Wants::Call(conversations), .. } = &workload.demand else {
            continue;
        };
        let count = workload.demand.expected_requests(horizon);
        calls += count;
        said += count * events_of(conversations);
    }
    let at_once = calls.min(preset.users.len() as f64);
    (memory + at_once * CALL + calls * RECORD, events + calls * SETTING_UP + said)
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
