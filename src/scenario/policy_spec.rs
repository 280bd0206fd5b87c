//! How clients deal with attempts that take long or fail, as it may be written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::tree::Field;
use super::values::{Count, Number};
use crate::units::Duration;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetrySpec {
    /// Attempts in all.
    pub attempts: Field<Count>,
    /// Mean pause before the second attempt, doubled with each further one; default 1 s.
    pub backoff: Option<Field<Duration>>,
    /// The mean pause grows no further; default: it grows on.
    pub max_backoff: Option<Field<Duration>>,
    /// A pause is random within so much of its mean on both sides, 0 (none) to 1; default 0.5.
    pub jitter: Option<Field<Number>>,
    /// Further attempts of all clients together for each first one, as 0.1; default: any number.
    pub budget: Option<Field<Number>>,
    /// A further attempt avoids servers at which the request has failed; default true.
    pub failover: Option<Field<bool>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HedgeSpec {
    /// When a second server is asked, if the first one has not answered yet.
    pub after: Field<Duration>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CircuitBreakerSpec {
    /// Failures in a row at a server that open it; default 5.
    pub failures: Option<Field<Count>>,
    /// How long nobody asks the server then, before one request may try; default 30 s.
    pub open: Option<Field<Duration>>,
}
