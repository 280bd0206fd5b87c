//! Numbers out: what runs amount to, with intervals, and how architectures compare.

mod availability;
mod batch_means;
mod bounds;
mod comparison;
mod crossing;
mod erlang;
mod estimate;
mod expectation;
mod fairness;
mod measure;
mod metric;
mod mser;
mod precision;
mod procedure;
mod quantile;
mod resilience;
mod sensitivity;
mod significance;
mod summary;
mod welch;

pub use availability::{k_of_n, replicas_for};
pub use batch_means::{BatchMeans, batch_means, independent_batch_means};
pub use bounds::{Distribution, distribution_bound};
pub use comparison::{Comparison, Verdict, compare, judge_together};
pub use crossing::{Crossing, Equal, Pair, crossings};
pub use erlang::{erlang_b, erlang_c, lines_for, load_for};
pub use estimate::{Estimate, paired_difference, student_t_quantile};
pub use expectation::{
    Claim, Expectation, Judgement, Known, Outcome, Side, beside, is_gone, judge,
    standard_errors_worse,
};
pub use fairness::{gini, jain_index, lorenz, max_over_mean};
pub use measure::{ALL_WORKLOADS, measure};
pub use metric::{Better, METRICS, Metric, Subject, metric_index};
pub use mser::{Cut, mser5};
pub use precision::{adjusted_half_width, is_precise};
pub use procedure::{Pilot, Precision, Procedure, Watched};
pub use quantile::{nearest_rank, rank};
pub use resilience::{FaultOutcome, Pooled, Recovery, Window, fault_outcomes, pooled_windows};
pub use sensitivity::{Effect, drawn_effects, grid_effects, sobol_effects};
pub use significance::{hedges_g, holm, paired_p_value, replications_for};
pub use summary::{Row, Run, Study, Summary, summarise};
pub use welch::{correlation, welch_half_width};
