//! Nodes that share their fate: those of a rack, a site or a group go down and come back as one.

use std::ops::Range;

/// Which of a list of nodes, in which those of a rack stand side by side, go down together.
#[derive(Clone, Debug, Default)]
pub struct Racks {
    /// Place of the first node of each rack, ascending from 0; empty: each node is alone.
    starts: Vec<u32>,
    /// Of the list.
    node_count: u32,
}

impl Racks {
    /// Racks of these sizes, one after another; none of them is empty.
    pub fn of_sizes(sizes: impl IntoIterator<Item = u32>) -> Racks {
        let mut racks = Racks::default();
        for size in sizes {
            racks.starts.push(racks.node_count);
            racks.node_count += size;
        }
        racks
    }

    /// How many there are among `nodes` nodes.
    pub fn count(&self, nodes: usize) -> usize {
        if self.starts.is_empty() { nodes } else { self.starts.len() }
    }

    /// Places of the nodes of a rack by its number.
    pub fn places(&self, rack: u32) -> Range<u32> {
        match self.starts.get(rack as usize) {
            Some(&start) => {
                let next = self.starts.get(rack as usize + 1);
                start..next.copied().unwrap_or(self.node_count)
            }
            None => rack..rack + 1,
        }
    }

    /// Places of all that go down with the node at `place`, itself among them.
    pub fn around(&self, place: u32) -> Range<u32> {
        match self.starts.partition_point(|&start| start <= place) {
            0 => place..place + 1,
            after => self.places(after as u32 - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_goes_down_with_its_rack() {
        let racks = Racks::of_sizes([2, 1, 3]);
        assert_eq!(racks.count(6), 3);
        let around: Vec<Range<u32>> = (0..6).map(|place| racks.around(place)).collect();
        assert_eq!(around, [0..2, 0..2, 2..3, 3..6, 3..6, 3..6]);
        assert_eq!((racks.places(0), racks.places(2)), (0..2, 3..6));
    }

    #[test]
    fn without_racks_each_is_alone() {
        let alone = Racks::default();
        assert_eq!((alone.count(4), alone.around(3), alone.places(2)), (4, 3..4, 2..3));
    }
}
