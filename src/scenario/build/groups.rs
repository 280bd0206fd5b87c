//! The groups of nodes by name, and their nodes by name; broken ones among them.
//!
//! What refers to a broken group is still checked, as far as the group is known: a mistake that
//! follows from another one is not said.

use std::collections::{HashMap, HashSet};

use crate::model::Group;
use crate::network::{NodeId, Quality, SiteId};

/// Groups in the order of the scenario.
#[derive(Debug, Default)]
pub struct Groups {
    list: Vec<Group>,
    by_name: HashMap<String, usize>,
    /// Nodes of inventories.
    listed: HashMap<String, NodeId>,
    /// Names of groups of which is not known how many nodes they have.
    without_count: HashSet<String>,
    /// Whether there are inventories that cannot be read.
    are_nodes_missing: bool,
    /// Whether there may be groups that cannot be read.
    are_some_missing: bool,
}

/// What is known of the nodes of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Known {
    /// How many there are and what they are called.
    All,
    /// That they are called like the group.
    NotCount,
    /// Their inventory cannot be read.
    Nothing,
}

/// Whether there is a node of some name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lookup {
    Node(NodeId),
    None,
    /// It may be in what is broken.
    Undecided,
}

impl Groups {
    /// There are groups that cannot be read, not even their names.
    pub fn some_are_missing(&mut self) {
        self.are_some_missing = true;
    }

    /// Adds `group`, whose nodes are numbered after all others.
    pub fn push(&mut self, group: Group, known: Known) {
        for (node, listed) in group.nodes().zip(&group.listed) {
            self.listed.entry(listed.name.clone()).or_insert(node);
        }
        match known {
            Known::All => {}
            Known::NotCount => {
                self.without_count.insert(group.name.clone());
            }
            Known::Nothing => self.are_nodes_missing = true,
        }
        self.by_name.insert(group.name.clone(), self.list.len());
        self.list.push(group);
    }

    /// The first node of the inventory of a group, by its index, that has the name of a node of
    /// another group, and that group. Of two inventories the later one is to blame.
    pub fn repeated_name(&self, inventory: usize) -> Option<(&str, &Group)> {
        let group = &self.list[inventory];
        group.nodes().zip(&group.listed).find_map(|(node, listed)| {
            let first = self.listed.get(&listed.name).copied().filter(|&first| first != node);
            let other = self.numbered(&listed.name).or(first)?;
            Some((listed.name.as_str(), self.group_of(other)))
        })
    }

    /// The group that has a node of this name, which is that of another group as well.
    pub fn with_node_called(&self, name: &str) -> Option<&Group> {
        let group = self.find(name.rsplit_once('-')?.0)?;
        let is_numbered = group.listed.is_empty() && group.count > 1;
        let mut names = (0..group.count).map(|index| group.node_name(index).to_string());
        (is_numbered && names.any(|node| node == name)).then_some(group)
    }

    pub fn find(&self, name: &str) -> Option<&Group> {
        self.by_name.get(name).map(|&index| &self.list[index])
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|group| group.name.as_str())
    }

    pub fn node_count(&self) -> u32 {
        self.list.iter().map(|group| group.count).sum()
    }

    /// Nodes that hang on sites for which `is_meant` holds.
    pub fn nodes_at(&self, is_meant: impl Fn(SiteId) -> bool) -> impl Iterator<Item = NodeId> {
        self.placed_nodes().filter(move |&(_, site)| is_meant(site)).map(|(node, _)| node)
    }

    /// Nodes and the sites that they hang on.
    pub fn placed_nodes(&self) -> impl Iterator<Item = (NodeId, SiteId)> {
        // A group of a network that cannot be read hangs nowhere.
        let placed = self.list.iter().filter(|group| !group.sites.is_empty());
        placed.flat_map(|group| {
            (0..group.count).map(|index| (NodeId(group.first + index), group.site_of(index)))
        })
    }

    /// The node of that name; of two the later one.
    pub fn node(&self, name: &str) -> Lookup {
        match self.numbered(name).max(self.listed.get(name).copied()) {
            Some(node) => Lookup::Node(node),
            None if self.may_have(name) => Lookup::Undecided,
            None => Lookup::None,
        }
    }

    /// The node that is called like its group (`origin`), or like its group and its number
    /// (`user-17`).
    fn numbered(&self, name: &str) -> Option<NodeId> {
        let of_pattern = |group: &str, index: u32| {
            let group = self.find(group).filter(|group| group.listed.is_empty())?;
            let is_node = index < group.count && group.node_name(index).to_string() == name;
            is_node.then(|| NodeId(group.first + index))
        };
        let of_many = name.rsplit_once('-').and_then(|(group, number)| {
            of_pattern(group, number.parse::<u32>().ok()?.checked_sub(1)?)
        });
        of_pattern(name, 0).max(of_many)
    }

    /// Whether a broken group can have a node of that name.
    fn may_have(&self, name: &str) -> bool {
        let group = name.rsplit_once('-').map_or(name, |(group, _)| group);
        self.are_some_missing
            || self.are_nodes_missing
            || [name, group].iter().any(|&name| self.without_count.contains(name))
    }

    /// The group that `node` belongs to, which must be one of theirs.
    pub fn group_of(&self, node: NodeId) -> &Group {
        let after = self.list.partition_point(|group| group.first <= node.0);
        &self.list[after - 1]
    }

    /// In the order of the scenario.
    pub fn all(&self) -> &[Group] {
        &self.list
    }

    /// Puts each node on a site of its own, numbered as the nodes are, that it hangs on by the medium of that; returns
    /// what they are called.
    pub fn each_on_its_own_site(&mut self) -> impl Iterator<Item = String> {
        for group in &mut self.list {
            // A group without nodes has a site as well.
            group.sites = (group.first..group.first + group.count.max(1)).map(SiteId).collect();
            group.on_medium = true;
        }
        let nodes = self.list.iter().flat_map(|group| (0..group.count).map(move |k| (group, k)));
        nodes.map(|(group, index)| group.node_name(index).to_string())
    }

    /// In the order of the scenario.
    pub fn into_list(self) -> Vec<Group> {
        self.list
    }
}

impl Group {
    /// Stands in for a group that is wrong, so that what refers to it can be checked.
    pub(super) fn unknown(name: String) -> Group {
        Group {
            name,
            first: 0,
            count: 1,
            classes: Vec::new(),
            sites: Vec::new(),
            stations: Vec::new(),
            printer: None,
            quality: Quality::default(),
            on_medium: false,
            listed: Vec::new(),
            churn: None,
            free_riders: 0.0,
            dialable: 1.0,
            room: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, first: u32, count: u32) -> Group {
        Group { first, count, ..Group::unknown(name.to_owned()) }
    }

    #[test]
    fn a_node_is_found_by_the_name_it_is_given() {
        let mut groups = Groups::default();
        groups.push(group("origin", 0, 1), Known::All);
        groups.push(group("user", 1, 17), Known::All);
        groups.push(group("nobody", 18, 0), Known::All);
        groups.push(group("lost", 18, 1), Known::NotCount);
        for group in &groups.list[..2] {
            for (node, index) in group.nodes().zip(0..) {
                assert_eq!(groups.node(&group.node_name(index).to_string()), Lookup::Node(node));
            }
        }
        for name in ["user", "user-0", "user-18", "user-01", "user-+1", "origin-1", "nobody", ""] {
            assert_eq!(groups.node(name), Lookup::None, "{name}");
        }
        assert_eq!(groups.node("lost-7"), Lookup::Undecided);
    }
}
