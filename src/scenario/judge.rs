//! Reads single values by the name of their type, for a scenario whose structure is broken.
//!
//! A scenario with an unknown or missing key cannot be read as a whole; what is wrong with its
//! values can be told all the same.

use serde::Deserialize;
use serde_spanned::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use super::ad_hoc_spec::Placed;
use super::architecture_spec::Lookups;
use super::balance_value::BalanceValue;
use super::call_spec::{People, Picture, SetUpWord};
use super::churn_spec::Goodbyes;
use super::diagnostics::Problem;
use super::expect_spec::Limit;
use super::fault_spec::{AccessSide, AttackBy, Together};
use super::group_spec::SpreadWord;
use super::job_spec::{DataWay, FindWord};
use super::length_value::{Metres, MetresPerSecond, Points};
use super::network_spec::{MatrixKind, MatrixUnit};
use super::place::Place;
use super::print_spec::{FindPrinterWord, SpoolWord};
use super::random_value::Random;
use super::sharing_spec::Reach;
use super::spec::Until;
use super::storage_spec::AllOrCount;
use super::sweep_spec::SweepSpec;
use super::transport_spec::{TransportWord, Window};
use super::tree::{Leaf, Node};
use super::values::{
    AutoOrCount, AutoOrTime, Count, Frequency, Instants, Names, Number, Pages, Stay, Text, Word,
    ZipfExponent,
};
use crate::architectures::deliveries::{ConferenceWay, MediaWay, PieceSelection};
use crate::architectures::finders::Choose;
use crate::architectures::{Amount, Preference, Replication, Traversal};
use crate::model::{Codec, Discipline, Eviction, Spread, Start, Whose};
use crate::network::{Congestion, Metric, Queue, Ties};
use crate::units::{Bytes, Cents, Duration, Rate};

macro_rules! first_problem {
    ($type_name:expr, $node:expr; $($leaf:ty),* $(,)?) => {
        $(if $type_name == std::any::type_name::<$leaf>() {
            return <$leaf>::read($node).err();
        })*
    };
}

/// What is wrong with `value` as a `type_name`, the mark of its schema.
pub fn problem_of(type_name: &str, value: &Spanned<DeValue<'_>>) -> Option<Problem> {
    let node = Node::deserialize(ValueDeserializer::from(value.clone())).ok()?;
    first_problem!(type_name, &node;
        bool, AllOrCount, Limit, SweepSpec, AutoOrCount, AutoOrTime, Bytes, Cents, Goodbyes, Word<Start>, Random<Cents>, Word<Replication>, Count, Duration, Frequency, Instants, Names, Number, Place, Rate, Stay, Together,
        Text, ZipfExponent, Random<Bytes>, Random<Duration>, Random<Rate>, BalanceValue, Word<Discipline>, Word<AccessSide>, Word<AttackBy>,
        Word<MatrixKind>, Word<MatrixUnit>, Word<Metric>, Word<Ties>, Word<Lookups>, Word<Choose>, Word<Traversal>, Word<PieceSelection>, Word<Eviction>, Word<Spread>, Word<Whose>, Word<Preference>, Word<DataWay>, Word<FindWord>, Word<Amount>, Word<Codec>, Word<MediaWay>, Word<ConferenceWay>, Random<People>, Picture, Word<SetUpWord>, Word<SpreadWord>, Word<SpoolWord>, Word<FindPrinterWord>, Random<Pages>, Reach, Word<TransportWord>, Word<Until>, Word<Congestion>, Queue, Window, Metres, MetresPerSecond, Points, Word<Placed>,
    );
    debug_assert!(false, "{type_name} is missing in the list above");
    None
}
