//! Scenarios of peers that share what they have, and the ways in which they find it.

use std::path::Path;

use hubmesh::engine::Control;
use hubmesh::metrics::RunRecord;
use hubmesh::scenario::Scenario;

/// Tables of architectures without their `peers`; the index needs a node called `server`. The first one is for a LAN.
pub const SEARCHES: [&str; 7] = [
    "broadcast]\n",
    "flooding]\nttl = 1000\n",
    "random-walk]\nwalkers = 4\nsteps = 100000\npatience = \"100 s\"\n",
    "supernodes]\nttl = 1000\n",
    "directory]\nserver = \"server\"\n",
    "chord]\nrepublish_every = \"1 min\"\n",
    "kademlia]\nrepublish_every = \"1 min\"\n",
];

/// Its requests are kept.
pub fn scenario(text: &str) -> Scenario {
    let scenario = Scenario::parse("peers.toml", text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario
}

/// Of its first architecture.
pub fn run(scenario: &Scenario) -> RunRecord {
    scenario.contenders[0].simulate(&scenario.model, 0, &Control::default())
}
