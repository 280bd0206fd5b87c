//! How many bytes the small messages of finders would have: what they are counted with, for they take no line.
//!
//! A size is that of the headers and of what the message has to say. Where a protocol says how its messages look, that is
//! taken; where none does, or it is a secret (Chord, FastTrack), the layout is ours and says so. A name is as long as an
//! identifier. What does not fit into one packet needs headers for each.
//!
//! Sources: RFC 791, 768 and 793 for headers, without options; the Gnutella protocol specification 0.4, 2001, for floods,
//! walks and broadcasts; BEP 5 (DHT protocol) for `kademlia`; the Napster protocol as OpenNap has written it down, 2000, for the
//! header of a directory.

/// IPv4 and UDP.
const UDP: u64 = 20 + 8;
/// IPv4 and TCP.
const TCP: u64 = 20 + 20;
/// Of a packet of 1,500 bytes, behind the longer headers.
const MOST_PAYLOAD: u64 = 1460;

/// An identifier (SHA-1), and a name of about that length.
const NAME: u64 = 20;
/// An address and a port: "compact peer info".
const PEER: u64 = 4 + 2;
/// An identifier as well: "compact node info".
const CONTACT: u64 = NAME + PEER;

const fn in_packets(header: u64, payload: u64) -> u64 {
    let packets = if payload <= MOST_PAYLOAD { 1 } else { payload.div_ceil(MOST_PAYLOAD) };
    payload + packets * header
}

/// As in Gnutella 0.4.
pub mod gnutella {
    use super::{NAME, PEER, TCP, UDP, in_packets};

    /// Of a descriptor: its identifier, type, hops and length.
    const DESCRIPTOR: u64 = 23;
    /// The slowest that may answer, and what is looked for, with a zero at its end.
    const SOUGHT: u64 = 2 + NAME + 1;
    /// How many hits, port, address, speed, and the identifier of who answers.
    const ANSWER: u64 = 1 + PEER + 4 + 16;
    /// The number of a file, its size, and its name with two zeros.
    const FILE: u64 = 4 + 4 + NAME + 2;
    /// Port, address, and how many files of what size: the answer to a ping.
    const PONG: u64 = PEER + 4 + 4;

    pub const QUERY: u64 = in_packets(TCP, DESCRIPTOR + SOUGHT);
    /// Of who has one file that was looked for.
    pub const HIT: u64 = in_packets(TCP, DESCRIPTOR + ANSWER + FILE);
    /// Two become neighbours: a ping and its answer.
    pub const GREETING: u64 = in_packets(TCP, DESCRIPTOR);
    pub const GREETED: u64 = in_packets(TCP, DESCRIPTOR + PONG);
    /// On a LAN, to all.
    pub const BROADCAST_QUERY: u64 = in_packets(UDP, DESCRIPTOR + SOUGHT);
    pub const BROADCAST_HIT: u64 = in_packets(UDP, DESCRIPTOR + ANSWER + FILE);
    /// A question that is to be answered straight to who asks. Walks are no part of the specification.
    pub const WALK: u64 = in_packets(TCP, DESCRIPTOR + SOUGHT + PEER);
    /// A word without content.
    pub const WORD: u64 = in_packets(TCP, DESCRIPTOR);

    /// Of a supernode, which names so many of its leaves. FastTrack keeps its layout secret.
    pub const fn hit_of(leaves: usize) -> u64 {
        in_packets(TCP, DESCRIPTOR + ANSWER + leaves as u64 * (FILE + PEER))
    }

    /// A leaf says that it has so many files.
    pub const fn offer(files: usize) -> u64 {
        in_packets(TCP, DESCRIPTOR + files as u64 * FILE)
    }
}

/// Of a directory: the header is Napster's, a length and a type; the rest is ours, where Napster has text.
pub mod directory {
    use super::{NAME, PEER, TCP, in_packets};

    const HEADER: u64 = 4;

    pub const QUERY: u64 = in_packets(TCP, HEADER + NAME);

    pub const fn peers(count: usize) -> u64 {
        in_packets(TCP, HEADER + count as u64 * PEER)
    }

    /// A peer tells of so many objects that it has, or of one that it has no longer.
    pub const fn offer(objects: usize) -> u64 {
        in_packets(TCP, HEADER + objects as u64 * NAME)
    }
}

/// Of items on the disks of others: ours.
pub mod storage {
    use super::{NAME, PEER, TCP, in_packets};

    /// What it is about: a kind, and an item.
    const HEADER: u64 = 4 + NAME;

    pub const WORD: u64 = in_packets(TCP, HEADER);
    /// The same with the size of a piece.
    pub const OFFER: u64 = in_packets(TCP, HEADER + 8);

    /// A directory names so many.
    pub const fn told(count: usize) -> u64 {
        in_packets(TCP, HEADER + count as u64 * PEER)
    }
}

/// Of a ring: ours, for Chord has no layout of its own.
pub mod chord {
    use super::{CONTACT, NAME, PEER, UDP, in_packets};

    /// Which question it is, and what is asked.
    const HEADER: u64 = 4;

    pub const WORD: u64 = in_packets(UDP, HEADER);
    /// For the owner of a key.
    pub const ASK: u64 = in_packets(UDP, HEADER + NAME);
    /// The same for somebody else, who is to be answered.
    pub const PASSED_ON: u64 = in_packets(UDP, HEADER + NAME + CONTACT);
    /// A key, and who has what it names.
    pub const POINTER: u64 = NAME + PEER;
    pub const STORE: u64 = pointers(1);

    pub const fn contacts(count: usize) -> u64 {
        in_packets(UDP, HEADER + count as u64 * CONTACT)
    }

    pub const fn providers(count: usize) -> u64 {
        in_packets(UDP, HEADER + count as u64 * PEER)
    }

    pub const fn pointers(count: usize) -> u64 {
        in_packets(UDP, HEADER + count as u64 * POINTER)
    }
}

/// As in BEP 5, where each is a dictionary that is written as text (bencoding), with its examples' tokens and transactions.
pub mod kademlia {
    use super::{CONTACT, PEER, UDP, in_packets};

    /// `find_node`, to look after what is known.
    pub const FIND_NODE: u64 = in_packets(UDP, 92);
    /// `get_peers`, for a client.
    pub const GET_PEERS: u64 = in_packets(UDP, 95);
    /// `announce_peer`.
    pub const ANNOUNCE: u64 = in_packets(UDP, 129);
    /// An answer without what it names; a number of bytes of three digits.
    const NODES: u64 = 58;
    const VALUES: u64 = 74;
    /// A peer, and how long that is.
    const VALUE: u64 = 2 + PEER;

    /// The nearest.
    pub const fn nodes(count: usize) -> u64 {
        in_packets(UDP, NODES + count as u64 * CONTACT)
    }

    /// Those that have it.
    pub const fn values(count: usize) -> u64 {
        in_packets(UDP, VALUES + count as u64 * VALUE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_as_long_as_in_their_specifications() {
        // BEP 5 gives examples.
        let find_node = "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe";
        let get_peers = "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe";
        assert_eq!(kademlia::FIND_NODE, 28 + find_node.len() as u64);
        assert_eq!(kademlia::GET_PEERS, 28 + get_peers.len() as u64);
        let values = "d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u6:idhtnmee1:t2:aa1:y1:re";
        assert_eq!(kademlia::values(2), 28 + values.len() as u64);
        // 23 of the descriptor; 2, a name of 20 and a zero; 40 of TCP and IP.
        assert_eq!(gnutella::QUERY, 86);
        // 11 before the files, one of 8, a name and two zeros, and 16 at the end.
        assert_eq!(gnutella::HIT, 40 + 23 + 11 + 30 + 16);
        assert_eq!(gnutella::hit_of(0), 40 + 23 + 11 + 16);
    }

    #[test]
    fn what_is_longer_than_a_packet_has_more_headers() {
        assert_eq!(chord::contacts(56), 28 + 4 + 56 * 26);
        // 4 + 57 x 26 = 1,486 bytes.
        assert_eq!(chord::contacts(57), 2 * 28 + 4 + 57 * 26);
    }
}
