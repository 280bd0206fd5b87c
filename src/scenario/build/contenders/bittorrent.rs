//! `bittorrent`.

use super::super::super::architecture_spec::BitTorrentSpec;
use super::super::super::values::{AutoOrCount, Stay, Word};
use super::super::checks::Checks;
use super::super::faults::{groups_or_nodes, listed_nodes};
use super::super::groups::Groups;
use super::find::find;
use super::overlay_graph::{Who, overlay_graph, place_of};
use crate::architectures::deliveries::{PieceSelection, SwarmSettings, UploadSlots};
use crate::architectures::{BitTorrent, Meeting};
use crate::model::Workload;
use crate::units::{Bytes, Duration};

const MOST_NEIGHBOURS: u64 = 1000;
const LEAST_PIECE: Bytes = Bytes::new(16 * 1024);
const GREATEST_PIECE: Bytes = Bytes::new(1 << 30);
const LEAST_RECHOKE_INTERVAL: Duration = Duration::from_nanos(100_000_000);

pub fn bittorrent(
    spec: BitTorrentSpec,
    groups: &Groups,
    workloads: Option<&[Workload]>,
    checks: &mut Checks<'_>,
) -> Option<BitTorrent> {
    let seeds_place = spec.seeds.span.clone();
    let tracker_place = spec.tracker.as_ref().map(|tracker| tracker.span.clone());
    let seeds = listed_nodes(spec.seeds, groups, checks);
    let tracker = match spec.tracker {
        Some(tracker) => groups_or_nodes(tracker, groups, checks),
        None => seeds.clone(),
    };
    let piece_size = checks.optional(spec.piece_size);
    let unused = [
        ("tracker", tracker_place.clone()),
        ("neighbours", spec.neighbours.as_ref().map(|field| field.span.clone())),
    ];
    let overlay_place = spec.overlay.as_ref().and_then(place_of);
    let overlay = spec
        .overlay
        .map(|overlay| overlay_graph(overlay, Who::Unknown, &seeds_place, groups, checks));
    let neighbours = checks.optional(spec.neighbours);
    let upload_slots = checks.or(spec.upload_slots, AutoOrCount::Auto);
    let rechoke = checks.optional(spec.rechoke_interval);
    let trial = checks.or(spec.optimistic_interval, Duration::from_whole_secs(30));
    let selection = checks.or(spec.piece_selection, Word(PieceSelection::RarestFirst));
    let suggest_pieces = checks.or(spec.suggest_pieces, true);
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
    for (name, place) in unused {
        if let (Some(place), true) = (place, overlay.is_some()) {
            let message = format!("a fixed overlay has no `{name}`");
            checks.problem(place, message, "does not go with `overlay`");
            return None;
        }
    }
    let other = tracker_place.map(|place| (place, "tracker"));
    let other = other.or_else(|| overlay_place.map(|place| (place, "overlay")));
    if let (Some((place, name)), true) = (other, spec.find.is_some()) {
        let message = format!("peers that have both `{name}` and `find` to know each other by");
        checks.problem(place, message, "either or");
        return None;
    }
    let (seeds, tracker) = (seeds?, tracker?);
    let meeting = match (overlay, spec.find) {
        (Some(overlay), _) => Meeting::Overlay(overlay?),
        (None, None) => Meeting::Tracker(*tracker.first()?),
        (None, Some(spec)) => {
            let at = (&seeds_place, &seeds[..]);
            find(spec, at, neighbours?, groups, workloads, checks)?
        }
    };
    let rechoke_interval = rechoke_interval?;
    let rounds = (trial?.secs() / rechoke_interval.secs()).round().clamp(1.0, 1e6) as u32;
    Some(BitTorrent {
        seeds,
        swarm: SwarmSettings {
            piece_size: piece_size?,
            // Whoever is a neighbour in a fixed overlay is one.
            neighbours: match meeting {
                Meeting::Overlay(_) => usize::MAX / 2,
                _ => neighbours?,
            },
            upload_slots: match upload_slots? {
                AutoOrCount::Auto => UploadSlots::Auto,
                AutoOrCount::Count(count) => {
                    UploadSlots::Count(u32::try_from(count).unwrap_or(u32::MAX))
                }
            },
            rechoke_interval,
            optimistic_rounds: rounds,
            piece_selection: selection?.0,
            suggest_pieces: suggest_pieces?,
            end_game: end_game?,
            seed_time: seed_time?.0,
        },
        meeting,
    })
}
