//! How a run has met each of its faults: what was answered before, during and after, how soon it was
//! noticed, and how soon all was as before.
//!
//! Each fault has windows of its own, however faults overlap: *before* is from the end of the warm-up,
//! or of the last other fault that had ended, to its begin or that of another one in force then;
//! *during* to its end, without the pauses of one in several parts; *after* to the begin of the next
//! other fault, or to the end of the run. A request belongs to the window in which it was
//! issued, an answer to that in which it came.
//!
//! **Recovery.** With `X` answers a second before, the run has recovered at the instant from which on
//! every window of `W` seconds has as many answers as before: `W X` less 5 % and less three standard
//! errors of two Poisson counts (`X` is one of what was before), or as few as some window had before. `W` holds a thousand answers, but is
//! no longer than a quarter of what was before, and of what is seen from the fault on. The last window that
//! has too few holds the instant at which the shortfall ends, which is where the sum of (midway between
//! the rates under the fault and before) less the answers is greatest (Hinkley, "Inference about the
//! change-point from cumulative sum tests", Biometrika 58, 1971). Seen is until the after window is over,
//! and no longer than requests are issued or open: who is not asked does not answer. Time is in the bins
//! of [`Ends`], of which a run has a thousand or so.
//!
//! **Resilience triangle**: the integral of 1 - Q(t) / X from the fault to the recovery, with Q(t) answers a
//! second. Source: Bruneau et al., "A framework to quantitatively assess and enhance the seismic
//! resilience of communities", Earthquake Spectra 19, 2003, equation 1.

use super::quantile::rank;
use crate::metrics::{
    EndCounts, Ends, FaultPart, FaultSpan, FaultWindows, JoinedTimes, RunRecord, Segment,
};
use crate::units::{Duration, Time};

/// Of the throughput before.
const MOST_MISSING: f64 = 0.05;
const STANDARD_ERRORS: f64 = 3.0;
/// In a rolling window, if there are so many.
const ANSWERS_OF_A_WINDOW: f64 = 1000.0;
/// Steps in which a run is looked at.
const MOST_STEPS: usize = 100_000;
/// A rolling window is no longer than this part of what it rolls over.
const LONGEST_WINDOW: f64 = 0.25;

/// One fault in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultOutcome {
    /// Which `[[faults]]` of the scenario, from 1 on.
    pub table: u32,
    pub begins: Time,
    /// No later than the run.
    pub ends: Time,
    /// Nodes that it took down.
    pub nodes_down: usize,
    /// The least share of all nodes, and of those of the overlay that are up, that held together.
    pub network_component: Option<f64>,
    pub overlay_component: Option<f64>,
    /// As the share of all nodes, but of those that were up.
    pub network_of_those_up: Option<f64>,
    pub before: Window,
    pub during: Window,
    pub after: Window,
    /// Until somebody was first told that something does not work.
    pub time_to_detect: Option<f64>,
    pub recovery: Recovery,
    /// In seconds; to the end of what is seen where there was no recovery.
    pub triangle: Option<f64>,
}

/// The judged requests of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    pub seconds: f64,
    pub issued: u64,
    pub answered: u64,
    answers: u64,
    /// Of the requests issued in it, in seconds; `None` when none was answered.
    pub mean_response: Option<f64>,
    /// What 95 % of these do not exceed, to 0.2 %.
    pub response_p95: Option<f64>,
}

/// What becomes a [`Window`].
#[derive(Debug, Default)]
struct Sum {
    issued: u64,
    answered: u64,
    answers: u64,
    responses: JoinedTimes,
}

impl Sum {
    fn add(&mut self, segment: &Segment) {
        self.issued += segment.issued;
        self.answered += segment.answered;
        self.answers += segment.answers;
        self.responses.add(&segment.responses);
    }

    fn over(&self, seconds: f64) -> Window {
        let &Sum { issued, answered, answers, ref responses } = self;
        let response_p95 = responses.at_rank(rank(responses.count(), 0.95));
        Window { seconds, issued, answered, answers, mean_response: responses.mean(), response_p95 }
    }
}

impl Window {
    fn of(windows: &FaultWindows, from: Time, to: Time) -> Window {
        Window::of_those(windows, (from, to), |_| true)
    }

    /// Of the segments in between which are among those.
    fn of_those(
        windows: &FaultWindows,
        (from, to): (Time, Time),
        is_one: impl Fn(&Segment) -> bool,
    ) -> Window {
        let mut sum = Sum::default();
        let mut seconds = 0.0;
        let first = windows.segments.partition_point(|segment| segment.begins < from);
        let segments = &windows.segments[first..];
        let ends = segments.iter().skip(1).map(|next| next.begins).chain([Time::NEVER]);
        let within = segments.iter().zip(ends).take_while(|(segment, _)| segment.begins < to);
        for (segment, end) in within.filter(|(segment, _)| is_one(segment)) {
            sum.add(segment);
            seconds += end.min(to).since(segment.begins).secs();
        }
        sum.over(seconds)
    }

    /// The share of the requests issued in it that were answered, however late.
    pub fn availability(&self) -> Option<f64> {
        (self.issued > 0).then(|| self.answered as f64 / self.issued as f64)
    }

    /// Requests a second in it.
    pub fn demand(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.issued as f64 / self.seconds)
    }

    /// Answers a second in it.
    pub fn throughput(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.answers as f64 / self.seconds)
    }
}

/// When parts of faults begin and end, in order: an outage file has thousands.
struct Edges {
    begins: Vec<Time>,
    ends: Vec<Time>,
}

impl Edges {
    /// Without those that never begin.
    fn of<'p>(parts: impl Iterator<Item = &'p FaultPart>) -> Edges {
        let begun = parts.filter(|part| part.begins < Time::NEVER);
        let (mut begins, mut ends): (Vec<Time>, Vec<Time>) =
            begun.map(|part| (part.begins, part.ends)).unzip();
        begins.sort_unstable();
        ends.sort_unstable();
        Edges { begins, ends }
    }

    fn is_any_in_force(&self, time: Time) -> bool {
        let until = |edges: &[Time]| edges.partition_point(|&edge| edge <= time);
        until(&self.begins) > until(&self.ends)
    }

    fn is_any_over(&self, time: Time) -> bool {
        self.ends.first().is_some_and(|&end| end <= time)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recovery {
    /// So many seconds after the fault began; 0 when throughput never fell.
    After(f64),
    /// Not as far as is seen.
    Never,
    /// Too little was answered before to tell.
    Unknown,
}

impl FaultOutcome {
    /// 1 - throughput during / throughput before.
    pub fn degradation(&self) -> Option<f64> {
        let before = self.before.throughput().filter(|&before| before > 0.0)?;
        Some(1.0 - self.during.throughput()? / before)
    }

    /// Requests a second during / before.
    pub fn demand(&self) -> Option<f64> {
        let before = self.before.demand().filter(|&before| before > 0.0)?;
        Some(self.during.demand()? / before)
    }

    pub fn time_to_recover(&self) -> Option<f64> {
        match self.recovery {
            Recovery::After(seconds) => Some(seconds),
            Recovery::Never | Recovery::Unknown => None,
        }
    }
}

/// The faults that began in the run, in the order of the scenario.
pub fn fault_outcomes(record: &RunRecord) -> Vec<FaultOutcome> {
    let Some(windows) = &record.faults else { return Vec::new() };
    let spans = windows.spans.iter().filter(|span| span.begins < record.ended);
    spans.map(|span| outcome(record, windows, span)).collect()
}

fn outcome(record: &RunRecord, windows: &FaultWindows, span: &FaultSpan) -> FaultOutcome {
    let warmed_up = Time::ZERO + record.warm_up;
    let (begins, ends) = (span.begins, span.ends.min(record.ended));
    let own = Edges::of(windows.parts.iter().filter(|part| part.table == span.table));
    let others = || windows.spans.iter().filter(|other| other.table != span.table);
    let next = others().map(|other| other.begins).filter(|&next| next >= ends).min();
    let after_until = next.unwrap_or(Time::NEVER).min(record.ended);
    let (before_from, before_until) = calm(windows, span.table, (warmed_up, begins));
    let before = Window::of(windows, before_from, before_until);
    let noticed = windows
        .segments
        .iter()
        .filter(|segment| (begins..after_until).contains(&segment.begins))
        .map(|segment| segment.noticed)
        .min();
    let last = if windows.open > 0 { record.ended } else { windows.last_issued };
    let watch = Watch {
        ends: &record.ends,
        before: (before_from, before_until),
        begins,
        until: last.min(after_until),
        rate: before.throughput().unwrap_or(0.0),
    };
    let (recovery, triangle) = watch.recovery();
    FaultOutcome {
        table: span.table,
        begins,
        ends,
        nodes_down: windows.nodes_down(span.table),
        network_component: span.network_component,
        overlay_component: span.overlay_component,
        network_of_those_up: span.network_of_those_up,
        before,
        during: Window::of_those(windows, (begins.max(warmed_up), ends), |segment| {
            own.is_any_in_force(segment.begins)
        }),
        after: Window::of(windows, ends.max(warmed_up), after_until),
        time_to_detect: noticed
            .filter(|&noticed| noticed < Time::NEVER)
            .map(|noticed| noticed.since(begins).secs()),
        recovery,
        triangle,
    }
}

/// What is before the fault of `table`: from the end of the last other one that was over until it begins, or until
/// another one has begun that is in force then. Where that one had begun before the last other one was over, there
/// was no such time, and what is before both counts. One that is in force from the warm-up on belongs to what is usual.
fn calm(windows: &FaultWindows, table: u32, (warmed_up, begins): (Time, Time)) -> (Time, Time) {
    let mut until = begins;
    loop {
        let spans = windows.spans.iter().filter(|span| span.table != table);
        let over = spans.filter(|span| span.is_over(until)).map(|span| span.ends).max();
        let from = over.unwrap_or(Time::ZERO).max(warmed_up);
        let parts = windows.parts.iter().filter(|part| part.table != table);
        let overlapping = parts.filter(|part| part.begins < until && part.ends > until);
        let began = overlapping.map(|part| part.begins).filter(|&began| began > warmed_up).min();
        match began {
            None => return (from, until),
            Some(began) if began > from => return (from, began),
            Some(began) => until = began,
        }
    }
}

/// What is looked at to find out when a run has recovered.
struct Watch<'r> {
    ends: &'r Ends,
    before: (Time, Time),
    begins: Time,
    until: Time,
    /// Answers a second before.
    rate: f64,
}

impl Watch<'_> {
    fn recovery(&self) -> (Recovery, Option<f64>) {
        let &Watch { before: (from, calm_until), begins, .. } = self;
        // A run that stalls early has fine bins and a far end.
        let fine = self.ends.width();
        let bins_of_a_step = down(self.until, fine).div_ceil(MOST_STEPS).max(1);
        let width = Duration::from_nanos(fine.nanos().saturating_mul(bins_of_a_step as u64));
        let [calm, fault, end] = [up(from, width), up(begins, width), down(self.until, width)];
        // Of a bin in which another fault begins nothing is calm.
        let calm_end = if calm_until < begins { down(calm_until, width) } else { fault };
        if calm_end <= calm || end <= fault {
            return (Recovery::Unknown, None);
        }
        let sums = sums(self.ends.counts(), bins_of_a_step, end);
        let answers = |from: usize, to: usize| (sums[to] - sums[from]) as f64;
        // Of a bin.
        let rate = self.rate * width.secs();
        let shorter = (calm_end - calm).min(end - fault) as f64;
        let wanted = (ANSWERS_OF_A_WINDOW / rate).min(LONGEST_WINDOW * shorter);
        if !(wanted > 0.0 && wanted.is_finite()) {
            return (Recovery::Unknown, None);
        }
        let window = (wanted.ceil() as usize).clamp(1, end - fault);
        let expected = rate * window as f64;
        // The rate before is an estimate as well.
        let variance = expected * (1.0 + window as f64 / (calm_end - calm) as f64);
        let enough = expected * (1.0 - MOST_MISSING) - STANDARD_ERRORS * variance.sqrt();
        if enough <= 0.0 {
            return (Recovery::Unknown, None);
        }
        let calm_windows = calm..=calm_end.saturating_sub(window);
        let least = calm_windows.map(|at| answers(at, at + window)).fold(enough, f64::min);
        let is_low = |at: &usize| answers(*at, *at + window) < least;
        let shortfall =
            |to: usize| (to - fault) as f64 * width.secs() - answers(fault, to) / self.rate;
        let Some(low) = (fault..=end - window).rev().find(is_low) else {
            return (Recovery::After(0.0), Some(0.0));
        };
        if low == end - window {
            return (Recovery::Never, Some(shortfall(end)));
        }
        let under_fault =
            if low > fault { answers(fault, low) / (low - fault) as f64 } else { 0.0 };
        let midway = (under_fault + rate) / 2.0;
        let missing = |to: usize| midway * (to - low) as f64 - answers(low, to);
        let greatest = |best: usize, to: usize| if missing(to) > missing(best) { to } else { best };
        let recovered = (low + 1..=low + window).fold(low, greatest);
        // What is seen after that is too short to tell.
        if recovered + window / 2 > end {
            return (Recovery::Never, Some(shortfall(end)));
        }
        let instant = Time::ZERO + Duration::from_nanos(recovered as u64 * width.nanos());
        let seconds = if instant > begins { instant.since(begins).secs() } else { 0.0 };
        (Recovery::After(seconds), Some(shortfall(recovered)))
    }
}

/// The first bin that begins no earlier.
fn up(time: Time, width: Duration) -> usize {
    time.nanos().div_ceil(width.nanos()) as usize
}

/// Bins that are over by then.
fn down(time: Time, width: Duration) -> usize {
    (time.nanos() / width.nanos()) as usize
}

/// Answers in the first steps of so many bins each, for each number of steps up to `count`.
fn sums(counts: &[EndCounts], bins_of_a_step: usize, count: usize) -> Vec<u64> {
    let steps = counts.chunks(bins_of_a_step);
    let answered = steps.map(|bins| bins.iter().map(|counts| counts.answered).sum());
    let running = answered.chain(std::iter::repeat(0)).take(count).scan(0, |sum, answered: u64| {
        *sum += answered;
        Some(*sum)
    });
    std::iter::once(0).chain(running).collect()
}

/// All requests of a run by whether something was broken when they were issued.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pooled {
    /// Before the first fault.
    pub before: Window,
    /// While one fault or more is in force.
    pub during: Window,
    /// After a fault while none is in force.
    pub after: Window,
}

/// `None` in a run without faults. Only requests are counted, no seconds.
pub fn pooled_windows(record: &RunRecord) -> Option<Pooled> {
    let windows = record.faults.as_ref()?;
    let [mut before, mut during, mut after] = [Sum::default(), Sum::default(), Sum::default()];
    let warmed_up = Time::ZERO + record.warm_up;
    let all = Edges::of(windows.parts.iter());
    for segment in windows.segments.iter().filter(|segment| segment.begins >= warmed_up) {
        let window = if all.is_any_in_force(segment.begins) {
            &mut during
        } else if all.is_any_over(segment.begins) {
            &mut after
        } else {
            &mut before
        };
        window.add(segment);
    }
    let [before, during, after] = [before, during, after].map(|sum| sum.over(0.0));
    Some(Pooled { before, during, after })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;
    use crate::units::Bytes;

    fn at(seconds: f64) -> Time {
        Time::from_secs(seconds)
    }

    #[test]
    fn between_its_parts_a_fault_is_not_in_force() {
        let part = |begins: Time, ends: Time| FaultPart { table: 1, begins, ends };
        // Two that overlap, a pause, one more, and one that never begins.
        let parts = [
            part(at(10.0), at(20.0)),
            part(at(15.0), at(25.0)),
            part(at(40.0), at(50.0)),
            part(Time::NEVER, at(60.0)),
        ];
        let edges = Edges::of(parts.iter());
        let told = [(5.0, false, false), (10.0, true, false), (22.0, true, true)];
        let later =
            [(25.0, false, true), (39.0, false, true), (40.0, true, true), (55.0, false, true)];
        for (time, is_in_force, is_over) in told.into_iter().chain(later) {
            assert_eq!(edges.is_any_in_force(at(time)), is_in_force, "{time} s");
            assert_eq!(edges.is_any_over(at(time)), is_over, "{time} s");
        }
        assert!(!edges.is_any_over(at(5.0)) && !Edges::of([].iter()).is_any_in_force(at(1.0)));
    }

    /// `rate(t)` answers a second up to `end`, evenly.
    fn even(end: f64, rate: impl Fn(f64) -> f64) -> Ends {
        let mut ends = Ends::default();
        let (mut time, mut due) = (0.0005, 0.0);
        while time < end {
            due += rate(time) * 0.001;
            while due >= 1.0 {
                ends.answered(at(time), Bytes::ZERO);
                due -= 1.0;
            }
            time += 0.001;
        }
        ends
    }

    fn watched(ends: &Ends, rate: f64, until: f64) -> (Recovery, Option<f64>) {
        let (before, begins) = ((at(0.0), at(100.0)), at(100.0));
        let watch = Watch { ends, before, begins, until: at(until), rate };
        watch.recovery()
    }

    #[track_caller]
    fn is_near(found: (Recovery, Option<f64>), seconds: f64, triangle: f64, tolerance: f64) {
        let (Recovery::After(after), Some(area)) = found else { panic!("{found:?}") };
        assert!((after - seconds).abs() < tolerance, "{after} s, not {seconds} s");
        assert!((area - triangle).abs() < tolerance, "{area} s, not {triangle} s");
    }

    #[test]
    fn an_outage_ends_when_answers_come_again() {
        // Nothing from 100 to 140 s, as before from then on: 40 s are lost.
        let outage = |time: f64| if (100.0..140.0).contains(&time) { 0.0 } else { 50.0 };
        is_near(watched(&even(400.0, outage), 50.0, 400.0), 40.0, 40.0, 0.2);
        // Half from 100 to 160 s: 30 s are lost. What waited is answered then, which is no loss.
        let backlog = |time: f64| match time {
            t if (100.0..160.0).contains(&t) => 25.0,
            t if (160.0..170.0).contains(&t) => 100.0,
            _ => 50.0,
        };
        is_near(watched(&even(400.0, backlog), 50.0, 400.0), 60.0, 30.0, 0.2);
    }

    #[test]
    fn a_fault_that_begins_under_another_one_is_held_against_what_was_before_both() {
        // One from 100 to 140 s, the other from 120 to 160 s: together nothing is answered.
        let both = |time: f64| if (100.0..160.0).contains(&time) { 0.0 } else { 50.0 };
        let ends = even(400.0, both);
        let (before, begins) = ((at(0.0), at(100.0)), at(120.0));
        let watch = Watch { ends: &ends, before, begins, until: at(400.0), rate: 50.0 };
        is_near(watch.recovery(), 40.0, 40.0, 0.2);
    }

    #[test]
    fn a_run_with_fine_bins_and_a_far_end_takes_little_memory() {
        let mut ends = Ends::default();
        (0..50).for_each(|number| ends.answered(at(f64::from(number) * 1e-6), Bytes::ZERO));
        let (before, begins) = ((at(0.0), at(5e-5)), at(5e-5));
        let watch = Watch { ends: &ends, before, begins, until: at(1e9), rate: 1e6 };
        assert_eq!(watch.recovery().0, Recovery::Never);
    }

    #[test]
    fn recovery_must_stay_and_can_be_missed() {
        // Down, up for 40 s, and down again from 180 to 200 s.
        let twice = |time: f64| match time {
            t if (100.0..140.0).contains(&t) || (180.0..200.0).contains(&t) => 0.0,
            _ => 50.0,
        };
        is_near(watched(&even(400.0, twice), 50.0, 400.0), 100.0, 60.0, 0.2);
        let for_good = |time: f64| if time < 100.0 { 50.0 } else { 10.0 };
        let (recovery, area) = watched(&even(400.0, for_good), 50.0, 400.0);
        assert_eq!(recovery, Recovery::Never);
        // Four fifths of 300 s.
        assert!((area.unwrap() - 240.0).abs() < 0.5, "{area:?}");
        // Nothing is missing in what nobody asks for after 150 s.
        let over = |time: f64| if time < 150.0 { 50.0 } else { 0.0 };
        assert_eq!(watched(&even(150.0, over), 50.0, 150.0).0, Recovery::After(0.0));
    }

    #[test]
    fn a_dip_is_seen_when_it_is_no_noise_and_too_few_answers_tell_nothing() {
        // 1000 answers a window: 5 % and three standard errors, 95, are missed: 14.5 %.
        let dip = |share: f64| move |time: f64| if time < 100.0 { 50.0 } else { 50.0 * share };
        assert_eq!(watched(&even(400.0, dip(0.84)), 50.0, 400.0).0, Recovery::Never);
        assert_eq!(watched(&even(400.0, dip(0.88)), 50.0, 400.0).0, Recovery::After(0.0));
        // A quarter of 100 s has 7.5 answers, and 0.95 x 7.5 - 3 x 2.7 is below zero.
        let few = watched(&even(400.0, |_| 0.3), 0.3, 400.0);
        assert_eq!(few, (Recovery::Unknown, None));
    }

    #[test]
    fn chance_alone_is_no_fault_and_does_not_hide_one() {
        // Poisson answers, 100 runs; the outage is over at 140 s.
        let mut false_alarms = 0;
        let mut errors = Vec::new();
        for number in 0..100 {
            let mut stream = Key::root(1, number).text("answers").stream();
            let [mut calm, mut hit] = [Ends::default(), Ends::default()];
            let mut time = 0.0;
            loop {
                time -= (1.0 - stream.uniform()).ln() / 50.0;
                if time >= 400.0 {
                    break;
                }
                calm.answered(at(time), Bytes::ZERO);
                if !(100.0..140.0).contains(&time) {
                    hit.answered(at(time), Bytes::ZERO);
                }
            }
            false_alarms += u32::from(watched(&calm, 50.0, 400.0).0 != Recovery::After(0.0));
            match watched(&hit, 50.0, 400.0).0 {
                Recovery::After(after) => errors.push((after - 40.0).abs()),
                other => panic!("{other:?}"),
            }
        }
        // Fifteen windows apart, each too low with probability 1e-6 by its 4.6 standard errors.
        assert_eq!(false_alarms, 0);
        let late = errors.iter().filter(|&&error| error > 1.0).count();
        assert!(late == 0, "{errors:?}");
    }
}
