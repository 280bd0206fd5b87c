//! `hubmesh submit`: the parts of a sweep by an engine that exists, and put together when all are there.
//!
//! What an engine says of its jobs is not trusted: what counts are the files of the parts. Whatever is
//! missing when it has ended is submitted again, a few times.

use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hubmesh::engine::Control;
use hubmesh::report::check_folder;
use hubmesh::sweep::{Merged, Shard, is_being_written};

use super::merge::put_together;
use super::output::print;
use super::sweep::{failed, origin, places, prepare};
use super::{FAILED, Failure, INCOMPLETE, INTERRUPTED, USAGE, progress, thread_pool};
use crate::cli::{Engine, SubmitArguments};

/// How often files and processes are looked at.
const LOOK: Duration = Duration::from_millis(200);

pub fn submit(arguments: &SubmitArguments, styled: bool) -> Result<(), Failure> {
    let engine = arguments.engine;
    if arguments.scenario.scenario == Path::new("-") {
        let message =
            "parts are programs of their own, which cannot read this standard input; name a file";
        return Err(Failure::new(USAGE, message));
    }
    if arguments.print {
        let all: Vec<Shard> = shards(arguments).collect();
        return print(&match engine {
            Engine::Slurm => {
                make_folder_of(&part(arguments, all[0]))?;
                array_script(arguments, &all)?
            }
            Engine::Local => command_lines(arguments, &all)?,
        });
    }
    // A mistake is told here, and not by each of a thousand jobs.
    let pool = thread_pool(None)?;
    let origin = origin(&arguments.scenario)?;
    let sweep = pool.install(|| prepare(origin, &arguments.variation, styled))?.hash();
    let folder = places(&arguments.scenario.scenario, &arguments.variation, None).folder;
    check_folder(&folder).map_err(failed)?;
    let control = Arc::new(Control::default());
    progress::stop_on_interrupt(&control);
    let bar = progress::of_parts(!arguments.quiet && io::stderr().is_terminal(), arguments.shards);
    for attempt in 0..=arguments.retries {
        let missing = missing(arguments, &sweep);
        if missing.is_empty() {
            break;
        }
        if attempt > 0 && !arguments.quiet {
            say!("{} parts are missing and are submitted again", missing.len());
        }
        let see = || bar.show(present(arguments).len());
        match engine {
            Engine::Local => run_here(arguments, &missing, &control, &see)?,
            Engine::Slurm => run_by_slurm(arguments, &missing, &control, &see)?,
        }
        if control.interrupted.load(Ordering::Relaxed) {
            bar.clear();
            let done = present(arguments).len();
            let message = format!(
                "interrupted: {done} of {} parts are done and kept; the same command goes on with the others",
                arguments.shards
            );
            return Err(Failure(INTERRUPTED, message));
        }
    }
    bar.clear();
    let missing = missing(arguments, &sweep);
    if !missing.is_empty() {
        let named: Vec<String> = missing.iter().take(8).map(ToString::to_string).collect();
        let message = format!(
            "{} parts are still missing after {} attempts: {}{}; what one of them says: hubmesh sweep ... --shard {}",
            missing.len(),
            arguments.retries + 1,
            named.join(", "),
            if missing.len() > named.len() { ", ..." } else { "" },
            missing[0]
        );
        return Err(Failure::new(INCOMPLETE, message));
    }
    let parts: Vec<PathBuf> = shards(arguments).map(|shard| part(arguments, shard)).collect();
    put_together(&parts, &folder, &arguments.output())
}

fn shards(arguments: &SubmitArguments) -> impl Iterator<Item = Shard> + use<> {
    let of = arguments.shards;
    (1..=of).map(move |number| Shard { number, of })
}

fn part(arguments: &SubmitArguments, shard: Shard) -> PathBuf {
    let places = places(&arguments.scenario.scenario, &arguments.variation, Some(shard));
    places.part.unwrap_or_default()
}

/// The file that a part is written into.
fn log(arguments: &SubmitArguments, shard: Shard) -> PathBuf {
    places(&arguments.scenario.scenario, &arguments.variation, Some(shard)).log
}

/// Parts whose files are there; they are renamed when whole.
fn present(arguments: &SubmitArguments) -> Vec<Shard> {
    shards(arguments).filter(|&shard| part(arguments, shard).exists()).collect()
}

/// Parts to do: those whose files are not there, or are of another sweep or version, or not whole.
fn missing(arguments: &SubmitArguments, sweep: &str) -> Vec<Shard> {
    let is_whole = |shard: Shard| {
        let part = part(arguments, shard);
        let file = part.exists().then(|| Merged::open(&[part])).and_then(Result::ok);
        file.is_some_and(|file| file.is_of(sweep) && file.has_all_of(shard))
    };
    shards(arguments).filter(|&shard| !is_whole(shard)).collect()
}

/// The words of `hubmesh sweep` for a part, without the part itself.
fn sweep_words(arguments: &SubmitArguments) -> Result<Vec<String>, Failure> {
    let program = std::env::current_exe().map_err(failed)?;
    let mut words = vec![program.to_string_lossy().into_owned(), "sweep".to_owned()];
    words.push(arguments.scenario.scenario.to_string_lossy().into_owned());
    for assignment in arguments.scenario.overrides.all() {
        words.extend(["--set".to_owned(), assignment]);
    }
    for text in &arguments.variation.vary {
        words.extend(["--vary".to_owned(), text.as_argument()]);
    }
    for &metric in &arguments.variation.metrics {
        words.extend(["--metric".to_owned(), hubmesh::stats::METRICS[metric].name.to_owned()]);
    }
    if let Some(out) = &arguments.variation.out {
        words.extend(["--out".to_owned(), out.to_string_lossy().into_owned()]);
    }
    words.extend(["--threads".to_owned(), arguments.threads.to_string(), "--quiet".to_owned()]);
    Ok(words)
}

/// A word as shells read it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+%@".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

fn command_lines(arguments: &SubmitArguments, shards: &[Shard]) -> Result<String, Failure> {
    let words: Vec<String> = sweep_words(arguments)?.iter().map(|word| quoted(word)).collect();
    let line = words.join(" ");
    Ok(shards.iter().map(|shard| format!("{line} --shard {shard}\n")).collect())
}

/// The script of an array job: a task for each of these parts.
fn array_script(arguments: &SubmitArguments, shards: &[Shard]) -> Result<String, Failure> {
    let words: Vec<String> = sweep_words(arguments)?.iter().map(|word| quoted(word)).collect();
    let numbers: Vec<String> = ranges(shards);
    let folder = std::env::current_dir().map_err(failed)?;
    let log = part(arguments, Shard { number: 1, of: arguments.shards });
    let log = log.with_file_name("slurm-%A_%a.log");
    let mut script = String::from("#!/bin/sh\n");
    let mut option = |text: String| script.push_str(&format!("#SBATCH {text}\n"));
    option("--job-name=hubmesh".to_owned());
    option(format!("--array={}", numbers.join(",")));
    option(format!("--cpus-per-task={}", arguments.threads));
    option(format!("--chdir={}", quoted(&folder.to_string_lossy())));
    option(format!("--output={}", quoted(&log.to_string_lossy())));
    option("--requeue".to_owned());
    arguments.engine_options.iter().for_each(|text| option(text.clone()));
    script.push_str(&format!(
        "exec {} --shard \"$SLURM_ARRAY_TASK_ID/{}\"\n",
        words.join(" "),
        arguments.shards
    ));
    Ok(script)
}

/// "1-4", "7", of ascending numbers.
fn ranges(shards: &[Shard]) -> Vec<String> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for shard in shards {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == shard.number => *last = shard.number,
            _ => ranges.push((shard.number, shard.number)),
        }
    }
    let text = |(first, last): (u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.into_iter().map(text).collect()
}

/// A process for each part, so many at a time as there are cores for. Parts that others write, such as those of a
/// submission that was killed, are waited for.
fn run_here(
    arguments: &SubmitArguments,
    shards: &[Shard],
    control: &Control,
    see: &dyn Fn(),
) -> Result<(), Failure> {
    let words = sweep_words(arguments)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let most = (cores / usize::from(arguments.threads)).max(1);
    let mut waiting = shards.to_vec();
    let mut running: Vec<Child> = Vec::new();
    let (mut has_said, mut is_told) = (false, false);
    loop {
        let is_stopped = control.interrupted.load(Ordering::Relaxed);
        while !is_stopped && running.len() < most {
            let is_free = |&shard: &Shard| !is_being_written(&log(arguments, shard));
            let Some(place) = waiting.iter().position(is_free) else { break };
            let shard = waiting.remove(place);
            // Who had it before may have made it meanwhile.
            if part(arguments, shard).exists() && has_said {
                continue;
            }
            let child = Command::new(&words[0])
                .args(&words[1..])
                .args(["--shard", &shard.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .spawn()
                .map_err(|error| failed(format!("cannot start {}: {error}", words[0])))?;
            running.push(child);
        }
        if running.is_empty() && (waiting.is_empty() || is_stopped) {
            return Ok(());
        }
        if running.is_empty() && !has_said {
            has_said = true;
            say!("{} parts are being written by others and are waited for", waiting.len());
        }
        // At a terminal a child hears Ctrl-C by itself; whoever stops this program alone stops them by it. What they
        // have done is kept in any case.
        if is_stopped && !std::mem::replace(&mut is_told, true) {
            running.iter().for_each(interrupt);
        }
        running.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        see();
        std::thread::sleep(LOOK);
    }
}

/// Asks a child to stop: what it has done is kept, and it stops at once when it is asked a second time.
fn interrupt(child: &Child) {
    if cfg!(unix) {
        let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    }
}

/// Slurm starts no task whose log has no folder.
fn make_folder_of(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    folder.map_or(Ok(()), |folder| std::fs::create_dir_all(folder).map_err(failed))
}

/// An array job, until it has ended.
fn run_by_slurm(
    arguments: &SubmitArguments,
    shards: &[Shard],
    control: &Control,
    see: &dyn Fn(),
) -> Result<(), Failure> {
    let script = array_script(arguments, shards)?;
    let path = part(arguments, shards[0]).with_extension("sh");
    make_folder_of(&path)?;
    std::fs::write(&path, script).map_err(failed)?;
    let mut child = Command::new("sbatch")
        .args(["--wait", "--parsable"])
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("cannot start sbatch: {error}; is Slurm here?")))?;
    let mut job = String::new();
    if let Some(output) = child.stdout.take() {
        BufReader::new(output).read_line(&mut job).map_err(failed)?;
    }
    let job = job.trim().split(';').next().unwrap_or_default().to_owned();
    if !arguments.quiet && !job.is_empty() {
        say!("job {job} of {} parts", shards.len());
    }
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            // Without a number nothing was submitted, and the reason is said; what became of tasks is seen by
            // their files.
            let _ = std::fs::remove_file(&path);
            return match job.is_empty() {
                true => Err(Failure::new(FAILED, format!("sbatch has not submitted: {status}"))),
                false => Ok(()),
            };
        }
        if control.interrupted.load(Ordering::Relaxed) {
            let _ = Command::new("scancel").arg(&job).status();
            let _ = child.wait();
            let _ = std::fs::remove_file(&path);
            return Ok(());
        }
        see();
        std::thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_shells() {
        assert_eq!(quoted("nodes.user.count=3"), "nodes.user.count=3");
        assert_eq!(quoted("up=3 Mbit/s"), "'up=3 Mbit/s'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn missing_parts_are_ranges() {
        let shards: Vec<Shard> =
            [1, 2, 3, 5, 8, 9].into_iter().map(|number| Shard { number, of: 9 }).collect();
        assert_eq!(ranges(&shards), ["1-3", "5", "8-9"]);
    }
}
