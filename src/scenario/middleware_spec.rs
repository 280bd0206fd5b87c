//! Middleware as it may be written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::tree::Field;
use super::values::{Count, Names, Number, Text};
use crate::units::{Bytes, Duration};

/// What middleware adds to requests for work and to downloads, by platform of who asks; nothing for others.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MiddlewareSpec {
    /// Platforms of clients, and of servers that ask the next tier.
    pub platforms: Vec<PlatformSpec>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformSpec {
    /// Groups or single nodes that are of this platform: clients, or servers of a tier that has another one
    /// behind it, which are clients of that.
    pub clients: Field<Names>,
    /// What it is called; default: the name of the first group.
    pub name: Option<Field<Text>>,
    /// Work at the client's `cpu` for each message, the question and the answer, which of a download
    /// is the object; default "0 s".
    pub marshal: Option<Field<Duration>>,
    /// The same for each 1,000 bytes of a message; default "0 s".
    #[serde(rename = "marshal_per_kB")]
    pub marshal_per_kb: Option<Field<Duration>>,
    /// Work at the server's `cpu` for each message; default "0 s".
    pub server_marshal: Option<Field<Duration>>,
    /// The same for each 1,000 bytes of a message; default "0 s".
    #[serde(rename = "server_marshal_per_kB")]
    pub server_marshal_per_kb: Option<Field<Duration>>,
    /// Work at the server's `cpu` for each message, to or from the format of the platform; default
    /// "0 s".
    pub translation: Option<Field<Duration>>,
    /// Bytes that are sent with each message; default "0 B".
    pub overhead: Option<Field<Bytes>>,
    /// How many times its bytes a message is in the format that is sent; default 1.
    pub expansion: Option<Field<Number>>,
    /// How a connection is opened; default: by the transport alone, and between tiers all are open.
    pub set_up: Option<SetUpSpec>,
    /// How long an idle connection of a client to a server stays open for its next request;
    /// default "0 s": each request opens one. Of a tier's `connections` each idle one takes a place
    /// until another one is opened for it.
    pub keep_alive: Option<Field<Duration>>,
}

/// What opening a connection takes. The transport counts no set-up of its own then.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUpSpec {
    /// Between client and server before the question: 1 for TCP, 2 with TLS 1.3, 3 with TLS 1.2.
    pub round_trips: Field<Count>,
    /// Work at the client's `cpu`; default "0 s".
    pub client_work: Option<Field<Duration>>,
    /// Work at the server's `cpu`; default "0 s".
    pub server_work: Option<Field<Duration>>,
}
