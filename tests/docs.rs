//! The documents say what the program says.

use std::path::Path;

use hubmesh::stats::{Better, METRICS, Subject};

/// What `docs/metrics.md` must be.
fn metrics_page() -> String {
    let mut page = String::from(
        "# Metrics\n\n\
         What hubmesh measures in every run. Each definition stands once, in `src/stats/metric.rs`;\n\
         this page and `hubmesh list metrics` are printed from there\n\
         (`HUBMESH_WRITE_DOCS=1 cargo test --test docs` writes this page).\n\n\
         - A value is of one run; `summary.csv` has its mean over the replications with Student's t\n  \
           interval of 95 %. An undefined value is an empty cell, never 0.\n\
         - Requests issued before the warm-up's end are left out; bytes, messages and load are of the\n  \
           whole run.\n\
         - Metrics of requests and of calls exist for each workload that has these, and for `all` of them pooled; the others for\n  \
           `all` only. Bare transfers are no service of an architecture: they are left out of `all`\n  \
           unless the scenario asks for nothing else. Bytes and utilisation contain them.\n\
         - Up to 100,000 answered requests of a workload are remembered one by one: quantiles are response\n  \
           times that occurred. Of more, they come from a histogram with three significant digits and are\n  \
           off by no more than 0.05 %; counts, means, the greatest and the makespan stay exact.\n\
         - *Nodes that could serve* are an architecture's servers, caches and peers, not mere clients.\n\n\
         | metric | unit | better | of | definition |\n| --- | --- | --- | --- | --- |\n",
    );
    for metric in METRICS {
        let better = match metric.better {
            Better::Lower => "lower",
            Better::Higher => "higher",
            Better::Neither => "depends",
        };
        let of = match metric.subject {
            Subject::Calls => "calls",
            _ if metric.is_per_workload => "requests",
            _ => "run",
        };
        let definition = metric.definition.replace('|', "\\|");
        page +=
            &format!("| `{}` | {} | {better} | {of} | {definition} |\n", metric.name, metric.unit);
    }
    page + UNDER_FAULTS + HOW_COMPARED
}

/// How runs under faults are measured. As in `src/stats/resilience.rs`.
const UNDER_FAULTS: &str = "
## What faults do

Each `[[faults]]` has windows of its own, however they overlap: *before* is from the end of the warm-up, or of the
last other fault that was over, to its begin, or to that of another one in force then which began in between; *during* to its end, without the pauses between the parts of
maintenance and of outages; *after* to the begin of the next other fault, or to the end of the run. Nodes that crash
`every` so often have no pauses, and the fault is over when the last of them is back, also after its `for`. A cascade
begins with its first victim and ends when the last is back, so its windows are not the same under every architecture;
where nobody falls it has no row. A
request belongs to the window in which it was issued, whenever it is answered, and so does its response time; an answer, for the throughput, to that in which it comes. Where two
faults overlap, what one does is in the windows of the other as well. `faults.csv` has each fault; the metrics above count each request once
(availability) or are means over the faults of a run.

With X answers a second before, a run has *recovered* at the instant from which on every window of W seconds has
W X answers, less 5 % and less three standard errors of a Poisson count, or as few as some window had before. W holds
a thousand answers, but is at most a quarter of what was before, and of what is seen from the fault on. The
recovery is where, in the last window that has too few, the shortfall ends: there the sum of (midway between the
rates under the fault and before) less the answers is greatest (Hinkley, Biometrika 58, 1971). With few answers
only a great loss is seen: with 400 in a window 20 %, with 1,000 at least 15 %. Below a dozen nothing can be told. Seen
is until the next fault begins that is after its end, or requests are neither issued nor open any more.

The *resilience triangle* is the integral of 1 - Q(t) / X from the fault to the recovery, Q(t) being answers a
second; without a recovery it goes as far as is seen, and is a lower bound. A fault that costs 30 s has cost what is
answered in 30 s; what waited and is answered after the recovery is not taken off.

All three count answers, whoever it is that was silent: where less is asked under a fault (customers without power, an evening
that ends), or more (a crowd), `demand_during` in `faults.csv` says how much, and so does a caution of `hubmesh run`.
The caution is silent when a workload is `closed`: its clients ask less because they are not answered.
`hubmesh stress` holds each fault against the same demand in calm weather. Its resilience index is
R = (1/n) sum S(q) / S(0) over the n shares q of nodes that it removes, at random or the most needed first (Schneider et
al., PNAS 108(10), 2011), S(q) being what is answered then, or the largest component: see [stress.md](stress.md).
";

/// The end of the page: what is computed of the values of many runs. As in `src/stats`.
const HOW_COMPARED: &str = "
## How architectures are compared

Architectures meet the same luck in each replication, so what is judged are the differences within the
n replications in which both have a value: their mean, s their standard deviation.

- **Interval** of the difference: mean -+ t s / sqrt(n), with the 97.5 % quantile t of Student's
  distribution for n - 1 degrees of freedom (Law, Simulation Modeling and Analysis, 10.2.1). Of the ratio:
  the same of the logarithms of the paired ratios, moved from their geometric mean to the ratio of the means.
- **`p_value`**: two-sided, of Student's paired t-test: P(|T| >= |mean| sqrt(n) / s). It is below 0.05 where
  the interval of 95 % does not hold 0, and the `verdict` says so.
- **`p_holm`**: among many pairs some differ by chance. The p-values of all pairs in one metric of one
  workload are a family of m; in ascending order the i-th becomes the greatest of (m - j + 1) p_(j) for
  j <= i, at most 1 (Holm, Scandinavian Journal of Statistics 6, 1979). The chance of one false difference
  or more among those with `p_holm` below 0.05 is then at most 5 %, however the pairs depend on each
  other and whichever of them one looks at. `verdict_holm` goes by it, and so do the lines below the table
  on the terminal. Intervals are those of each pair alone. With two architectures both are the same. No
  correction is made for the number of metrics.
- **`hedges_g`**: how large the difference is, in standard deviations of a single run: (mean a - mean b) /
  sqrt((s_a^2 + s_b^2) / 2), times 1 - 3 / (4 (n - 1) - 1) against the bias of small samples
  (d_av of Cumming, Understanding the New Statistics, 2012, chapter 11; Hedges, Journal of Educational
  Statistics 6, 1981). Cohen's d of the differences themselves (mean / s) would grow with the luck that
  the architectures share, and say nothing that the p-value does not. Undefined below three replications.
- **How many replications**: the half width falls as 1 / sqrt(n). For 5 % of the mean it takes about
  n (h / (0.05 mean))^2 with the half width h of the n that were run (Law, 9.4.1). The terminal says so when the interval
  of a chief metric is wider than 20 % of its mean on either side, and when two architectures without a
  significant difference could differ by more than that: what the luck that both share takes away from a pair is
  in its own interval, so that a pair can be told apart though little is known of either.
- **`correlation`** of the values of the pairs, and **`unpaired_ci95_low`** and `_high`: the interval that the
  difference would have without common luck, t sqrt(s_a^2 / n + s_b^2 / n) with the degrees of freedom of Welch
  (Biometrika 29, 1938).

## How long a study is

- **`precision`**: the number of replications is the first one, from the number to begin with on, with which
  h / |mean| <= g / (1 + g) under every architecture in which the metric is defined, with the half width h of the
  95 % interval and g = `relative_half_width`; the true mean is then within g of the mean in about 95 of 100
  studies (Law and Kelton, 9.4.1). It does not depend on how many runs go on at once.
- **`warm_up = \"auto\"`**: up to five replications of every architecture are run without faults. The response times
  of the k-th answered requests, in the order of issuing, are averaged over them; the means of five of these are cut
  where sum (z - mean)^2 / m^2 over the m that are left is least, in the first half of them (MSER-5; White,
  Simulation 69, 1997). The warm-up is the latest instant at which the first request behind the cut was issued, in
  any of the runs of any architecture: all are judged by the same demand. A cut at half of the run is warned of.
- **One replication** has no verdicts, but means of response times have an interval by batch means: 40 batches of
  consecutive requests, or 20 if a batch is correlated with the next one by 0.2 or more, as if they were
  replications (Law, 9.5.3). There is none if they are correlated still, or shorter than ten requests. Beyond
  100,000 requests of several workloads there is none for `all` of them.
";

#[test]
fn the_page_of_metrics_is_the_table_of_metrics() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    if std::env::var_os("HUBMESH_WRITE_DOCS").is_some() {
        std::fs::write(&path, metrics_page()).expect("docs/metrics.md can be written");
    }
    let page = std::fs::read_to_string(&path).expect("docs/metrics.md can be read");
    assert!(page == metrics_page(), "docs/metrics.md is out of date; see its third line");
}

#[test]
fn the_scenario_in_the_readme_is_the_one_that_is_shipped() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).expect("the file is there");
    let (readme, scenario) = (read("README.md"), read("scenarios/quick.toml"));
    assert!(readme.contains(scenario.trim_end()), "README.md shows another quick.toml");
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::temp_dir().join(format!("hubmesh-readme-{}", std::process::id()));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_hubmesh"))
        .current_dir(root)
        .args(["run", "scenarios/quick.toml", "--quiet", "--no-charts", "--out"])
        .arg(&folder)
        .output()
        .expect("the program runs");
    std::fs::remove_dir_all(&folder).expect("the results can be removed");
    let printed = String::from_utf8(output.stdout).expect("the summary is text");
    let path = root.join("README.md");
    let mut readme = std::fs::read_to_string(&path).expect("README.md can be read");
    if std::env::var_os("HUBMESH_WRITE_DOCS").is_some() {
        let start = readme.find("```text\n").expect("README.md shows a run") + "```text\n".len();
        let end = start + readme[start..].find("```").expect("the block ends");
        readme.replace_range(start..end, &printed);
        std::fs::write(&path, &readme).expect("README.md can be written");
    }
    assert!(readme.contains(&printed), "README.md shows another result of quick.toml");
}
