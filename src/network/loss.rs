//! What random loss and a window leave of the rate of a long-lived TCP flow.

use crate::units::Bytes;

/// Segments that a receiver acknowledges together.
const ACKED_TOGETHER: f64 = 2.0;

/// Bit/s of a flow that loses a share `loss` of its segments and recovers from some losses by a
/// `timeout` (s): Padhye, Firoiu, Towsley and Kurose, SIGCOMM 1998, the approximation with which
/// their section II ends, without its limit by the window. `rtt` in seconds; `acked_together`:
/// segments an acknowledgement.
pub fn padhye(segment: Bytes, rtt: f64, timeout: f64, acked_together: f64, loss: f64) -> f64 {
    let fast = rtt * libm::sqrt(2.0 * acked_together * loss / 3.0);
    let slow = timeout
        * (3.0 * libm::sqrt(3.0 * acked_together * loss / 8.0)).min(1.0)
        * loss
        * (1.0 + 32.0 * loss * loss);
    segment.bits() / (fast + slow)
}

/// The same of Reno as hubmesh models it: timeouts of a round trip, but 0.2 s at least.
pub(super) fn reno(segment: Bytes, rtt: f64, loss: f64) -> f64 {
    padhye(segment, rtt, rtt.max(0.2), ACKED_TOGETHER, loss)
}

/// Segments that a flow has on its way when a share `loss` of them is lost and none by timeouts;
/// so many a round trip are its rate. Mathis, Semke, Mahdavi and Ott, CCR 27(3), 1997, formula (3).
pub fn mathis_window(acked_together: f64, loss: f64) -> f64 {
    libm::sqrt(1.5 / (acked_together * loss))
}

/// Bit/s of a flow with a window a round trip of `rtt` seconds.
pub fn window_limit(window: Bytes, rtt: f64) -> f64 {
    window.bits() / rtt
}
