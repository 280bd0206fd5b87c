//! Erlang's formulas for lines that calls find busy, and the number of lines that is enough.
//!
//! Source: Erlang 1917, in Brockmeyer, Halstrom and Jensen, "The life and works of A. K. Erlang",
//! 1948. The recursion is exact and loses no digits.

/// Probability that a call finds all `lines` busy and is lost, at an offered load in erlang (arrival
/// rate x mean holding time); holds for every distribution of holding times.
pub fn erlang_b(load: f64, lines: u32) -> f64 {
    (1..=lines).fold(1.0, |blocked, line| {
        let offered = load * blocked;
        offered / (f64::from(line) + offered)
    })
}

/// Probability that a job has to wait for one of `workers`, first in first out, exponential work;
/// 1 when the load is not below the number of workers.
pub fn erlang_c(load: f64, workers: u32) -> f64 {
    let utilisation = load / f64::from(workers);
    if utilisation >= 1.0 {
        return 1.0;
    }
    let blocked = erlang_b(load, workers);
    blocked / (1.0 - utilisation * (1.0 - blocked))
}

/// The least number of lines at which no more than `blocked` of all calls are lost; `blocked` > 0.
pub fn lines_for(load: f64, blocked: f64) -> u32 {
    let (mut lines, mut found) = (0, 1.0);
    while found > blocked {
        lines += 1;
        found = load * found / (f64::from(lines) + load * found);
    }
    lines
}

/// The greatest load (erlang) at which `lines` lose no more than `blocked` of all calls.
pub fn load_for(lines: u32, blocked: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while erlang_b(high, lines) < blocked {
        high *= 2.0;
    }
    // 200 halvings leave nothing but the last bit.
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        match erlang_b(middle, lines) <= blocked {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}
