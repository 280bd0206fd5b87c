//! The architectures to compare.

use super::super::spec::{ArchitectureSpec, BitTorrentSpec, ClientServerSpec, Named};
use super::super::values::{AutoOrCount, Stay, Word};
use super::checks::{Checks, check_name, nodes_of};
use super::groups::Groups;
use crate::architectures::deliveries::{PieceSelection, SwarmSettings, UploadSlots};
use crate::architectures::{Balance, BitTorrent, ClientServer, Contender, Preset};
use crate::units::{Bytes, Duration};

const MOST_NEIGHBOURS: u64 = 1000;
const LEAST_PIECE: Bytes = Bytes::new(16 * 1024);
const GREATEST_PIECE: Bytes = Bytes::new(1 << 30);
const LEAST_RECHOKE_INTERVAL: Duration = Duration::from_nanos(100_000_000);

/// All architectures; `None` when one of them is wrong.
pub fn contenders(
    specs: Named<ArchitectureSpec>,
    groups: &Groups,
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
    groups: &Groups,
    checks: &mut Checks<'_>,
) -> Option<Preset> {
    let servers = nodes_of(spec.servers, groups, checks);
    let balance = checks.or(spec.balance, Word(Balance::default()));
    let service = checks.optional(spec.service);
    Some(Preset::ClientServer(ClientServer {
        servers: servers?,
        balance: balance?.0,
        service: service?.map(|(_, service)| service.distribution),
    }))
}

fn bittorrent(spec: BitTorrentSpec, groups: &Groups, checks: &mut Checks<'_>) -> Option<Preset> {
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
            suggest_pieces: suggest_pieces?,
            end_game: end_game?,
            seed_time: seed_time?.0,
        },
    }))
}
