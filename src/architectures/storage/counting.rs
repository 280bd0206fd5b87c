//! What it takes to know who has room or pieces, and to look after these.

use super::message::{OperationId, StorageMessage};
use super::operations::Task;
use super::{Placement, Storage};
use crate::architectures::finders::storage_sizes as sizes;

impl Storage {
    /// `message` is said. What brings a piece, or says that it is there, is delivery.
    pub(super) fn count(&mut self, message: StorageMessage) {
        let pieces = self.settings.redundancy.pieces as usize;
        match message {
            StorageMessage::Ask(_) => self.counts.searched(1, sizes::WORD),
            StorageMessage::Told(_) => self.counts.searched(1, sizes::told(pieces)),
            StorageMessage::Offer(_) => self.counts.searched(1, sizes::OFFER),
            StorageMessage::Lacks(id) | StorageMessage::Fetch(id) if self.is_of_repair(id) => {
                self.counts.kept_up(1, sizes::WORD);
            }
            StorageMessage::Accepted(_) | StorageMessage::Full(_) | StorageMessage::Lacks(_) => {
                self.counts.searched(1, sizes::WORD);
            }
            StorageMessage::Rebuild(_)
            | StorageMessage::Noted
            | StorageMessage::Check
            | StorageMessage::Here => self.counts.kept_up(1, sizes::WORD),
            StorageMessage::Fetch(_)
            | StorageMessage::Piece(_)
            | StorageMessage::Kept(_)
            | StorageMessage::Brought(_) => {}
        }
    }

    /// `message` has not been heard.
    pub(super) fn count_timeout(&mut self, message: StorageMessage) {
        if let StorageMessage::Ask(id) | StorageMessage::Offer(id) | StorageMessage::Fetch(id) =
            message
        {
            self.counts.timeouts += u64::from(self.is_of_client(id));
        }
    }

    /// Who was asked for a piece has none. Where a directory has named him that is a stale answer.
    pub(super) fn count_lack(&mut self, id: OperationId) {
        if let Placement::Directory(_) = self.settings.placement {
            self.counts.stale_answers += u64::from(self.is_of_client(id));
        }
    }

    fn is_of_repair(&self, id: OperationId) -> bool {
        matches!(self.operations.at(id).map(|o| o.task), Some(Task::Repair { .. }))
    }

    fn is_of_client(&self, id: OperationId) -> bool {
        self.operations.at(id).is_some_and(|operation| operation.request().is_some())
    }
}
