//! Progress on a terminal, and a clean stop on Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hubmesh::engine::Control;
use hubmesh::scenario::Scenario;
use hubmesh::stats::{Run, Watched};
use hubmesh::stress::Progress;
use hubmesh::sweep::SweepProgress;
use indicatif::{ProgressBar, ProgressStyle};

/// Ctrl-C stops the runs and keeps what is complete; the second one stops at once.
pub fn stop_on_interrupt(control: &Arc<Control>) {
    let control = Arc::clone(control);
    let handler = ctrlc::set_handler(move || {
        if control.interrupted.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        say!("\nstopping; press Ctrl-C again to stop at once");
    });
    if let Err(error) = handler {
        say!("warning: Ctrl-C will not stop cleanly: {error}");
    }
}

/// Calls `work` with what must hear of every run that ends, and shows how far it is.
pub fn shown<T>(
    scenario: &Scenario,
    control: &Control,
    is_shown: bool,
    work: impl FnOnce(&(dyn Fn(&Run) + Sync)) -> T,
) -> T
where
    T: Send,
{
    if !is_shown {
        return work(&|_| {});
    }
    let most = scenario.most_replications() + scenario.pilot_replications();
    let runs = u64::from(most) * scenario.contenders.len() as u64;
    let requests = (scenario.estimate.requests * runs as f64) as u64;
    let runs = u64::from(scenario.most_replications()) * scenario.contenders.len() as u64;
    let watched = scenario
        .precision
        .map(|precision| Mutex::new(Watched::new(precision, scenario.contenders.len())));
    let known = || {
        let watched = watched.as_ref()?.lock().ok()?;
        let wanted = 100.0 * scenario.precision?.relative_half_width;
        Some(match watched.widest() {
            Some(width) => format!(", ± {:.1} % of ± {wanted} %", 100.0 * width),
            None => String::new(),
        })
    };
    let bar = ProgressBar::new(requests.max(1));
    let template = "{bar:30} {percent:>3} %  {msg}  {elapsed} elapsed, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    let ended_runs = std::sync::atomic::AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                bar.set_position(control.ended_requests.load(Ordering::Relaxed));
                let ended = ended_runs.load(Ordering::Relaxed);
                let message = match known() {
                    Some(known) => format!("{ended} runs of {runs} at the most{known}"),
                    None => format!("{ended}/{runs} runs"),
                };
                bar.set_message(message);
                std::thread::park_timeout(Duration::from_millis(100));
            }
        });
        let result = work(&|run| {
            if let Some(watched) = &watched
                && let Ok(mut watched) = watched.lock()
            {
                watched.add(run);
            }
            ended_runs.fetch_add(1, Ordering::Relaxed);
        });
        is_over.store(true, Ordering::Relaxed);
        bar.finish_and_clear();
        result
    })
}

/// Shows how far a sweep is.
#[derive(Debug)]
pub struct Points(Option<ProgressBar>);

/// `is_shown`: else nothing is.
pub fn of_points(is_shown: bool) -> Points {
    Points(is_shown.then(|| {
        let bar = ProgressBar::new(SHARES);
        let template = "{bar:30} {percent:>3} %  {msg}  {elapsed} elapsed, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        bar
    }))
}

/// Parts of the work that are told apart.
const SHARES: u64 = 10_000;

impl Points {
    pub fn show(&self, progress: SweepProgress) {
        if let Some(bar) = &self.0 {
            bar.set_position((progress.share * SHARES as f64) as u64);
            bar.set_message(format!("{} of {} points", progress.done, progress.missing));
        }
    }

    pub fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Shows how many parts of a sweep are there.
#[derive(Debug)]
pub struct Parts(Option<ProgressBar>);

/// `is_shown`: else nothing is.
pub fn of_parts(is_shown: bool, count: u32) -> Parts {
    Parts(is_shown.then(|| {
        let bar = ProgressBar::new(u64::from(count));
        let template = "{bar:30} {pos} of {len} parts  {elapsed} elapsed, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        bar
    }))
}

impl Parts {
    pub fn show(&self, present: usize) {
        if let Some(bar) = &self.0 {
            bar.set_position(present as u64);
        }
    }

    pub fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Shows which hardship of a battery is tried.
#[derive(Debug)]
pub struct Hardships(Option<ProgressBar>);

/// `is_shown`: else nothing is.
pub fn of_hardships(is_shown: bool) -> Hardships {
    Hardships(is_shown.then(|| {
        let bar = ProgressBar::new(1);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}  {elapsed} elapsed")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        bar
    }))
}

impl Hardships {
    pub fn show(&self, progress: Progress<'_>) {
        if let Some(bar) = &self.0 {
            bar.set_length(progress.total as u64);
            bar.set_position(progress.done as u64);
            bar.set_message(progress.next.to_owned());
        }
    }

    pub fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
