//! How good a conversation is, and what it sends.

use hubmesh::metrics::voice::{
    DelayRule, effective_impairment, late_share, opinion, rating, total_loss,
};
use hubmesh::model::Codec;
use hubmesh::units::Duration;
use serde_json::Value;

use super::{Case, Checked, Findings};

pub fn e_model(case: &Case) -> Checked<Findings> {
    let mut findings = Findings::default();
    let millis = case.number("Ta")?;
    let effective = effective_impairment(
        case.number("Ie")?,
        case.number("Bpl")?,
        case.number("Ppl")? / 100.0,
        case.number("BurstR")?,
    );
    findings.value("Ie_eff", "formula", effective);
    let rules = [
        (DelayRule::ColeRosenbluth, ["Id_cole", "R_cole", "MOS_cole"]),
        (DelayRule::G107, ["Idd_g107", "R_g107", "MOS_g107"]),
    ];
    for (rule, [of_delay, of_all, of_listeners]) in rules {
        let rated = rating(rule, millis, effective);
        findings.value(of_delay, "formula", rule.impairment(millis));
        findings.value(of_all, "formula", rated);
        findings.value(of_listeners, "formula", opinion(rated));
    }
    Ok(findings)
}

/// The codec that a case calls so.
fn codec(case: &Case) -> Checked<Codec> {
    let name = match case.param("codec")?.as_str() {
        Some("g711_plc") => "g711",
        Some("g729a_vad") => "g729",
        other => return Err(format!("which codec is {other:?}?")),
    };
    let found = Codec::ALL.iter().find(|(other, _)| *other == name);
    found.map(|&(_, codec)| codec).ok_or_else(|| format!("there is no codec {name}"))
}

pub fn jitter_buffer(case: &Case) -> Checked<Findings> {
    let mut findings = Findings::default();
    let codec = codec(case)?;
    for (key, own) in [("packetisation_ms", codec.packet), ("lookahead_ms", codec.look_ahead)] {
        findings.close(key, 1000.0 * own.secs(), case.number(key)?, 1e-12);
    }
    let buffer = case.number("buffer_ms")?;
    let late = late_share(buffer, case.number("jitter_mean_ms")?);
    let loss = total_loss(case.number("network_loss")?, late);
    let own = 1000.0 * (codec.packet.secs() + codec.look_ahead.secs());
    let millis = own + case.number("base_delay_ms")? + buffer;
    let effective = effective_impairment(codec.impairment, codec.robustness, loss, 1.0);
    let rated = rating(DelayRule::ColeRosenbluth, millis, effective);
    // Formulas are no simulation of packets: what the case allows is not needed.
    let found = [("late", late), ("total_loss", loss), ("Ta", millis), ("R_cole", rated)];
    for (key, value) in found.into_iter().chain([("MOS_cole", opinion(rated))]) {
        findings.within(key, "formula", value, 1e-9);
    }
    Ok(findings)
}

pub fn bandwidth(case: &Case) -> Checked<Findings> {
    let mut findings = Findings::default();
    let named = |name: &str| {
        let found = Codec::ALL.iter().find(|(other, _)| *other == name);
        found.map(|&(_, codec)| codec).ok_or_else(|| format!("there is no codec {name}"))
    };
    let with = |name: &str, millis: u64| -> Checked<f64> {
        let codec = named(name)?.in_packets_of(Duration::from_nanos(millis * 1_000_000));
        Ok(codec.rate().bits_per_second())
    };
    for (key, name, millis) in [
        ("g711_20ms", "g711", 20),
        ("g711_10ms", "g711", 10),
        ("g729_20ms", "g729", 20),
        ("g729_40ms", "g729", 40),
        ("g7231_63_30ms", "g723", 30),
    ] {
        findings.value(key, "codec", with(name, millis)?);
    }
    let headers = with("g711", 20)? - 64_000.0;
    findings.close("headers", headers * 0.020 / 8.0, case.number("header_bytes")?, 1e-12);
    let calls = (1.536e6 / with("g711", 20)?).floor();
    findings.value("calls_g711_20ms_on_1.536Mbit", "codec", Value::from(calls));
    Ok(findings)
}
