//! `hubmesh validate`: what a scenario would do, without doing it.

use hubmesh::scenario::Scenario;

use super::Failure;
use super::input::read_scenario;
use super::output::print;
use crate::cli::ScenarioArguments;

pub fn validate(arguments: &ScenarioArguments, styled: bool) -> Result<(), Failure> {
    let (_, scenario) = read_scenario(&arguments.scenario, &arguments.overrides.all(), styled)?;
    tell(&arguments.scenario.to_string_lossy(), &scenario)
}

/// What the scenario of this name would do, and what there is to doubt about it.
pub fn tell(name: &str, scenario: &Scenario) -> Result<(), Failure> {
    for warning in &scenario.warnings {
        say!("warning: {warning}");
    }
    let names: Vec<String> = scenario
        .contenders
        .iter()
        .map(|contender| format!("{} ({})", contender.name, contender.kinds()))
        .collect();
    let estimate = scenario.estimate;
    let about = if estimate.is_at_most { "at most about" } else { "about" };
    print(&format!(
        "{name}: sound\n  {} nodes, {about} {:.0} requests a run\n  {} in {} replications\n  {about} {:.1e} events and {} of memory in all, {} with --requests\n",
        estimate.nodes,
        estimate.requests,
        names.join(", "),
        replications_of(scenario),
        estimate.events,
        estimate.memory,
        estimate.with_requests().memory,
    ))
}

/// "10", or "10 to 200" with a precision.
fn replications_of(scenario: &Scenario) -> String {
    match scenario.most_replications() {
        most if most == scenario.replications => most.to_string(),
        most => format!("{} to {most}", scenario.replications),
    }
}
