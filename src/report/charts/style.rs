//! What all charts share: colours, sizes, the font, and text that fits.

use super::canvas::{Align, Stroke};
use crate::stats::Study;
use plotters::style::{FontDesc, FontFamily, FontStyle};
use std::sync::OnceLock;

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// Whether [`INK`] would be lost on it.
    pub fn is_dark(self) -> bool {
        self.0.max(self.1).max(self.2) < 0x80
    }
}

pub const INK: Colour = Colour(0x22, 0x22, 0x22);
pub const GREY: Colour = Colour(0x70, 0x70, 0x70);
pub const GRID: Colour = Colour(0xE4, 0xE4, 0xE4);
pub const PAPER: Colour = Colour(0xFF, 0xFF, 0xFF);

/// Colours that people with any colour vision tell apart, the ones weak on white last.
/// Source: Okabe and Ito, Color Universal Design, 2008.
const OKABE_ITO: [Colour; 8] = [
    Colour(0x00, 0x72, 0xB2),
    Colour(0xD5, 0x5E, 0x00),
    Colour(0x00, 0x9E, 0x73),
    Colour(0xCC, 0x79, 0xA7),
    Colour(0xE6, 0x9F, 0x00),
    Colour(0x56, 0xB4, 0xE9),
    Colour(0x00, 0x00, 0x00),
    Colour(0xF0, 0xE4, 0x42),
];
const DASHES: [&[f64]; 4] = [&[], &[7.0, 4.0], &[2.0, 2.5], &[9.0, 3.0, 2.0, 3.0]];

pub const WIDTH: f64 = 440.0;
pub const MARGIN: f64 = 12.0;

/// The line of an architecture in the colour of its area; colours come again with other dashes.
pub fn stroke_of(architecture: usize) -> Stroke {
    let dash = DASHES[architecture / OKABE_ITO.len() % DASHES.len()];
    Stroke { colour: fill_of(architecture), width: 1.75, dash }
}

/// The area of an architecture; colours come again paler.
pub fn fill_of(architecture: usize) -> Colour {
    let paleness = architecture / OKABE_ITO.len() % 3;
    let Colour(red, green, blue) = OKABE_ITO[architecture % OKABE_ITO.len()];
    let pale = |part: u8| (255 - (255 - u32::from(part)) * (10 - 3 * paleness as u32) / 10) as u8;
    Colour(pale(red), pale(green), pale(blue))
}

pub fn hairline(colour: Colour) -> Stroke {
    Stroke { colour, width: 1.0, dash: &[] }
}

#[derive(Clone, Copy)]
pub struct TextLook {
    /// The em, in pixels of the web.
    pub size: f64,
    pub colour: Colour,
    pub weight: FontStyle,
    pub align: Align,
}

const fn look(size: f64, colour: Colour, weight: FontStyle) -> TextLook {
    TextLook { size, colour, weight, align: Align::Left }
}

pub const TITLE: TextLook = look(16.0, INK, FontStyle::Bold);
pub const SUBTITLE: TextLook = look(12.0, GREY, FontStyle::Normal);
pub const LABEL: TextLook = look(13.5, INK, FontStyle::Normal);
pub const TICK: TextLook = look(12.5, INK, FontStyle::Normal);

impl TextLook {
    pub const fn aligned(self, align: Align) -> TextLook {
        TextLook { align, ..self }
    }
}

/// Vector pictures name it, images are drawn with the embedded one. Verdana has the same widths.
pub const FONT: &str = "DejaVu Sans, Verdana, sans-serif";

/// plotters keeps one table of fonts for the whole process; filling it again would only cost time.
pub fn register_fonts() -> Result<(), &'static str> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let is_registered = *REGISTERED.get_or_init(|| {
        [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())]
            .into_iter()
            .all(|(weight, bytes)| plotters::style::register_font(FONT, weight, bytes).is_ok())
    });
    if is_registered { Ok(()) } else { Err("the embedded font cannot be read") }
}

/// The width of a text in pixels of the web.
pub fn text_width(text: &str, look: &TextLook) -> f64 {
    /// Backends measure in whole numbers, so we ask for a large font.
    const PIXELS_PER_EM: f64 = 500.0;
    /// Asian characters, which the embedded font lacks, are as wide as high in those that have them.
    const FIRST_WIDE: char = '\u{2e80}';
    let text = printable(text);
    let wide = text.chars().filter(|&c| c >= FIRST_WIDE).count() as f64;
    let narrow: String = text.chars().filter(|&c| c < FIRST_WIDE).collect();
    let is_known = register_fonts().is_ok();
    // 1.164: ascent and descent of the font, which plotters takes for its size.
    let font = FontDesc::new(FontFamily::Name(FONT), PIXELS_PER_EM * 1.164, look.weight);
    let measured = if is_known { font.layout_box(&narrow).ok() } else { None };
    let ems = match measured {
        Some((_, (width, _))) => f64::from(width) / PIXELS_PER_EM,
        None => 0.65 * narrow.chars().count() as f64,
    };
    (ems + wide) * look.size
}

/// Without what XML forbids or what would turn the text around; white space becomes a space.
pub fn printable(text: &str) -> String {
    let is_turning = |c: char| matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| if matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .filter(|&c| !c.is_control() && !is_turning(c) && !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .collect()
}

const ELLIPSIS: char = '…';

/// `text`, or as much of its beginning as fits, with an ellipsis.
pub fn shortened(text: &str, width: f64, look: &TextLook) -> String {
    longest_fitting(text, width, look, |letters, kept| {
        let head: String = letters[..kept].iter().collect();
        format!("{}{ELLIPSIS}", head.trim_end())
    })
}

/// `text` in lines that fit, cut at spaces where there are any; never empty.
pub fn wrapped(text: &str, width: f64, look: &TextLook) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    let text = printable(text);
    for piece in text.split_inclusive([' ', '/']) {
        let mut rest = piece.to_owned();
        while !rest.is_empty() {
            let line = lines.last().map_or("", String::as_str);
            let longer = format!("{line}{rest}");
            if text_width(longer.trim_end(), look) <= width {
                if let Some(line) = lines.last_mut() {
                    *line = longer;
                }
                break;
            }
            if !line.trim().is_empty() {
                lines.push(String::new());
                continue;
            }
            // A word that is wider than a line.
            let letters: Vec<char> = rest.chars().collect();
            let fits = |count: &usize| {
                text_width(&letters[..*count].iter().collect::<String>(), look) <= width
            };
            let count = (1..letters.len()).rev().find(fits).unwrap_or(1);
            if let Some(line) = lines.last_mut() {
                line.extend(&letters[..count]);
            }
            rest = letters[count..].iter().collect();
            if !rest.is_empty() {
                lines.push(String::new());
            }
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// `name`, or as much of its beginning and its end as fits: names often differ only there.
pub fn shortened_name(name: &str, width: f64, look: &TextLook) -> String {
    longest_fitting(name, width, look, |letters, kept| {
        let head = kept.div_ceil(2);
        let (head, tail) = (&letters[..head], &letters[letters.len() - (kept - head)..]);
        head.iter().chain([&ELLIPSIS]).chain(tail).collect()
    })
}

fn longest_fitting(
    text: &str,
    width: f64,
    look: &TextLook,
    shorten: impl Fn(&[char], usize) -> String,
) -> String {
    let text = printable(text);
    if text_width(&text, look) <= width {
        return text;
    }
    let letters: Vec<char> = text.chars().collect();
    // Titles may be of any length, and no letter is narrower than a fifth of an em.
    let most = letters.len().saturating_sub(1).min((width / (0.2 * look.size)).max(0.0) as usize);
    (1..=most)
        .rev()
        .map(|kept| shorten(&letters, kept))
        .find(|short| text_width(short, look) <= width)
        .unwrap_or_else(|| ELLIPSIS.to_string())
}

/// The title of the study and the number of replications, within `width`.
pub fn subtitle(study: &Study, width: f64) -> String {
    subtitle_of(&study.title, study.replications, width)
}

pub fn subtitle_of(title: &str, replications: u32, width: f64) -> String {
    let plural = if replications == 1 { "" } else { "s" };
    let count = format!("n = {replications} replication{plural}");
    if printable(title).trim().is_empty() {
        return count;
    }
    let tail = format!(" · {count}");
    let room = width - text_width(&tail, &SUBTITLE);
    shortened(title, room, &SUBTITLE) + &tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortened_text_fits_and_says_that_it_is_short() {
        let title = "A title that is much too long for the column of a paper";
        let short = shortened(title, 120.0, &SUBTITLE);
        assert!(short.ends_with('…') && text_width(&short, &SUBTITLE) <= 120.0, "{short}");
        assert!(title.starts_with(short.trim_end_matches('…')));
        assert_eq!(shortened("short", 120.0, &SUBTITLE), "short");
        assert_eq!(shortened(title, -5.0, &SUBTITLE), "…");
    }

    #[test]
    fn a_shortened_name_keeps_its_end() {
        let width = text_width("hybrid-with-c…che-two", &LABEL);
        let short = shortened_name("hybrid-with-a-large-cache-two", width, &LABEL);
        assert!(short.starts_with("hybrid-") && short.ends_with("-two"), "{short}");
    }

    #[test]
    fn wrapped_text_loses_nothing_and_fits() {
        let text = "outages of server in a-file-with-a-name-that-is-wider-than-a-line.csv";
        let lines = wrapped(text, 110.0, &LABEL);
        assert!(lines.len() > 3 && lines.iter().all(|line| text_width(line, &LABEL) <= 110.0));
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert_eq!(wrapped("short", 110.0, &LABEL), ["short"]);
        assert_eq!(wrapped("", 110.0, &LABEL), [""]);
    }

    #[test]
    fn letters_of_several_bytes_are_shortened_whole() {
        assert!(shortened_name("äöüäöüäöüäöüäöü", 60.0, &LABEL).contains('…'));
        assert!(text_width("漢字", &LABEL) >= 2.0 * LABEL.size);
    }

    #[test]
    fn what_xml_forbids_is_not_printed() {
        assert_eq!(printable("a\u{0}b\tc\u{ffff}\u{202e}d"), "ab cd");
    }

    #[test]
    fn the_first_twenty_four_architectures_have_looks_of_their_own() {
        for a in 0..24 {
            for b in 0..a {
                let (one, other) = (stroke_of(a), stroke_of(b));
                assert!(one.colour != other.colour || one.dash != other.dash, "{a} {b}");
                assert!(fill_of(a) != fill_of(b) && one.colour == fill_of(a), "{a} {b}");
            }
        }
    }
}
