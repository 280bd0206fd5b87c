//! The edges of what comes out: the result folder, its CSV files and charts, and the terminal.

mod baseline_table;
mod bottlenecks;
mod busiest;
mod cache_table;
mod call_table;
mod cautions;
mod charts;
mod demand_caution;
mod fault_table;
mod folder;
mod link_loads;
mod long_tables;
mod middleware_table;
mod numbers;
mod overload_caution;
mod procedure_text;
mod promises;
mod rows;
mod stress_folder;
mod stress_table;
mod sweeps;
mod tables;
mod terminal;
mod tier_table;
mod timeline;
mod topology_formats;
mod topology_text;
mod update_table;
mod verdicts;
mod whole_file;
mod whole_folder;
mod wide_table;

pub use baseline_table::{baseline_summary, is_regression, write_baseline};
pub use cache_table::write_caches;
pub use charts::{
    ChartError, Curve, CurveTitles, MOST_DRAWN_SITES, PictureFormat, draw_charts, draw_curves,
    draw_stress_charts, draw_sweep_charts, draw_topology,
};
pub use fault_table::write_faults;
pub use folder::{FolderSettings, write_folder};
pub use link_loads::{LinkLoads, LinkLoadsError, read_link_loads};
pub use long_tables::{write_links, write_nodes, write_requests, write_stations};
pub use middleware_table::write_middleware;
pub use promises::{
    Promise, Promises, github_annotations, junit, markdown, promises_csv, promises_json,
    write_promises,
};
pub use stress_folder::write_stress_folder;
pub use stress_table::{stress_json, stress_summary, write_resilience, write_stress};
pub use sweeps::{
    SweepSettings, overtakings_json, sweep_summary, write_crossings, write_sensitivity,
    write_sweep_folder,
};
pub use tables::{write_comparison, write_replications, write_summary, write_timeline};
pub use terminal::terminal_summary;
pub use tier_table::write_tiers;
pub use timeline::{Bin, timeline};
pub use topology_formats::{topology_dot, topology_toml, write_topology_csv};
pub use topology_text::{matrix_json, matrix_table, topology_json, topology_table};
pub use whole_file::write_whole;
pub use whole_folder::{FolderError, check_folder, remove_leftovers};
