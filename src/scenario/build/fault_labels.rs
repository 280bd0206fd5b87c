//! What a fault is called in warnings, tables and charts.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::fault_spec::{AttackBy, FaultSpec, Together};
use super::super::tree::Field;
use super::super::values::{Names, Number, Text, Words};
use super::checks::Checks;
use crate::model::Fault;

/// Names of a list that are said; of the others only how many there are.
const MOST_NAMES: usize = 2;

const LONGEST: usize = 60;

/// "crash origin", "cut lisbon - london", as the table reads; `None` when it breaks nothing.
pub fn label_of(spec: &FaultSpec) -> Option<String> {
    let FaultSpec { crash, leave, lose, cut, slow, partition, region, .. } = spec;
    if let Some(crash) = crash {
        let verb = if crash.every.is_some() { "crashes of" } else { "crash" };
        let share = crash.share.as_ref().and_then(share_of).unwrap_or_default();
        let together = crash.together.as_ref().and_then(|together| together.value.as_ref().ok());
        let whole = match together {
            None => "",
            Some(Together::Site) => "the sites of ",
            Some(Together::Group) => "the groups of ",
            Some(Together::Racks(_)) => "the racks of ",
        };
        return Some(format!("{verb} {share}{whole}{}", listed(&crash.nodes)));
    }
    if let Some(leave) = leave {
        let share = leave.share.as_ref().and_then(share_of).unwrap_or_default();
        return Some(format!("leave of {share}{}", listed(&leave.nodes)));
    }
    let named = |verb: &str, names: &Field<Names>| format!("{verb} {}", listed(names));
    let lose = lose.as_ref().map(|lose| named("lose messages of", &lose.nodes));
    let cut = || cut.as_ref().map(|cut| named("cut", &cut.links));
    let slow = || slow.as_ref().map(|slow| named("slow", &slow.links));
    let partition = || partition.as_ref().map(|_| "partition".to_owned());
    let region = || {
        let region = region.as_ref()?;
        let centre = region.around.value.as_ref().map_or("", |text| text.0.as_str());
        Some(format!("region around {centre}"))
    };
    lose.or_else(cut).or_else(slow).or_else(partition).or_else(region).or_else(|| of_many(spec))
}

/// Of what is many faults, or chooses its victims.
fn of_many(spec: &FaultSpec) -> Option<String> {
    let FaultSpec { maintenance, attack, cascade, outages, .. } = spec;
    let maintenance = maintenance.as_ref().map(|m| format!("maintenance of {}", listed(&m.nodes)));
    let attack = || {
        let attack = attack.as_ref()?;
        let on = match (&attack.nodes, &attack.sites) {
            (Some(nodes), _) => listed(nodes),
            (None, Some(sites)) => of_sites(sites),
            (None, None) => String::new(),
        };
        let by = attack.by.value.as_ref().ok().map(|by| by.0)?;
        if by == AttackBy::Random {
            return Some(format!("random attack on {on}"));
        }
        let word = AttackBy::WORDS.iter().find(|(_, other)| *other == by)?.0;
        Some(format!("attack on {on} by {}", word.replace('-', " ")))
    };
    let cascade = || cascade.as_ref().map(|c| format!("cascade of {}", listed(&c.nodes)));
    let outages = || {
        let outages = outages.as_ref()?;
        let file = outages.file.value.as_ref().map_or("", |file| file.0.as_str());
        let hit = outages.nodes.as_ref().or(outages.links.as_ref()).map(listed);
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        Some(format!("outages of {} in {name}", hit.unwrap_or_default()))
    };
    maintenance.or_else(attack).or_else(cascade).or_else(outages)
}

/// Faults of the same label get numbers: "crash origin", "crash origin (2)". Those of the tables in
/// `named` have their label from the user, and the first of a name keeps it.
pub fn tell_apart(faults: &mut [Fault], named: &BTreeSet<u32>) {
    let is_named = |fault: &Fault| named.contains(&fault.table);
    // Those of a table stand together.
    let (mut seen, mut kept) = (BTreeSet::new(), BTreeSet::new());
    for fault in faults.iter().filter(|fault| is_named(fault)) {
        if seen.insert(fault.label.clone()) {
            kept.insert(fault.table);
        }
    }
    for parts in faults.chunk_by_mut(|a, b| a.table == b.table) {
        if kept.contains(&parts[0].table) {
            continue;
        }
        let label = parts[0].label.clone();
        let numbered = (2..).map(|number| format!("{label} ({number})"));
        let mut free = std::iter::once(label.clone()).chain(numbered).filter(|l| !seen.contains(l));
        let Some(own) = free.next() else { continue };
        if own != label {
            parts.iter_mut().for_each(|part| part.label.clone_from(&own));
        }
        seen.insert(own);
    }
}

/// "30 % of " some nodes, if not all of them.
fn share_of(share: &Field<Number>) -> Option<String> {
    let share = share.value.as_ref().ok()?.0;
    (share < 1.0).then(|| format!("{} % of ", (1000.0 * share).round() / 10.0))
}

/// "all sites", "site lisbon", "sites lisbon and london".
fn of_sites(field: &Field<Names>) -> String {
    let is_one = field.value.as_ref().is_ok_and(|names| names.0.len() == 1);
    match (listed(field), is_one) {
        (all, _) if all == "all" => "all sites".to_owned(),
        (one, true) => format!("site {one}"),
        (some, false) => format!("sites {some}"),
    }
}

fn listed(field: &Field<Names>) -> String {
    let Ok(names) = &field.value else { return String::new() };
    let all: Vec<&str> = names.0.iter().map(|(name, _)| name.as_str()).collect();
    match all.len() {
        0..=MOST_NAMES => all.join(" and "),
        count => format!("{} and {} more", all[0], count - 1),
    }
}

/// The name that the user gives it; `Some(None)` without one, `None` when it is not usable.
pub fn given(field: Option<Field<Text>>, checks: &mut Checks<'_>) -> Option<Option<String>> {
    let Some((span, name)) = checks.optional(field)? else { return Some(None) };
    let name = name.0;
    let is_usable = !name.trim().is_empty()
        && name.chars().count() <= LONGEST
        && !name.chars().any(char::is_control);
    if !is_usable {
        unusable(&name, span, checks);
        return None;
    }
    Some(Some(name))
}

fn unusable(name: &str, span: Range<usize>, checks: &mut Checks<'_>) {
    let message = format!("{name:?} cannot be the name of a fault");
    checks.problem(span, message, format!("expected 1 to {LONGEST} characters in one line"));
}

#[cfg(test)]
mod tests {
    use crate::model::{Fault, FaultKind};
    use crate::scenario::Scenario;
    use crate::units::Time;

    #[test]
    fn a_fault_is_called_what_it_breaks_or_what_the_user_says() {
        let links = "[network.graph]\nlinks = [\
            { from = \"a\", to = \"b\", capacity = \"1 Gbit/s\", latency = \"1 ms\" }, \
            { from = \"b\", to = \"c\", capacity = \"1 Gbit/s\", latency = \"1 ms\" }]\n\
            sites = [{ name = \"a\", latitude = 1, longitude = 2 }, { name = \"b\" }, { name = \"c\" }]\n";
        let faults = [
            ("crash = { nodes = \"user\" }", "crash user"),
            ("crash = { nodes = [\"user-1\", \"user-2\"] }", "crash user-1 and user-2"),
            ("crash = { nodes = [\"user-1\", \"user-2\", \"user-3\"] }", "crash user-1 and 2 more"),
            ("crash = { nodes = \"user\", share = 0.123 }", "crash 12.3 % of user"),
            ("crash = { nodes = \"user\", every = \"1 h\", lasts = \"9 s\" }", "crashes of user"),
            (
                "crash = { nodes = \"user\", together = 2, share = 0.5 }",
                "crash 50 % of the racks of user",
            ),
            ("leave = { nodes = \"user\", share = 0.5 }", "leave of 50 % of user"),
            ("lose = { nodes = \"user\", probability = 0.5 }", "lose messages of user"),
            ("cut = { links = \"a - b\" }", "cut a - b"),
            ("slow = { links = \"user\", capacity = 0.5 }", "slow user"),
            ("partition = { parts = [\"user-1\", \"user-2\"] }", "partition"),
            ("region = { around = \"a\", radius_km = 1 }", "region around a"),
            ("attack = { nodes = \"user\", count = 1, by = \"random\" }", "random attack on user"),
            (
                "attack = { nodes = \"user\", count = 1, by = \"bytes-sent\" }",
                "attack on user by bytes sent",
            ),
            (
                "attack = { sites = \"all\", count = 1, by = \"betweenness\" }",
                "attack on all sites by betweenness",
            ),
            (
                "attack = { sites = \"a\", count = 1, by = \"degree\" }",
                "attack on site a by degree",
            ),
            ("name = \"the digger\"\ncut = { links = \"b - c\" }", "the digger"),
        ];
        let tables: String =
            faults.iter().map(|(fault, _)| format!("[[faults]]\n{fault}\n")).collect();
        let text = format!(
            "title = \"t\"\nrun = {{ duration = \"100 s\" }}\n{links}\
             [nodes.user]\ncount = 3\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\nat = \"a\"\n\
             [workloads.w.download]\nfrom = \"user\"\narrivals = {{ burst = {{ over = \"1 s\" }} }}\n\
             timeout = \"1 s\"\ncatalogue = {{ size = \"1 MB\" }}\n\
             [architectures.x.client-server]\nservers = \"user\"\n{tables}"
        );
        let scenario = Scenario::parse("t.toml", &text, std::path::Path::new("."), &[]);
        let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
        let mut found: Vec<(u32, &str)> =
            scenario.model.faults.iter().map(|fault| (fault.table, fault.label.as_str())).collect();
        // A region is of links and of nodes.
        assert_eq!(found.len(), faults.len() + 1);
        found.dedup();
        let expected: Vec<(u32, &str)> =
            (1..).zip(faults.iter().map(|(_, label)| *label)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_first_fault_of_a_name_that_the_user_gives_keeps_it() {
        let mut faults = Vec::new();
        for (table, label) in (1..).zip(["crash a", "crash a", "crash a", "x", "x", "crash a (2)"])
        {
            let (at, until) = (Time::ZERO, Time::NEVER);
            let kind = FaultKind::crash(Vec::new(), 1.0);
            faults.push(Fault { table, label: label.to_owned(), at, until, kind });
        }
        super::tell_apart(&mut faults, &[3, 4, 5, 6].into());
        let labels: Vec<&str> = faults.iter().map(|fault| fault.label.as_str()).collect();
        assert_eq!(labels, ["crash a (3)", "crash a (4)", "crash a", "x", "x (2)", "crash a (2)"]);
    }
}
