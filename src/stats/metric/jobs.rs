//! What is said of jobs for processors.

use super::kinds::{Better, Metric, of_the_run, share_of_the_run};
use Better::{Higher, Lower};

pub const SPEED_UP: Metric = of_the_run(
    "speed_up",
    "1",
    Higher,
    "sum of the work of the jobs that were answered, each once, on a processor of speed 1 / (last answer - first issue of one of them): how many such processors that never wait would take as long. Amdahl, AFIPS 30, 1967, with one processor of speed 1 as what is held against; over the whole run, as the next ones. Undefined where there are no jobs",
);
pub const EFFICIENCY: Metric = share_of_the_run(
    "efficiency",
    Higher,
    "speed_up / (sum of workers x speed of the processors of all who work for others, up or down)",
);
pub const RUNS_PER_JOB: Metric = of_the_run(
    "runs_per_job",
    "1",
    Lower,
    "times that a processor was given a job / jobs answered; above 1 with copies, and where work was lost or nobody waited for it any more; going on from a checkpoint does not count. Undefined under architectures that do not count it (client-server, multi-tier)",
);
pub const WRONG_ANSWERS: Metric = share_of_the_run(
    "wrong_answers",
    Lower,
    "jobs that were answered with a wrong result (`wrong_results`) / jobs answered",
);
pub const WORK_JAIN: Metric = share_of_the_run(
    "work_jain",
    Higher,
    "Jain's index (sum x)^2 / (n sum x^2) of the worker-seconds for which the processors of the n nodes that work for others were busy; from 1/n to 1 (all the same)",
);
pub const WORK_GINI: Metric = share_of_the_run("work_gini", Lower, "Gini coefficient of the same");
pub const WORK_MAX_OVER_MEAN: Metric =
    of_the_run("work_max_over_mean", "1", Lower, "the busiest of them over their mean");
pub const WORK_BUSIEST_SHARE: Metric =
    share_of_the_run("work_busiest_share", Lower, "its share of all these worker-seconds");
