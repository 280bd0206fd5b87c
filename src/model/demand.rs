//! What is asked of the system: who wants what, when, and with how much patience.

use super::arrivals::{Arrivals, Turns, Wishes};
use super::errand::{Draw, Errands};
use super::{
    Conversations, Copies, Model, Prints, Retrieves, Stores, Transactions, Updates, Workload,
};
use crate::network::NodeId;
use crate::random::{Distribution, Key, Popularity};
use crate::units::{Bytes, Time};

/// An object of a catalogue, numbered over all workloads of a model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(pub u32);

impl ObjectId {
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone, Debug)]
pub enum Demand {
    /// Nodes ask for something that is drawn anew each time.
    Drawn {
        /// At least one.
        askers: Vec<NodeId>,
        arrivals: Arrivals,
        wants: Wants,
    },
    /// A recorded list of requests, in order of time.
    Trace {
        entries: Vec<TraceEntry>,
        /// Sizes of the objects that the entries name, numbered from `first_object`.
        sizes: Vec<Bytes>,
        first_object: u32,
    },
}

/// What is asked for.
#[derive(Clone, Debug)]
pub enum Wants {
    /// A copy of an object, from whoever has it.
    Download(Catalogue),
    /// Bytes to another node, whatever the architecture.
    Transfer {
        /// At least one.
        to: Vec<NodeId>,
        /// Bytes.
        size: Distribution,
    },
    /// Work for an answer.
    Request(Errands),
    /// Work for somebody's processor; the input is the question, the output the answer.
    Job(Box<Errands>),
    /// Something at a cash machine.
    Transaction(Box<Transactions>),
    /// Who is responsible for a key, and nothing of him.
    Lookup(Keys),
    /// A new item on the disks of others.
    Store(Stores),
    /// An item that was stored.
    Retrieve(Retrieves),
    /// A conversation with somebody.
    Call(Box<Conversations>),
    /// A change of what a group shares.
    Update(Box<Updates>),
    /// A document on paper.
    Print(Box<Prints>),
}

/// The keys of a lookup workload, which are objects without bytes.
#[derive(Clone, Debug)]
pub struct Keys {
    pub first_object: u32,
    /// At least one.
    pub count: u32,
    pub popularity: Popularity,
    /// Who has what each key names before the run begins.
    pub copies: Option<Box<Copies>>,
    /// What a server that knows the answer is asked: nothing that takes bytes or work.
    pub errands: Box<Errands>,
}

/// The objects of a download workload.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pub first_object: u32,
    /// At least one.
    pub count: u32,
    /// Bytes.
    pub size: Distribution,
    pub popularity: Popularity,
    /// Who has some before the run begins, whatever the architecture.
    pub copies: Option<Box<Copies>>,
}

/// One line of a trace.
#[derive(Clone, Copy, Debug)]
pub struct TraceEntry {
    pub at: Time,
    pub node: NodeId,
    pub ask: Ask,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Download(ObjectId),
    Transfer {
        to: NodeId,
        size: Bytes,
    },
    /// See [`Model::errands`].
    Request(Draw),
    /// The same of a job.
    Job(Draw),
    /// See [`Model::transactions`], and [`Model::errands`] for what it takes.
    Transaction(Draw),
    /// A key, numbered as an object.
    Lookup(ObjectId),
    /// A new item of so many bytes.
    Store {
        size: Bytes,
    },
    /// The item that is drawn by it among those that there are when the request is issued.
    Retrieve {
        chance: u64,
    },
    /// Whoever is at some addresses, for some time; see [`Model::conversations`].
    Call(Draw),
    /// A change of so many bytes, for all others of the group of its node; see [`Model::updates`].
    Update {
        size: Bytes,
    },
    /// See [`Model::prints`].
    Print(Draw),
}

/// A request of the demand before anybody has answered it.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub at: Time,
    pub node: NodeId,
    pub ask: Ask,
}

impl Demand {
    /// Expected number of requests; infinite when nothing bounds it before `horizon`.
    pub fn expected_requests(&self, horizon: Time) -> f64 {
        match self {
            Demand::Drawn { askers, arrivals, .. } => arrivals.expected(askers.len(), horizon),
            Demand::Trace { entries, .. } => entries.len() as f64,
        }
    }

    /// Whether fewer requests come before `horizon` than expected when answers take time.
    pub fn waits_for_answers(&self, horizon: Time) -> bool {
        match self {
            Demand::Drawn { askers, arrivals, .. } => {
                arrivals.waits_for_answers(askers.len(), horizon)
            }
            Demand::Trace { .. } => false,
        }
    }

    /// Who asks, if that is known beside the single requests.
    pub fn askers(&self) -> &[NodeId] {
        match self {
            Demand::Drawn { askers, .. } => askers,
            Demand::Trace { .. } => &[],
        }
    }

    /// Who downloads something; of a trace in its order, with repeats.
    pub fn downloaders(&self) -> Vec<NodeId> {
        match self {
            Demand::Drawn { askers, wants: Wants::Download(_), .. } => askers.clone(),
            Demand::Drawn {
                wants:
                    Wants::Transfer { .. }
                    | Wants::Request(_)
                    | Wants::Job(_)
                    | Wants::Transaction(_)
                    | Wants::Lookup(_)
                    | Wants::Store(_)
                    | Wants::Retrieve(_)
                    | Wants::Call(_)
                    | Wants::Update(_)
                    | Wants::Print(_),
                ..
            } => Vec::new(),
            Demand::Trace { entries, .. } => {
                let downloads =
                    entries.iter().filter(|entry| matches!(entry.ask, Ask::Download(_)));
                downloads.map(|entry| entry.node).collect()
            }
        }
    }

    /// How many objects it brings into the model.
    pub fn object_count(&self) -> usize {
        match self {
            Demand::Drawn { wants: Wants::Download(catalogue), .. } => catalogue.count as usize,
            Demand::Drawn { wants: Wants::Lookup(keys), .. } => keys.count as usize,
            Demand::Drawn { wants: Wants::Call(calls), .. } => calls.callees.len(),
            Demand::Drawn {
                wants:
                    Wants::Transfer { .. }
                    | Wants::Request(_)
                    | Wants::Job(_)
                    | Wants::Transaction(_)
                    | Wants::Store(_)
                    | Wants::Retrieve(_)
                    | Wants::Update(_)
                    | Wants::Print(_),
                ..
            } => 0,
            Demand::Trace { sizes, .. } => sizes.len(),
        }
    }
}

impl Wants {
    /// What the request `draw` is for, when `node` makes it; `key` is of its workload.
    #[inline(always)]
    pub(super) fn ask(&self, node: NodeId, key: Key, draw: Draw) -> Ask {
        match self {
            Wants::Request(_) => Ask::Request(draw),
            Wants::Job(_) => Ask::Job(draw),
            Wants::Transaction(_) => Ask::Transaction(draw),
            Wants::Download(catalogue) => {
                let Catalogue { first_object, popularity, copies, .. } = catalogue;
                let copies = copies.as_deref();
                Ask::Download(object((*first_object, popularity, copies), node, key, draw))
            }
            Wants::Lookup(Keys { first_object, popularity, copies, .. }) => {
                let copies = copies.as_deref();
                Ask::Lookup(object((*first_object, popularity, copies), node, key, draw))
            }
            Wants::Transfer { to, size } => {
                let (to, size) = transfer((to, size), node, draw.place(key));
                Ask::Transfer { to, size }
            }
            Wants::Store(stores) => Ask::Store { size: stores.size_of(key, draw) },
            Wants::Retrieve(_) => Ask::Retrieve { chance: Retrieves::chance(key, draw) },
            Wants::Call(_) => Ask::Call(draw),
            Wants::Update(updates) => Ask::Update { size: updates.size_of(key, draw) },
            Wants::Print(_) => Ask::Print(draw),
        }
    }
}

/// To whom of several `node` sends, and how much.
#[inline(never)]
fn transfer(
    (to, size): (&[NodeId], &Distribution),
    node: NodeId,
    (key, k): (Key, u64),
) -> (NodeId, Bytes) {
    let place = key.text("receiver").draw(k).below(to.len());
    // Who is drawn as his own receiver sends to the next one, if there is one.
    let to = if to[place] == node { to[(place + 1) % to.len()] } else { to[place] };
    let size = whole_bytes(size.draw(&mut key.text("size").draw(k)));
    (to, size)
}

/// One of those from `first` on.
#[inline(never)]
fn object(
    (first, popularity, copies): (u32, &Popularity, Option<&Copies>),
    node: NodeId,
    key: Key,
    draw: Draw,
) -> ObjectId {
    let workload = key;
    let (key, k) = draw.place(key);
    let mut rank = popularity.draw(&mut key.text("object").draw(k)) as u32;
    if let Some(interests) = copies.and_then(|copies| copies.interests) {
        let count = popularity.count() as u32;
        rank = interests.prefer((workload, key), node, k, (rank, count));
    }
    ObjectId(first + rank)
}

impl Model {
    /// Sizes of all objects in one replication, by `ObjectId`; keys and addresses have none.
    pub fn object_sizes(&self, replication: u32) -> Vec<Bytes> {
        let mut sizes = Vec::new();
        for workload in &self.workloads {
            match &workload.demand {
                Demand::Drawn { wants: Wants::Download(catalogue), .. } => {
                    let key = self.workload_key(workload, replication).text("object size");
                    sizes.extend((0..catalogue.count).map(|index| {
                        whole_bytes(catalogue.size.draw(&mut key.draw(u64::from(index))))
                    }));
                }
                Demand::Drawn { wants: Wants::Lookup(keys), .. } => {
                    sizes.resize(sizes.len() + keys.count as usize, Bytes::ZERO);
                }
                Demand::Drawn { wants: Wants::Call(calls), .. } => {
                    sizes.resize(sizes.len() + calls.callees.len(), Bytes::ZERO);
                }
                Demand::Drawn {
                    wants:
                        Wants::Transfer { .. }
                        | Wants::Request(_)
                        | Wants::Job(_)
                        | Wants::Transaction(_)
                        | Wants::Store(_)
                        | Wants::Retrieve(_)
                        | Wants::Update(_)
                        | Wants::Print(_),
                    ..
                } => {}
                Demand::Trace { sizes: own, .. } => sizes.extend(own),
            }
        }
        sizes
    }

    /// The requests of one workload in one replication, in order of time.
    pub fn wishes(&self, workload: usize, replication: u32) -> Wishes<'_> {
        let workload = &self.workloads[workload];
        Wishes::new(&workload.demand, self.workload_key(workload, replication))
    }

    /// The turns of one workload in one replication, if each of its nodes has its own.
    pub fn turns(&self, workload: usize, replication: u32) -> Option<Turns<'_>> {
        let workload = &self.workloads[workload];
        match &workload.demand {
            Demand::Drawn { askers, arrivals, wants } => {
                Turns::new(askers, arrivals, wants, self.workload_key(workload, replication))
            }
            Demand::Trace { .. } => None,
        }
    }

    /// What the requests of a workload take at a server, if one can answer them.
    pub fn errands(&self, workload: u32) -> Option<&Errands> {
        match &self.workloads[workload as usize].demand {
            Demand::Drawn { wants: Wants::Request(errands), .. } => Some(errands),
            Demand::Drawn { wants: Wants::Job(errands), .. } => Some(errands),
            Demand::Drawn { wants: Wants::Lookup(keys), .. } => Some(&keys.errands),
            Demand::Drawn { wants: Wants::Transaction(transactions), .. } => {
                Some(&transactions.errands)
            }
            Demand::Drawn { .. } | Demand::Trace { .. } => None,
        }
    }

    /// The workload at cash machines, if there is one, and its index.
    pub fn transactions(&self) -> Option<(u32, &Transactions)> {
        let all = (0..).zip(&self.workloads).filter(|(_, workload)| !workload.is_elsewhere);
        all.into_iter().find_map(|(index, workload)| match &workload.demand {
            Demand::Drawn { wants: Wants::Transaction(transactions), .. } => {
                Some((index, &**transactions))
            }
            Demand::Drawn { .. } | Demand::Trace { .. } => None,
        })
    }

    /// What the draws of each workload are below, in one replication.
    pub fn workload_keys(&self, replication: u32) -> Vec<Key> {
        let key = |workload| self.workload_key(workload, replication);
        self.workloads.iter().map(key).collect()
    }

    fn workload_key(&self, workload: &Workload, replication: u32) -> Key {
        self.key(replication).text("workload").text(&workload.name)
    }
}

/// A size is at least one byte; draws from heavy tails are cut off at 10^18.
pub(super) fn whole_bytes(size: f64) -> Bytes {
    Bytes::new((size.round() as u64).clamp(1, 1_000_000_000_000_000_000))
}
