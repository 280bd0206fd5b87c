//! Attempts of requests for work at servers: who is asked, who is asked as well, and whom the
//! client leaves alone from then on.
//!
//! A request is under way at a server from when it is sent there until its client needs nothing
//! more of that server: the answer has come from there or from another one, it has failed, or the
//! client has lost patience. The server may go on with it.

use super::balancer::{Balancer, Ending, Question, Servers, Tries};
use crate::engine::{Architecture, Request, RequestId, World};
use crate::model::Workload;
use crate::network::NodeId;

/// The clients' side of all requests for work, and the balancer that they go through.
#[derive(Debug)]
pub struct Attempts {
    balancer: Balancer,
    /// Of requests for which it matters where they are.
    tries: Tries<RequestId>,
    /// By workload: whether it does.
    are_tried: Vec<bool>,
}

impl Attempts {
    pub fn new(balancer: Balancer) -> Attempts {
        Attempts { balancer, tries: Tries::default(), are_tried: Vec::new() }
    }

    pub fn balancer_mut(&mut self) -> &mut Balancer {
        &mut self.balancer
    }

    pub fn on_start<A: Architecture>(&mut self, world: &mut World<'_, A>, purpose: &str) {
        self.balancer.on_start(world, purpose);
        let counts = self.balancer.counts_outstanding();
        let matters = |workload: &Workload| counts || workload.policy.looks_at_servers();
        self.are_tried = world.model().workloads.iter().map(matters).collect();
    }

    /// Whom an attempt of the open `request`, which is `state`, is sent to; `None` when all are left alone.
    #[inline(always)]
    pub fn begin<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        request: RequestId,
        state: &Request,
    ) -> Option<NodeId> {
        if !self.is_tried(state.workload) {
            let workload = Some(state.workload);
            return self.balancer.begin(world, Question { workload, ..Question::of(state.node) });
        }
        self.begin_tried(world, request, state.workload)
    }

    #[inline(never)]
    fn begin_tried<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        request: RequestId,
        workload: u32,
    ) -> Option<NodeId> {
        let avoided = match world.policy(workload).failover {
            true => self.tries.avoided(request),
            false => Servers::new(),
        };
        let server = self.send(world, request, &avoided, &[]);
        if server.is_none() && !world.may_retry(request) {
            self.tries.forget(request);
        }
        server
    }

    /// How many requests are remembered.
    pub fn tried_count(&self) -> usize {
        self.tries.count()
    }

    /// Whom it is sent to as well, while others are at work for it; `None` when there is nobody.
    pub fn begin_another<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        request: RequestId,
    ) -> Option<NodeId> {
        let avoided = self.tries.avoided(request);
        let under_way = self.tries.under_way(request);
        let server = self.send(world, request, &avoided, &under_way)?;
        world.hedged(world.request(request).workload);
        Some(server)
    }

    /// `server` has answered while the client waits: it needs nobody else.
    #[inline(always)]
    pub fn answered<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        workload: u32,
        request: RequestId,
        server: NodeId,
    ) {
        if self.is_tried(workload) {
            self.end_all(world, workload, request, server);
        }
    }

    #[inline(never)]
    fn end_all<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        workload: u32,
        request: RequestId,
        server: NodeId,
    ) {
        for other in self.tries.under_way(request) {
            let ending = if other == server { Ending::Answered } else { Ending::Unknown };
            self.end(world, workload, request, other, ending);
        }
        self.tries.forget(request);
    }

    /// The request has come to nothing at `server` while the client waits, and `ending` is what that
    /// says of the server; whether others are at work for it.
    pub fn failed<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        workload: u32,
        request: RequestId,
        (server, ending): (NodeId, Ending),
    ) -> bool {
        if !self.is_tried(workload) {
            return false;
        }
        let left = self.end(world, workload, request, server, ending);
        if left == 0 && !world.may_retry(request) {
            self.tries.forget(request);
        }
        left > 0
    }

    /// The client has lost patience with the attempt, or has gone down.
    pub fn abandoned<A: Architecture>(&mut self, world: &mut World<'_, A>, request: RequestId) {
        let (node, workload) = (world.request(request).node, world.request(request).workload);
        if self.is_tried(workload) {
            let is_there = world.is_up(node);
            let ending = if is_there { Ending::Failed } else { Ending::Unknown };
            for server in self.tries.under_way(request) {
                self.end(world, workload, request, server, ending);
            }
            if !is_there || !world.may_retry(request) {
                self.tries.forget(request);
            }
        }
    }

    /// `node` goes down: its requests fail, also those that wait for their next attempt, of which
    /// nobody hears.
    pub fn on_down<A: Architecture>(&mut self, world: &World<'_, A>, node: NodeId) {
        self.tries.retain(|request| {
            let is_of_node = world.is_open(request) && world.request(request).node == node;
            !is_of_node || world.is_running(request, world.request(request).attempt)
        });
    }

    #[inline]
    fn is_tried(&self, workload: u32) -> bool {
        self.are_tried[workload as usize]
    }

    fn send<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        request: RequestId,
        avoided: &[NodeId],
        excluded: &[NodeId],
    ) -> Option<NodeId> {
        let state = world.request(request);
        let workload = state.workload;
        let (client, object) = (state.node, None);
        let question = Question { client, workload: Some(workload), object, avoided, excluded };
        let server = self.balancer.begin(world, question)?;
        if self.is_tried(workload) {
            self.tries.begin(request, server);
        }
        Some(server)
    }

    /// How many others are still at work.
    fn end<A: Architecture>(
        &mut self,
        world: &mut World<'_, A>,
        workload: u32,
        request: RequestId,
        server: NodeId,
        ending: Ending,
    ) -> usize {
        self.balancer.ended(server);
        self.balancer.judge(world, workload, server, ending);
        self.tries.end(request, server, ending == Ending::Failed)
    }
}
