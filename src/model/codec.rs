//! Codecs of conversations: what they send, how long they take, and what they do to speech.
//!
//! `impairment` (Ie) and `robustness` (Bpl) are those of the E-model. Sources: ITU-T G.113, appendix I, for
//! G.711, G.729A with silence suppression, G.723.1 and GSM-EFR; for Opus there is none: at 24 kbit/s and more it is
//! taken for as good as G.711, which is the best of the narrow-band scale, and at 16 kbit/s for GSM-EFR. Look-ahead:
//! of each recommendation, and RFC 6716, section 2, for Opus.

use crate::units::{Bytes, Duration, Rate};

/// RTP 12, UDP 8 and IPv4 20 bytes of each packet.
const HEADERS: f64 = 40.0;

/// Of all packets that are full.
pub const FULL_PACKET: Bytes = Bytes::new(1500);

/// Pictures by their lines, at 16:9 and up to 30 a second: bit/s without headers. They are the target rates of WebRTC, which most
/// browsers use (`kSimulcastFormatsVP8` in its `media/engine/simulcast.cc`); it sends less where it measures that there is less.
pub const PICTURES: &[(&str, f64)] = &[("360p", 0.5e6), ("720p", 2.5e6), ("1080p", 4e6)];

/// What a picture of so many bit/s takes in full packets.
pub fn picture_rate(payload: f64) -> Rate {
    let packet = FULL_PACKET.count() as f64;
    Rate::from_bits_per_second(payload * packet / (packet - HEADERS))
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Codec {
    /// bit/s, without headers.
    payload: f64,
    /// Speech in a packet.
    pub packet: Duration,
    /// What it has to hear beyond that.
    pub look_ahead: Duration,
    /// Ie, of speech that all arrives.
    pub impairment: f64,
    /// Bpl, percent.
    pub robustness: f64,
}

const fn codec(payload: f64, millis: u64, look_ahead_micros: u64, ie: f64, bpl: f64) -> Codec {
    Codec {
        payload,
        packet: Duration::from_nanos(millis * 1_000_000),
        look_ahead: Duration::from_nanos(look_ahead_micros * 1000),
        impairment: ie,
        robustness: bpl,
    }
}

impl Codec {
    /// By the names that scenarios use.
    pub const ALL: &[(&str, Codec)] = &[
        ("g711", codec(64_000.0, 20, 0, 0.0, 25.1)),
        // Without concealment of what is lost.
        ("g711-plain", codec(64_000.0, 20, 0, 0.0, 4.3)),
        ("g729", codec(8_000.0, 20, 5_000, 11.0, 19.0)),
        // 6.3 kbit/s, in frames of whole bytes: 24 of them.
        ("g723", codec(6_400.0, 30, 7_500, 15.0, 16.1)),
        ("gsm-efr", codec(12_200.0, 20, 0, 5.0, 10.0)),
        ("opus-16", codec(16_000.0, 20, 6_500, 5.0, 10.0)),
        ("opus-24", codec(24_000.0, 20, 6_500, 0.0, 25.1)),
        ("opus-48", codec(48_000.0, 20, 6_500, 0.0, 25.1)),
    ];

    /// The same with packets of so much speech.
    pub fn in_packets_of(self, packet: Duration) -> Codec {
        Codec { packet, ..self }
    }

    /// What becomes of speech that a mixing server decodes and encodes again with it: impairments add up.
    pub fn twice(self) -> Codec {
        Codec { impairment: 2.0 * self.impairment, ..self }
    }

    /// What it sends while somebody talks, headers included.
    pub fn rate(&self) -> Rate {
        Rate::from_bits_per_second(self.payload + 8.0 * HEADERS / self.packet.secs())
    }

    /// Of a packet, headers included.
    pub fn packet_size(&self) -> Bytes {
        Bytes::new((self.payload * self.packet.secs() / 8.0 + HEADERS).round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_at_the_level_of_ip() {
        let rate = |name: &str| {
            let found = Codec::ALL.iter().find(|(other, _)| *other == name);
            found.map(|(_, codec)| (codec.rate().bits_per_second(), codec.packet_size().count()))
        };
        // 160 + 40 bytes each 20 ms; 20 + 40; 24 + 40 bytes each 30 ms.
        assert_eq!(rate("g711"), Some((80_000.0, 200)));
        assert_eq!(rate("g729"), Some((24_000.0, 60)));
        // 1,460 of 1,500 bytes are a picture.
        assert!((picture_rate(1.46e6).bits_per_second() - 1.5e6).abs() < 1e-6);
        let (g723, _) = rate("g723").unwrap();
        assert!((g723 - 8.0 * 64.0 / 0.03).abs() < 1e-6);
    }
}
