//! Servers that every client knows; it only has to choose one.

use super::super::Composition;
use super::super::balancer::{Balance, Balancer, Ending, Question, Servers, Tries};
use super::{Finder, Found};
use crate::architectures::deliveries::{Delivery, Outcome};
use crate::engine::{Loss, World};
use crate::metrics::FailureReason;
use crate::model::{ObjectId, Workload};
use crate::network::NodeId;

#[derive(Debug)]
pub struct KnownServers {
    balancer: Balancer,
    /// Of each download, where it matters.
    tries: Tries<(NodeId, ObjectId)>,
    /// By workload: whether it does.
    are_tried: Vec<bool>,
}

/// Nobody has to be asked.
#[derive(Debug)]
pub enum NoMessage {}

/// Nothing has to be remembered.
#[derive(Debug)]
pub enum NoTimer {}

impl KnownServers {
    /// `servers`: at least one.
    pub fn new(servers: Vec<NodeId>, balance: Balance) -> KnownServers {
        KnownServers {
            balancer: Balancer::new(servers, balance),
            tries: Tries::default(),
            are_tried: Vec::new(),
        }
    }
}

impl KnownServers {
    fn begin<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        (client, object): (NodeId, ObjectId),
        workload: u32,
        (avoided, excluded): (&[NodeId], &[NodeId]),
    ) -> Option<NodeId> {
        let (workload, object_asked) = (Some(workload), Some(object));
        let question = Question { client, workload, object: object_asked, avoided, excluded };
        let server = self.balancer.begin(world, question)?;
        if workload.is_some_and(|workload| self.are_tried[workload as usize]) {
            self.tries.begin((client, object), server);
        }
        Some(server)
    }
}

impl Finder for KnownServers {
    const KEEPS_ITEMS: bool = true;
    type Message = NoMessage;
    type Timer = NoTimer;

    fn on_start<D: Delivery>(&mut self, world: &mut World<'_, Composition<Self, D>>) {
        self.balancer.on_start(world, "balance");
        let counts = self.balancer.counts_outstanding();
        let matters = |workload: &Workload| counts || workload.policy.looks_at_servers();
        self.are_tried = world.model().workloads.iter().map(matters).collect();
    }

    fn find<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        _is_complete: bool,
    ) -> Option<Found> {
        let workload = world.model().workload_of(object);
        let are_tried = self.are_tried[workload as usize];
        let avoided = match are_tried && world.policy(workload).failover {
            true => self.tries.avoided((node, object)),
            false => Servers::new(),
        };
        let server = self.begin(world, (node, object), workload, (&avoided, &[]));
        Some(Found { node, object, providers: server.into_iter().collect(), hops: 0 })
    }

    fn find_another<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
    ) -> Option<NodeId> {
        let workload = world.model().workload_of(object);
        let under_way = self.tries.under_way((node, object));
        let avoided = self.tries.avoided((node, object));
        self.begin(world, (node, object), workload, (&avoided, &under_way))
    }

    fn balancer_mut(&mut self) -> Option<&mut Balancer> {
        Some(&mut self.balancer)
    }

    fn reason_for_nobody(&self) -> FailureReason {
        // There is always a server, but it may be left alone.
        FailureReason::ShortCircuited
    }

    fn ended<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        server: NodeId,
        ending: Ending,
    ) {
        let workload = world.model().workload_of(object);
        if self.are_tried[workload as usize] {
            self.balancer.ended(server);
            self.balancer.judge(world, workload, server, ending);
            self.tries.end((node, object), server, ending == Ending::Failed);
            if ending == Ending::Answered {
                self.tries.forget((node, object));
            }
        }
    }

    fn concluded<D: Delivery>(
        &mut self,
        world: &mut World<'_, Composition<Self, D>>,
        node: NodeId,
        object: ObjectId,
        ending: Ending,
    ) {
        for server in self.tries.under_way((node, object)) {
            self.ended(world, node, object, server, ending);
        }
    }

    fn forget(&mut self, node: NodeId, object: ObjectId) {
        self.tries.forget((node, object));
    }

    fn on_message<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _to: NodeId,
        _from: NodeId,
        message: NoMessage,
    ) -> Option<Found> {
        match message {}
    }

    fn on_undelivered<D: Delivery>(
        &mut self,
        _world: &mut World<'_, Composition<Self, D>>,
        _from: NodeId,
        _to: NodeId,
        message: NoMessage,
        _why: Loss,
    ) -> Option<Outcome> {
        match message {}
    }
}
