//! What each architecture can be asked for.

use super::Preset;

/// A kind of demand that somebody has to serve; bare transfers need nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Work for an answer.
    Requests,
    /// Work of others, at processors that are there for it.
    Jobs,
    /// Downloads.
    Objects,
    /// Who is responsible for a key.
    Keys,
    /// Items are kept, and brought back.
    Items,
    /// Calls are put through.
    Calls,
    /// What a member of a group changes comes to all others.
    Updates,
    /// Documents are printed.
    Prints,
    /// Accounts of banks are kept; who does so does nothing else.
    Accounts,
}

impl Preset {
    pub fn offers(&self, service: Service) -> bool {
        let prints_beside = service == Service::Prints && self.printing().is_some();
        prints_beside || self.services().contains(&service)
    }

    fn services(&self) -> &'static [Service] {
        use Service::{Accounts, Calls, Items, Jobs, Keys, Objects, Prints, Requests, Updates};
        match self {
            Preset::ClientServer(_) => &[Requests, Jobs, Objects, Keys, Items],
            Preset::MultiTier(_) => &[Requests, Jobs],
            Preset::EdgeCaches(_) => &[Requests, Objects],
            Preset::BitTorrent(_) => &[Objects],
            Preset::Chord(_) | Preset::Kademlia(_) | Preset::FileSharing(_) => &[Objects, Keys],
            Preset::SharedDisks(_) => &[Items],
            Preset::ServerFarm(_) | Preset::Volunteers(_) | Preset::SharedProcessors(_) => &[Jobs],
            Preset::Telephony(_) => &[Calls],
            Preset::GroupServer(_) | Preset::GroupPeers(_) => &[Updates],
            Preset::Printers(_) => &[Prints],
            Preset::Central(_) | Preset::Federated(_) => &[Accounts],
        }
    }
}
