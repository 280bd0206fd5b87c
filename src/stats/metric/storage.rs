//! What is said of items that are stored.

use super::kinds::{Better, Metric, of_the_run, share_of_the_run};
use Better::{Higher, Lower, Neither};

pub const ITEMS_STORED: Metric = of_the_run(
    "items_stored",
    "1",
    Neither,
    "items in store when the run ended: those whose owners were told that they are stored, and those that are from the start",
);
pub const ITEMS_LOST: Metric = of_the_run(
    "items_lost",
    "1",
    Lower,
    "of these, items of which fewer pieces than are needed are left on disks of nodes that are up or come back: nobody will ever have them. A node that is down for good has lost its disk",
);
pub const ITEMS_AVAILABLE: Metric = share_of_the_run(
    "items_available",
    Higher,
    "time during which enough pieces of an item were on nodes that were up / time since it was stored, over all items and after the warm-up; whether its owner was up does not matter. With independent nodes that are up for a share a of the time, and no repair: sum over i from `needed` to `pieces` of C(pieces, i) a^i (1 - a)^(pieces - i)",
);
pub const STORAGE_OVERHEAD: Metric = of_the_run(
    "storage_overhead",
    "1",
    Lower,
    "bytes on all disks when the run ended / bytes of the items in store, each counted once; pieces of items that were never wholly stored, surplus ones, and those on disks that are lost count too",
);
pub const DISK_BYTES_MEAN: Metric = of_the_run(
    "disk_bytes.mean",
    "B",
    Neither,
    "bytes on the disk of a node that offers one, lost or not, when the run ended, mean over these nodes",
);
pub const DISK_BYTES_MAX: Metric =
    of_the_run("disk_bytes.max", "B", Neither, "the same of the fullest of them");
pub const REPAIR_BYTES: Metric = of_the_run(
    "repair_bytes",
    "B",
    Lower,
    "bytes sent to make pieces anew whose holders were away for too long; they are in peer_bytes as well. A copy takes its size, a piece of an erasure code that of `needed` pieces",
);
pub const REPAIRS: Metric =
    of_the_run("repairs", "1", Neither, "pieces that were made anew and are on a disk");
