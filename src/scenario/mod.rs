//! A scenario: text in, a model and its contenders out, or everything that is wrong with it.
//!
//! In order: the text and its overrides become a tree with places (`source`, `syntax`); the tree is held
//! against the schema (`structure`); values are read (`tree`, `values`, `random_value`) into what may be
//! written (`spec`); what they mean together is checked and built (`build`, `topology`,
//! `inventory`, `trace`); and what would not fit into memory or a lifetime is refused (`estimate`).

mod ad_hoc_spec;
mod architecture_spec;
mod balance_value;
mod bank_spec;
mod baseline;
mod build;
mod call_spec;
mod churn_spec;
mod csv_place;
mod diagnostics;
mod estimate;
mod expect_spec;
mod fault_spec;
mod file;
mod fingerprint;
mod group_spec;
mod inventory;
mod job_spec;
mod judge;
mod length_value;
mod middleware_spec;
mod network_spec;
mod place;
mod policy_spec;
mod print_spec;
mod random_value;
mod records;
mod sharing_spec;
mod source;
mod spec;
mod storage_spec;
mod structure;
mod sweep_spec;
mod syntax;
mod template;
mod tier_spec;
mod topology;
mod trace;
mod transport_spec;
mod tree;
mod values;
mod variation;
mod workload_spec;

pub use baseline::{BASELINE_COLUMNS, Baseline, BaselineRow, Change, ChangeKind};
pub use diagnostics::{Problem, Problems, nearest};
pub use estimate::{Estimate, Limits};
pub use file::did_you_mean;
pub use fingerprint::{Fingerprint, Fingerprints, hexadecimal, program_version};
pub use sweep_spec::{Design, SweepLimit, SweepSpec};
pub use template::TEMPLATE;
pub use variation::{Factor, Span, Values, magnitude};

use std::path::Path;
use std::sync::OnceLock;

use serde::Deserialize;

use self::source::Source;
use self::spec::ScenarioSpec;
use crate::architectures::Contender;
use crate::model::Model;
use crate::stats::{Expectation, Precision};

/// A scenario that can be run.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub title: String,
    pub question: String,
    pub model: Model,
    /// At least one, in the order of the file.
    pub contenders: Vec<Contender>,
    /// What it promises, in the order of the file.
    pub expectations: Vec<Expectation>,
    /// At least one; with a `precision`, how many to begin with.
    pub replications: u32,
    pub precision: Option<Precision>,
    /// What `hubmesh sweep` varies, if it says so.
    pub sweep: SweepSpec,
    /// Whether pilot runs find the warm-up of the model.
    pub is_warm_up_sought: bool,
    pub estimate: Estimate,
    pub limits: Limits,
    /// What a user must check before he trusts the results.
    pub warnings: Vec<String>,
    /// Those of them that say what was decided about the files of the network.
    pub about_network: Vec<String>,
}

/// Why there is no scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("{0}")]
    Override(String),
    #[error(transparent)]
    Invalid(#[from] Problems),
}

impl Scenario {
    /// Reads `text`; `name` is the file's name for messages, `folder` where its files lie.
    ///
    /// `overrides`: `key=value` each, as after `--set`.
    ///
    /// # Errors
    /// Everything that is wrong with it, as far as it can be told at once.
    pub fn parse(
        name: &str,
        text: &str,
        folder: &Path,
        overrides: &[String],
    ) -> Result<Scenario, ScenarioError> {
        let source = Source::new(name, text, overrides).map_err(ScenarioError::Override)?;
        let mut tree = source.tree()?;
        let span = 0..text.len().min(text.find('\n').unwrap_or(text.len()));
        let mut problems = structure::check(tree.get_mut(), span, marked_schema());
        let spec = ScenarioSpec::deserialize(toml::de::Deserializer::from(tree))
            .map_err(|error| source.problems(vec![syntax::problem(&error)]))?;
        let built = build::build(spec, folder, |place| source.line_of(place), &mut problems);
        problems.retain(|problem| !structure::is_said_already(problem));
        match built {
            Some(scenario) if problems.is_empty() => Ok(scenario),
            _ => Err(source.problems(source.with_new_tables(problems)).into()),
        }
    }
}

/// Pilot runs of each architecture.
const MOST_PILOTS: u32 = 5;

impl Scenario {
    /// How many replications there can be.
    pub fn most_replications(&self) -> u32 {
        self.precision.map_or(self.replications, |precision| precision.most_replications)
    }

    /// Of the runs that find the warm-up, if they have to.
    pub fn pilot_replications(&self) -> u32 {
        if self.is_warm_up_sought { self.replications.min(MOST_PILOTS) } else { 0 }
    }

    /// Keeps every request of every run in its record.
    ///
    /// # Errors
    /// When they do not fit: how much they need, and the limit.
    pub fn keep_requests(&mut self) -> Result<(), String> {
        self.model.are_requests_kept = true;
        self.estimate = self.estimate.with_requests();
        self.estimate.check(&self.limits)
    }
}

/// The JSON schema of the scenario language.
pub fn schema() -> serde_json::Value {
    let mut schema = marked_schema().clone();
    tree::remove_marks(&mut schema);
    schema
}

/// The schema with the type of each value, for [`structure::check`]; made once, as it takes longer than
/// to read a scenario.
fn marked_schema() -> &'static serde_json::Value {
    static SCHEMA: OnceLock<serde_json::Value> = OnceLock::new();
    SCHEMA.get_or_init(|| schemars::schema_for!(ScenarioSpec).to_value())
}
