//! How faults are shown in a chart over time: the plot is shaded while anything is broken; above it
//! stand the words for before, during and after, and a lane for each fault; below it, what each lane is.

use super::canvas::{Align, CAPITAL, Canvas, Fault, Point};
use super::fault_windows::{FaultTimes, Lane, Span};
use super::frame::Frame;
use super::style::{GREY, MARGIN, TICK, TextLook, WIDTH, text_width, wrapped};
use plotters::backend::DrawingBackend;

/// Of a span in which something is broken in all runs.
const SHADE: f64 = 0.15;
const WORDS: f64 = 17.0;
const LANE: f64 = 12.0;
const BAR: f64 = 6.0;
/// Between the last lane and the plot, whose highest tick has a number there.
const BELOW_LANES: f64 = 8.0;
/// A bar that is narrower cannot be seen.
const LEAST_BAR: f64 = 1.5;
/// Of the palest bar.
const PALEST: f64 = 0.2;
const ROW: f64 = 16.0;
const GAP: f64 = 16.0;
const NUMBER: TextLook = TextLook { size: 11.0, colour: GREY, ..TICK };
const ENTRY: TextLook = TextLook { size: 12.0, colour: GREY, ..TICK };
const BEFORE: &str = "before";
const AFTER: &str = "after";
const DURING: &str = "during";
/// By which it may reach beyond what is shaded, on each side.
const OVERHANG: f64 = 8.0;
const MEANS: &str = "darker: more nodes are down, mean over all runs";

#[derive(Debug)]
pub struct FaultMarks {
    times: FaultTimes,
    /// The longest run, in seconds.
    end: f64,
    has_lanes: bool,
    /// Of the row of words, if there are any.
    words: f64,
    /// Lines of what the lanes are, with where they begin.
    key: Vec<(String, Point)>,
    key_height: f64,
}

impl FaultMarks {
    /// For a chart in `frame`, of which the place of the plot's sides matters alone.
    pub fn new(times: FaultTimes, end: f64, frame: &Frame) -> FaultMarks {
        // One fault that is over once needs no number.
        let is_named = match (times.lanes.as_slice(), times.shades.as_slice()) {
            ([lane], [shade]) => fits(&during(lane), width(frame, *shade)),
            _ => false,
        };
        let has_lanes = !times.lanes.is_empty() && !is_named;
        let mut entries: Vec<String> = match has_lanes {
            true => {
                (1..).zip(&times.lanes).map(|(n, lane)| format!("{n}  {}", lane.label)).collect()
            }
            false => Vec::new(),
        };
        if has_lanes && times.lanes.iter().any(|lane| lane.is_mean) {
            entries.push(MEANS.to_owned());
        }
        let (key, key_height) = laid_out(&entries, WIDTH - 2.0 * MARGIN);
        let mut marks = FaultMarks { times, end, has_lanes, words: 0.0, key, key_height };
        if !marks.words(frame).is_empty() {
            marks.words = WORDS;
        }
        marks
    }

    /// Room above the plot.
    pub fn head(&self) -> f64 {
        match (self.times.lanes.len(), self.has_lanes) {
            (0, _) => 0.0,
            (_, false) => self.words,
            (count, true) => self.words + count as f64 * LANE + BELOW_LANES,
        }
    }

    /// Room below the legend.
    pub fn foot(&self) -> f64 {
        if self.key.is_empty() { 0.0 } else { self.key_height + 6.0 }
    }

    /// What lies behind the grid.
    pub fn shade<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        frame: &Frame,
    ) -> Result<(), Fault> {
        self.times.shades.iter().try_for_each(|shade| {
            let column = frame.column(shade.from, shade.to);
            canvas.polygon(&column, GREY, SHADE * shade.share)
        })
    }

    /// What stands above the plot, and from `foot` on below it.
    pub fn draw<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        frame: &Frame,
        foot: f64,
    ) -> Result<(), Fault> {
        self.draw_words(canvas, frame)?;
        if self.has_lanes {
            for (index, lane) in self.times.lanes.iter().enumerate() {
                self.draw_lane(canvas, frame, index, lane)?;
            }
        }
        self.key
            .iter()
            .try_for_each(|(text, at)| canvas.text(text, (MARGIN + at.0, foot + at.1), &ENTRY))
    }

    /// What is said of which spans, as far as there is room: what is before and after all faults, and during them,
    /// with what a single one is. Before and after may reach beyond the plot.
    fn words(&self, frame: &Frame) -> Vec<Word> {
        let shades = &self.times.shades;
        let [(left, _), (right, _), ..] = frame.column(0.0, self.end);
        let edges = |span: &Span| {
            let [(from, _), (to, _), ..] = frame.column(span.from, span.to);
            (from, to)
        };
        let before = shades.first().and_then(|first| {
            let to = edges(first).0;
            let is_there = to - left >= LEAST_BAR;
            is_there.then(|| Word::within(BEFORE, (left, to), (MARGIN, to)))?
        });
        let after = shades.last().and_then(|last| {
            let from = edges(last).1;
            let is_there = right - from >= LEAST_BAR;
            is_there.then(|| Word::within(AFTER, (from, right), (from, WIDTH - 4.0)))?
        });
        let single = match (shades.as_slice(), self.times.lanes.as_slice()) {
            ([_], [lane]) => Some(during(lane)),
            _ => None,
        };
        let ends: Vec<Word> = before.into_iter().chain(after).collect();
        let mut words: Vec<Word> = Vec::new();
        for stretch in stretches(shades) {
            let (from, to) = edges(&stretch);
            let named =
                single.as_deref().and_then(|text| Word::within(text, (from, to), (from, to)));
            let overhanging = (from - OVERHANG, to + OVERHANG);
            let word = named.or_else(|| Word::within(DURING, (from, to), overhanging));
            let is_clear = |word: &Word| !words.iter().chain(&ends).any(|other| word.meets(other));
            words.extend(word.filter(is_clear));
        }
        words.extend(ends);
        words
    }

    fn draw_words<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        frame: &Frame,
    ) -> Result<(), Fault> {
        let look = TextLook { colour: GREY, ..TICK }.aligned(Align::Centre);
        let [(_, top), ..] = frame.column(0.0, self.end);
        let baseline = top - self.head() + WORDS - 5.0;
        self.words(frame)
            .iter()
            .try_for_each(|word| canvas.text(&word.text, (word.middle, baseline), &look))
    }

    fn draw_lane<B: DrawingBackend>(
        &self,
        canvas: &mut Canvas<B>,
        frame: &Frame,
        index: usize,
        lane: &Lane,
    ) -> Result<(), Fault> {
        let [(left, top), ..] = frame.column(0.0, self.end);
        let middle = top - self.head() + self.words + (index as f64 + 0.5) * LANE - 1.0;
        let baseline = middle + CAPITAL / 2.0 * NUMBER.size;
        let number = (index + 1).to_string();
        canvas.text(&number, (left - 7.0, baseline), &NUMBER.aligned(Align::Right))?;
        for span in &lane.spans {
            let [(from, _), (to, _), ..] = frame.column(span.from, span.to);
            let to = to.max(from + LEAST_BAR);
            let [upper, lower] = [middle - BAR / 2.0, middle + BAR / 2.0];
            let corners = [(from, upper), (to, upper), (to, lower), (from, lower)];
            canvas.polygon(&corners, GREY, PALEST + (1.0 - PALEST) * span.share)?;
        }
        Ok(())
    }
}

/// A text in the row of words.
#[derive(Debug)]
struct Word {
    text: String,
    /// Along the plot, and from there to its ends.
    middle: f64,
    half: f64,
}

impl Word {
    /// In the middle of `span`, or as near to it as it can be within `room`; `None` where it has no place.
    fn within(text: &str, span: (f64, f64), room: (f64, f64)) -> Option<Word> {
        if !fits(text, room.1 - room.0) {
            return None;
        }
        let half = text_width(text, &TICK) / 2.0 + 2.0;
        let middle = ((span.0 + span.1) / 2.0).clamp(room.0 + half, room.1 - half);
        Some(Word { text: text.to_owned(), middle, half })
    }

    fn meets(&self, other: &Word) -> bool {
        (self.middle - other.middle).abs() < self.half + other.half
    }
}

/// "during: crash origin", of a single fault.
fn during(lane: &Lane) -> String {
    format!("{DURING}: {}", lane.label)
}

/// What is shaded without a break, however dark.
fn stretches(shades: &[Span]) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::new();
    for shade in shades {
        match all.last_mut().filter(|last| shade.from <= last.to * (1.0 + 1e-9)) {
            Some(last) => last.to = last.to.max(shade.to),
            None => all.push(*shade),
        }
    }
    all
}

fn width(frame: &Frame, span: Span) -> f64 {
    let [(left, _), (right, _), ..] = frame.column(span.from, span.to);
    right - left
}

fn fits(text: &str, room: f64) -> bool {
    room > text_width(text, &TICK) + 4.0
}

/// Entries side by side while there is room, with their baselines; and the height of all.
fn laid_out(entries: &[String], room: f64) -> (Vec<(String, Point)>, f64) {
    let mut placed = Vec::new();
    let (mut x, mut row) = (0.0, 0u32);
    let baseline = |row: u32| (f64::from(row) + 1.0) * ROW - 4.0;
    for entry in entries {
        let lines = wrapped(entry, room, &ENTRY);
        let widest = lines.iter().map(|line| text_width(line, &ENTRY)).fold(0.0, f64::max);
        if x > 0.0 && x + widest > room {
            (x, row) = (0.0, row + 1);
        }
        let last = lines.len().saturating_sub(1);
        for (index, line) in lines.into_iter().enumerate() {
            placed.push((line, (x, baseline(row))));
            row += u32::from(index < last);
        }
        x += widest + GAP;
    }
    let height = if placed.is_empty() { 0.0 } else { (f64::from(row) + 1.0) * ROW };
    (placed, height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_in_the_middle_or_as_near_to_it_as_there_is_room() {
        let middle = |span, room| Word::within(BEFORE, span, room).map(|word| word.middle);
        assert_eq!(middle((100.0, 200.0), (100.0, 200.0)), Some(150.0));
        let half = text_width(BEFORE, &TICK) / 2.0 + 2.0;
        assert_eq!(middle((100.0, 110.0), (12.0, 110.0)), Some(110.0 - half));
        assert_eq!(middle((100.0, 110.0), (100.0, 110.0)), None);
        let span = |from, to| Span { from, to, share: 0.5 };
        let joined = stretches(&[span(1.0, 2.0), span(2.0, 3.0), span(4.0, 5.0)]);
        assert_eq!(joined, [span(1.0, 3.0), span(4.0, 5.0)]);
    }

    #[test]
    fn entries_stand_side_by_side_while_there_is_room() {
        let entries =
            ["1  a".to_owned(), "2  b".to_owned(), "3  ".to_owned() + &"word ".repeat(30)];
        let (placed, height) = laid_out(&entries, 416.0);
        assert!(placed[0].1.1 == placed[1].1.1 && placed[1].1.0 > placed[0].1.0);
        // A long one begins a row, has more than one line, and loses no word.
        let long = &placed[2..];
        assert!(long.len() > 1 && long.iter().all(|(_, at)| at.0 == 0.0));
        let words = |text: &str| text.matches("word").count();
        assert_eq!(long.iter().map(|(line, _)| words(line)).sum::<usize>(), 30);
        assert_eq!(height, (1 + long.len()) as f64 * ROW);
    }
}
