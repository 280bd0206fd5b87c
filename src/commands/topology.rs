//! `hubmesh topology`: describes, draws or converts the network of a GraphML file or a scenario.

use std::path::Path;

use hubmesh::network::{
    GraphmlError, GraphmlImport, GraphmlOptions, Routing, Topology, analyse, latencies,
    parse_graphml, write_graphml,
};
use hubmesh::report::{
    LinkLoadsError, PictureFormat, draw_topology, matrix_json, matrix_table, read_link_loads,
    topology_dot, topology_json, topology_table, topology_toml, write_topology_csv, write_whole,
};
use hubmesh::units::{Duration, Rate};

use super::input::{parse_scenario, read_text};
use super::output::print;
use super::{FAILED, Failure, INVALID_SCENARIO, USAGE};
use crate::cli::{DescriptionFormat, TopologyArguments, TopologyFormat};

/// For looking at a file that does not say; nothing is converted with invented figures.
const ASSUMED_CAPACITY_BIT_S: f64 = 1e9;
const ASSUMED_LATENCY: Duration = Duration::from_nanos(1_000_000);

pub fn topology(arguments: &TopologyArguments, styled: bool) -> Result<(), Failure> {
    let picture = arguments.draw.as_deref().map(|path| Ok((path, picture_format(path)?)));
    let picture = picture.transpose()?;
    let text = read_text(&arguments.file)?;
    let is_graphml = is_graphml(&arguments.file, &text);
    refuse_idle_options(arguments, is_graphml)?;
    let (topology, note) = if is_graphml {
        from_graphml(arguments, &text)?
    } else {
        from_scenario(arguments, &text, styled)?
    };
    let name = match arguments.file.file_stem() {
        Some(stem) if stem != "-" => stem.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    };
    if topology.matrix().is_some() && (picture.is_some() || arguments.to.is_some()) {
        let message =
            "latencies between all pairs of sites are no links that could be drawn or converted";
        return Err(Failure::new(USAGE, message));
    }
    if let Some((path, format)) = picture {
        draw(arguments, &topology, (&name, note), (path, format))?;
    }
    if let Some(format) = arguments.to {
        convert(arguments, &topology, &name, format)?;
    }
    if arguments.draw.is_some() || arguments.to.is_some() {
        return Ok(());
    }
    print(&match (topology.matrix().map(latencies), arguments.format) {
        (Some(latencies), DescriptionFormat::Table) => {
            format!("{}\n", matrix_table(&name, &topology, latencies.as_ref()))
        }
        (Some(latencies), DescriptionFormat::Json) => {
            format!("{:#}\n", matrix_json(&name, &topology, latencies.as_ref()))
        }
        (None, DescriptionFormat::Table) => {
            format!("{}\n", topology_table(&name, &topology, &analyse(&topology)))
        }
        (None, DescriptionFormat::Json) => {
            format!("{:#}\n", topology_json(&name, &topology, &analyse(&topology)))
        }
    })
}

fn picture_format(path: &Path) -> Result<PictureFormat, Failure> {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    match extension.as_ref().and_then(|extension| extension.to_str()) {
        Some("svg") => Ok(PictureFormat::Svg),
        Some("png") => Ok(PictureFormat::Png),
        _ => Err(Failure::new(
            USAGE,
            format!("cannot draw {}; the name must end in .svg or .png", path.display()),
        )),
    }
}

/// A name or a first character that only GraphML has; everything else is read as a scenario.
fn is_graphml(path: &Path, text: &str) -> bool {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| extension == "graphml" || extension == "xml")
        || text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// An option that would do nothing is a misunderstanding.
fn refuse_idle_options(arguments: &TopologyArguments, is_graphml: bool) -> Result<(), Failure> {
    if is_graphml && !arguments.overrides.is_empty() {
        return Err(Failure::new(USAGE, "--set is for scenarios, and this is GraphML"));
    }
    for (option, key, is_given) in [
        ("--default-capacity", "default_capacity", arguments.default_capacity.is_some()),
        ("--default-latency", "default_latency", arguments.default_latency.is_some()),
        ("--path-factor", "path_factor", arguments.path_factor.is_some()),
    ] {
        if is_given && !is_graphml {
            let message = format!(
                "{option} is for GraphML, and this is a scenario; use --set network.graph.{key}=..."
            );
            return Err(Failure::new(USAGE, message));
        }
    }
    Ok(())
}

/// The topology, and what a picture of it must admit.
fn from_graphml(
    arguments: &TopologyArguments,
    text: &str,
) -> Result<(Topology, &'static str), Failure> {
    let file = arguments.file.display();
    let mut options = GraphmlOptions {
        default_capacity: arguments.default_capacity,
        default_latency: arguments.default_latency,
        path_factor: arguments.path_factor.unwrap_or(1.0),
    };
    let mut import = parse_graphml(text, &options);
    let mut assumed = Vec::new();
    let mut note = "";
    if arguments.to.is_none() {
        // One gap is told at a time, and there are two.
        while let Err(gap @ (GraphmlError::MissingCapacity(_) | GraphmlError::MissingLatency(_))) =
            &import
        {
            if matches!(gap, GraphmlError::MissingCapacity(_)) {
                note = "capacities the file lacks are assumed";
                options.default_capacity = Some(Rate::from_bits_per_second(ASSUMED_CAPACITY_BIT_S));
                assumed.push("capacity, for want of --default-capacity");
            } else {
                options.default_latency = Some(ASSUMED_LATENCY);
                assumed.push("latency, for want of --default-latency");
            }
            import = parse_graphml(text, &options);
        }
    }
    let GraphmlImport { topology, warnings } = import.map_err(|error| {
        let cure = error.missing_option().map_or(String::new(), |option| {
            format!("; give one with --{}", option.replace('_', "-"))
        });
        let message = error.of_file(&file.to_string());
        Failure::new(INVALID_SCENARIO, format!("{message}{cure}"))
    })?;
    for warning in warnings {
        say!("warning: {file} {warning}");
    }
    for what in assumed {
        say!("warning: that is an assumed {what}");
    }
    Ok((topology, note))
}

/// What this program converts to, and does not read.
fn refuse_what_is_written_only(arguments: &TopologyArguments, text: &str) -> Result<(), Failure> {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let begins = |words: &[&str]| words.iter().any(|word| first.starts_with(word));
    let format = if begins(&["graph ", "digraph ", "strict "]) && first.ends_with('{') {
        "Graphviz"
    } else if begins(&["link,from,to,"]) {
        "a table of links"
    } else {
        return Ok(());
    };
    let message = format!(
        "{} is {format}; GraphML and scenarios, as --to graphml and --to toml write them, are read",
        arguments.file.display()
    );
    Err(Failure::new(INVALID_SCENARIO, message))
}

/// Networks that say where which nodes are.
const WITH_NODES: [&str; 5] = ["lan", "home", "office", "school", "ad-hoc"];

/// What makes a scenario of a network alone, as `--to toml` writes it; of anything else nothing.
///
/// # Errors
/// When it needs nodes.
fn around_a_network(text: &str) -> Result<&'static [&'static str], Failure> {
    let table = toml::from_str::<toml::Table>(text).unwrap_or_default();
    let is_alone = !table.is_empty() && table.keys().all(|key| key == "network");
    let Some(toml::Value::Table(network)) = table.get("network").filter(|_| is_alone) else {
        return Ok(&[]);
    };
    if let Some(kind) = WITH_NODES.iter().find(|kind| network.contains_key(**kind)) {
        let message = format!(
            "[network.{kind}] is a place for nodes, and there are none: it needs a scenario"
        );
        return Err(Failure::new(INVALID_SCENARIO, message));
    }
    Ok(&[
        "title=\"network\"",
        "run={ until = \"done\", replications = 2 }",
        "nodes.a={ count = 2, up = \"1 Mbit/s\", down = \"1 Mbit/s\" }",
        "workloads.w.transfer={ from = \"a\", to = \"a\", size = \"1 kB\", arrivals = { burst = { over = \"0 s\" } } }",
        "architectures.x.client-server.servers=\"a\"",
        "architectures.y.client-server.servers=\"a\"",
    ])
}

/// The topology, and what a picture of it must admit.
fn from_scenario(
    arguments: &TopologyArguments,
    text: &str,
    styled: bool,
) -> Result<(Topology, &'static str), Failure> {
    refuse_what_is_written_only(arguments, text)?;
    let around = around_a_network(text)?.iter().map(|&text| text.to_owned());
    let overrides: Vec<String> = around.chain(arguments.overrides.iter().cloned()).collect();
    let scenario = parse_scenario(&arguments.file, text, &overrides, styled)?;
    for warning in &scenario.about_network {
        say!("warning: {warning}");
    }
    if scenario.model.topology.field().is_some() {
        say!("note: nodes of an ad hoc network are shown where the first replication begins");
        if arguments.to.is_some() {
            say!(
                "warning: a radio has its capacity for all that its node sends, hears and passes on; what is written has it for each link"
            );
        }
        return Ok((scenario.model.topology_at_start(0), "where the first replication begins"));
    }
    Ok((scenario.model.topology, ""))
}

fn draw(
    arguments: &TopologyArguments,
    topology: &Topology,
    (name, note): (&str, &str),
    (path, format): (&Path, PictureFormat),
) -> Result<(), Failure> {
    let loads = arguments.utilisation.as_deref().map(|folder| {
        let architecture = arguments.architecture.as_deref();
        read_link_loads(folder, architecture, topology).map_err(|error| {
            let code = match error {
                LinkLoadsError::UnknownArchitecture { .. }
                | LinkLoadsError::SeveralArchitectures { .. } => USAGE,
                LinkLoadsError::Unreadable { .. }
                | LinkLoadsError::BadNumber { .. }
                | LinkLoadsError::OtherTopology { .. } => FAILED,
            };
            Failure::new(code, error)
        })
    });
    let loads = loads.transpose()?;
    let bytes = draw_topology(topology, name, note, loads.as_ref(), format)
        .map_err(|error| Failure::new(FAILED, error))?;
    write(arguments, path, &bytes)
}

fn convert(
    arguments: &TopologyArguments,
    topology: &Topology,
    name: &str,
    format: TopologyFormat,
) -> Result<(), Failure> {
    let media = topology.media().count();
    if media > 0 {
        say!("warning: the Wi-Fi of {media} sites is left out, for these formats have links alone");
    }
    if topology.has_premises() {
        say!("warning: who is behind which router is left out; the links of the routers are there");
    }
    if format != TopologyFormat::Toml && topology.routing() != Routing::default() {
        say!("warning: how routes are chosen is left out; only TOML has a place for it");
    }
    let text = match format {
        TopologyFormat::Graphml => write_graphml(topology),
        TopologyFormat::Dot => topology_dot(topology, name),
        TopologyFormat::Toml => topology_toml(topology),
        TopologyFormat::Csv => {
            warn_of_lonely_sites(topology);
            let mut bytes = Vec::new();
            write_topology_csv(topology, &mut bytes)
                .map_err(|error| Failure::new(FAILED, error))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    match &arguments.out {
        None => print(&text),
        Some(path) => write(arguments, path, text.as_bytes()),
    }
}

/// Sites are named by their links in this format.
fn warn_of_lonely_sites(topology: &Topology) {
    let mut is_joined = vec![false; topology.site_count()];
    for (from, to, _) in topology.links() {
        is_joined[from.index()] = true;
        is_joined[to.index()] = true;
    }
    let count = is_joined.iter().filter(|is_joined| !**is_joined).count();
    if count > 0 {
        say!("warning: {count} of {} sites have no links and are left out", is_joined.len());
    }
}

fn write(arguments: &TopologyArguments, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let same = path.canonicalize().ok().zip(arguments.file.canonicalize().ok());
    if same.is_some_and(|(to, from)| to == from) {
        let message = format!("{} is what was read; choose another name", path.display());
        return Err(Failure::new(USAGE, message));
    }
    write_whole(path, bytes).map_err(|error| {
        Failure::new(FAILED, format!("cannot write {}: {error}", path.display()))
    })?;
    say!("{} is written", path.display());
    Ok(())
}
