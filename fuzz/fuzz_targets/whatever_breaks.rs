//! Runs the scenario that some bytes choose, and checks what must hold whatever breaks.

#![no_main]

#[path = "../../tests/whatever_breaks/mod.rs"]
mod whatever_breaks;

use libfuzzer_sys::fuzz_target;
use whatever_breaks::{Chance, Dice, run_and_check};

/// Choices that stand in bytes; when there are none left, the first thing is chosen.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> usize {
        let Some((&byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(byte)
    }
}

impl Chance for Bytes<'_> {
    fn below(&mut self, count: usize) -> usize {
        // Only numbers of milliseconds and kilobytes need two.
        let chosen = if count <= 256 { self.next() } else { self.next() << 8 | self.next() };
        chosen % count
    }
}

fuzz_target!(|bytes: &[u8]| {
    let case = Dice::new(Bytes(bytes)).case(1);
    let folder = std::env::temp_dir().join(format!("hubmesh-fuzz-{}", std::process::id()));
    if let Err(what) = run_and_check(&case, &folder) {
        panic!("{what}\n{}\n{}", case.text, case.outages);
    }
});
