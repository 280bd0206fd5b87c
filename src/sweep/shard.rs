//! Parts of a sweep that are done apart, and putting them together.
//!
//! Which points are in which part follows from the plan alone, so nobody has to agree with anybody. The
//! file of a part has no host, no process and no time in it: done twice, it is the same byte for byte.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use fixedbitset::FixedBitSet;
use serde::{Deserialize, Serialize};

use super::log::{Header, Log, LogError, PREFIX, line_of, text_of};
use super::outcome::PointOutcome;
use super::prepare::{Sweep, SweepInfo};

/// Part `number` of `of`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    pub number: u32,
    pub of: u32,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/').and_then(|(number, of)| {
            Some(Shard { number: number.trim().parse().ok()?, of: of.trim().parse().ok()? })
        });
        numbers
            .filter(|shard| (1..=shard.of).contains(&shard.number))
            .ok_or_else(|| "expected a part and their number, as in 2/8".to_owned())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Its points, ascending: the points from the costliest to the cheapest are dealt out like cards.
    pub fn points(self, costs: &[f64]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..costs.len()).collect();
        order.sort_by(|&a, &b| costs[b].total_cmp(&costs[a]).then(a.cmp(&b)));
        let own = order.into_iter().skip(self.number as usize - 1).step_by(self.of as usize);
        let mut own: Vec<usize> = own.collect();
        own.sort_unstable();
        own
    }
}

/// The first line of the file of a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ShardHeader {
    #[serde(flatten)]
    program: Header,
    shard: Shard,
    /// Of the keys of all points of the sweep, in their order.
    sweep: String,
    info: SweepInfo,
}

#[derive(Debug, Serialize, Deserialize)]
struct ShardLine {
    point: usize,
    #[serde(flatten)]
    outcome: PointOutcome,
}

/// Writes the file of a part whose points the log has, under a temporary name first.
///
/// # Errors
/// When it cannot be written; what was there stays.
pub fn write_shard(
    sweep: &Sweep,
    shard: Shard,
    points: &[usize],
    log: &mut Log,
    path: &Path,
) -> Result<(), LogError> {
    let unusable = |cause| LogError::Unusable { path: path.to_owned(), cause };
    let temporary = path.with_extension("points.tmp");
    let header = ShardHeader {
        program: Header::of_this_program(),
        shard,
        sweep: sweep.hash(),
        info: sweep.info.clone(),
    };
    let mut write = || -> Result<(), LogError> {
        let mut file = io::BufWriter::new(File::create(&temporary).map_err(unusable)?);
        let text = serde_json::to_string(&header).unwrap_or_default();
        file.write_all(&line_of(&text)).map_err(unusable)?;
        for &point in points {
            let Some(outcome) = log.outcome(&sweep.keys[point])? else { continue };
            let text = serde_json::to_string(&ShardLine { point, outcome }).unwrap_or_default();
            file.write_all(&line_of(&text)).map_err(unusable)?;
        }
        let file = file.into_inner().map_err(|error| unusable(error.into_error()))?;
        file.sync_all().map_err(unusable)?;
        std::fs::rename(&temporary, path).map_err(unusable)
    };
    let written = write();
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// Keeps in the log what the file of a part has, if it is one of this sweep; another one counts for
/// nothing.
///
/// # Errors
/// When the log cannot be written.
pub fn take_over(sweep: &Sweep, path: &Path, log: &mut Log) -> Result<(), LogError> {
    let Ok((mut part, _)) = ShardFile::open(path) else { return Ok(()) };
    if part.sweep != sweep.hash() {
        return Ok(());
    }
    for point in part.places.keys().copied().collect::<Vec<_>>() {
        if let (Some(key), Ok(outcome)) = (sweep.keys.get(point), part.outcome(point))
            && !log.has(key)
        {
            log.keep(key, &outcome)?;
        }
    }
    Ok(())
}

/// Whether the file of a part has a point, by its number; none if it is of another sweep, or not there.
pub fn points_in(sweep: &Sweep, path: &Path) -> FixedBitSet {
    let mut points = FixedBitSet::with_capacity(sweep.keys.len());
    if let Ok((part, _)) = ShardFile::open(path)
        && part.sweep == sweep.hash()
    {
        points.extend(part.places.into_keys().filter(|&point| point < sweep.keys.len()));
    }
    points
}

/// Why parts do not go together.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("no part has the point {0}")]
    Missing(String),
    #[error("{} is no part of a sweep; parts are the files that `hubmesh sweep --shard` writes", .0.display())]
    NotAPart(PathBuf),
    #[error("{} was made by hubmesh {version} of other sources than this one", path.display())]
    OtherVersion { path: PathBuf, version: String },
    #[error("{} and {} are parts of different sweeps", .0.display(), .1.display())]
    Foreign(PathBuf, PathBuf),
    #[error(
        "{} and {} do not agree on the point {point}",
        .files.0.display(), .files.1.display()
    )]
    Conflict { files: (PathBuf, PathBuf), point: String },
}

#[derive(Debug)]
struct ShardFile {
    path: PathBuf,
    shard: Shard,
    /// As in the header.
    sweep: String,
    file: File,
    /// By point: where its text begins, and how long it is.
    places: BTreeMap<usize, (u64, usize)>,
}

impl ShardFile {
    /// The plan is not kept with it: of hundreds of parts it would be there as often.
    fn open(path: &Path) -> Result<(ShardFile, SweepInfo), MergeError> {
        let unreadable = |cause| MergeError::Unreadable { path: path.to_owned(), cause };
        let file = File::open(path).map_err(unreadable)?;
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        let mut line = Vec::new();
        let mut at = reader.read_until(b'\n', &mut line).map_err(unreadable)? as u64;
        let text = text_of(&line).ok_or_else(|| MergeError::NotAPart(path.to_owned()))?;
        let program: Header =
            serde_json::from_str(text).map_err(|_| MergeError::NotAPart(path.to_owned()))?;
        if program != Header::of_this_program() {
            let version = program.hubmesh;
            return Err(MergeError::OtherVersion { path: path.to_owned(), version });
        }
        let header: ShardHeader =
            serde_json::from_str(text).map_err(|_| MergeError::NotAPart(path.to_owned()))?;
        let mut places = BTreeMap::new();
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line).map_err(unreadable)?;
            // A line without its end may have lost more than that.
            if length == 0 || line.last() != Some(&b'\n') {
                break;
            }
            if let Some(text) = text_of(&line)
                && let Some(point) = point_of(text)
            {
                places.insert(point, (at + PREFIX as u64, text.len()));
            }
            at += length as u64;
        }
        let ShardHeader { shard, sweep, info, .. } = header;
        Ok((ShardFile { path: path.to_owned(), shard, sweep, file, places }, info))
    }

    fn text(&mut self, point: usize) -> io::Result<Vec<u8>> {
        let &(begin, length) = self.places.get(&point).ok_or(io::ErrorKind::NotFound)?;
        let mut text = vec![0; length];
        self.file.seek(SeekFrom::Start(begin))?;
        self.file.read_exact(&mut text)?;
        Ok(text)
    }

    fn outcome(&mut self, point: usize) -> io::Result<PointOutcome> {
        let text = self.text(point)?;
        Ok(serde_json::from_slice::<ShardLine>(&text)?.outcome)
    }
}

/// The point of a line, which stands at its beginning.
fn point_of(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("{\"point\":")?;
    rest[..rest.find(',')?].parse().ok()
}

/// Parts that go together.
#[derive(Debug)]
pub struct Merged {
    pub info: SweepInfo,
    files: Vec<ShardFile>,
    /// By point, the file that has it.
    file_of: BTreeMap<usize, usize>,
}

impl Merged {
    /// Opens parts, at least one.
    ///
    /// # Errors
    /// When one is none, or of another sweep or version, or two have different values for a point.
    pub fn open(paths: &[PathBuf]) -> Result<Merged, MergeError> {
        let mut files: Vec<ShardFile> = Vec::new();
        let mut first_info = None;
        for path in paths {
            let (file, info) = ShardFile::open(path)?;
            if let Some(first) = files.first()
                && first.sweep != file.sweep
            {
                return Err(MergeError::Foreign(first.path.clone(), file.path));
            }
            first_info.get_or_insert(info);
            files.push(file);
        }
        let Some(info) = first_info else {
            return Err(MergeError::NotAPart(PathBuf::from("nothing")));
        };
        let mut file_of: BTreeMap<usize, usize> = BTreeMap::new();
        for index in 0..files.len() {
            for point in files[index].places.keys().copied().collect::<Vec<_>>() {
                if point >= info.plan.count() {
                    return Err(MergeError::NotAPart(files[index].path.clone()));
                }
                let Some(&before) = file_of.get(&point) else {
                    file_of.insert(point, index);
                    continue;
                };
                let both = [before, index].map(|file| {
                    let path = files[file].path.clone();
                    files[file].text(point).map_err(|cause| MergeError::Unreadable { path, cause })
                });
                let [one, other] = both;
                if one? != other? {
                    let files = (files[before].path.clone(), files[index].path.clone());
                    return Err(MergeError::Conflict { files, point: info.plan.in_words(point) });
                }
            }
        }
        Ok(Merged { info, files, file_of })
    }

    /// Whether they are of the sweep with this [`Sweep::hash`].
    pub fn is_of(&self, hash: &str) -> bool {
        self.files[0].sweep == hash
    }

    /// Whether the file of this part is among them, with all points.
    pub fn has_all_of(&self, shard: Shard) -> bool {
        let own = self.files.iter().find(|file| file.shard == shard);
        own.is_some_and(|file| file.places.len() == self.size_of(shard))
    }

    /// Points that no part has.
    pub fn missing(&self) -> Vec<usize> {
        (0..self.info.plan.count()).filter(|point| !self.file_of.contains_key(point)).collect()
    }

    /// Parts that would have the missing points, if all parts are of as many as those that are there: done
    /// again, nothing is missing.
    pub fn missing_shards(&self) -> Vec<Shard> {
        let of = self.files.iter().map(|file| file.shard.of).max().unwrap_or(1);
        match self.missing().is_empty() {
            true => Vec::new(),
            // A part that is there and not whole is done again as well.
            false => {
                let all = (1..=of).map(|number| Shard { number, of });
                all.filter(|&shard| self.size_of(shard) > 0 && !self.has_all_of(shard)).collect()
            }
        }
    }

    /// How many points a part has.
    fn size_of(&self, shard: Shard) -> usize {
        let (count, of) = (self.info.plan.count(), shard.of as usize);
        (count + of - shard.number as usize) / of
    }

    /// What the runs of a point have measured.
    ///
    /// # Errors
    /// When no part has it, or its file cannot be read any more.
    pub fn outcome(&mut self, point: usize) -> Result<PointOutcome, MergeError> {
        let Some(&file) = self.file_of.get(&point) else {
            return Err(MergeError::Missing(self.info.plan.in_words(point)));
        };
        let path = self.files[file].path.clone();
        self.files[file].outcome(point).map_err(|cause| MergeError::Unreadable { path, cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_in_one_part_and_parts_weigh_the_same() {
        let costs: Vec<f64> = (0..103).map(|point| f64::from(point % 17)).collect();
        let parts: Vec<Vec<usize>> =
            (1..=4).map(|number| Shard { number, of: 4 }.points(&costs)).collect();
        let mut all: Vec<usize> = parts.concat();
        all.sort_unstable();
        assert_eq!(all, (0..103).collect::<Vec<_>>());
        let weight = |part: &Vec<usize>| part.iter().map(|&point| costs[point]).sum::<f64>();
        let weights: Vec<f64> = parts.iter().map(weight).collect();
        let (least, most) =
            weights.iter().fold((f64::MAX, 0.0f64), |(l, m), &w| (l.min(w), m.max(w)));
        assert!(most - least <= 16.0, "{weights:?}");
    }

    #[test]
    fn a_part_is_written_as_a_fraction() {
        assert_eq!("2/8".parse(), Ok(Shard { number: 2, of: 8 }));
        for text in ["0/4", "5/4", "1", "a/b", "1/0", "-1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
