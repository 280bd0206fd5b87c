//! Workloads at cash machines.

use std::collections::BTreeMap;

use super::super::bank_spec::{BankSpec, MixSpec, TransactionSpec};
use super::super::estimate::Estimate;
use super::super::spec::Named;
use super::super::trace::Sort;
use super::super::tree::Field;
use super::super::values::Number;
use super::checks::{Checks, check_name};
use super::demand::size_or_none;
use super::faults::groups_or_nodes;
use super::groups::Groups;
use super::policy::{Written, policy};
use super::recorded::{Surroundings, arrivals_and_trace};
use crate::model::{Bank, Demand, Errands, Policy, StationId, Step, Transactions, Wants};
use crate::network::NodeId;
use crate::random::Distribution;
use crate::units::Bytes;

/// Most accounts of all banks: each takes memory in every run.
const MOST_ACCOUNTS: u64 = 1 << 30;

pub fn transaction(
    spec: TransactionSpec,
    around: Surroundings<'_>,
    checks: &mut Checks<'_>,
) -> Option<(Demand, Policy)> {
    let banks_span = spec.banks.span();
    let banks = banks(spec.banks.into_inner(), around.groups, around.run.memory_limit, checks);
    let mix = mix(spec.mix, checks);
    let askers = banks.as_deref().map(askers);
    let sort = Sort::Transaction { banks: banks.as_deref() };
    let arrivals = arrivals_and_trace(spec.arrivals, askers.as_deref(), sort, around, checks);
    let foreign = probability(spec.foreign, checks);
    let interbank = probability(spec.interbank, checks);
    let amount = checks.required(spec.amount);
    let balance = checks.required(spec.balance);
    let question = size_or_none(spec.question, checks);
    let answer = size_or_none(spec.answer, checks);
    let work = checks.optional(spec.work);
    let forced_write = checks.optional(spec.forced_write);
    let written = Written {
        timeout: spec.timeout,
        retry: spec.retry,
        circuit_breaker: spec.circuit_breaker,
        ..Written::default()
    };
    let policy = policy(written, checks);
    let none = Distribution::Constant(0.0);
    let amount = match amount? {
        (span, amount) if amount.distribution.maximum() < 1.0 => {
            checks.problem(span, "an amount of nothing", "expected at least 1 cent");
            None
        }
        (_, amount) => Some(amount.distribution),
    };
    let (banks, (mix_span, mix)) = (banks?, mix?);
    let (askers, (arrivals, recorded)) = (askers?, arrivals?);
    let transactions = Transactions {
        mix,
        foreign: foreign?,
        interbank: interbank?,
        amount: amount?,
        balance: balance?.1.distribution,
        forced_write: forced_write?.map_or(none.clone(), |(_, write)| write.distribution),
        errands: Errands {
            question: question?,
            steps: vec![Step {
                station: StationId::CPU,
                work: work?.map_or(none, |(_, work)| work.distribution),
            }],
            answer: answer?,
            priority: 0,
            recorded: recorded.errands,
        },
        recorded: recorded.customers,
        banks,
    };
    if askers.is_empty() {
        checks
            .problem(banks_span, "none of these banks has a machine", "nobody asks for anything")
            .help("write machines = \"GROUP\" in the table of a bank");
        return None;
    }
    if mix[3] > 0.0 && transactions.account_count() < 2 {
        checks.problem(mix_span, "a transfer from the only account", "nobody could be paid");
        return None;
    }
    let wants = Wants::Transaction(Box::new(transactions));
    Some((Demand::Drawn { askers, arrivals, wants }, policy?))
}

/// All machines, in ascending order.
fn askers(banks: &[Bank]) -> Vec<NodeId> {
    let mut askers: Vec<NodeId> =
        banks.iter().flat_map(|bank| bank.machines.iter().copied()).collect();
    askers.sort_unstable();
    askers
}

fn banks(
    specs: Named<BankSpec>,
    groups: &Groups,
    memory_limit: Bytes,
    checks: &mut Checks<'_>,
) -> Option<Vec<Bank>> {
    let mut banks: Vec<Bank> = Vec::new();
    let mut is_sound = true;
    let mut first: u64 = 0;
    let mut owners: BTreeMap<NodeId, String> = BTreeMap::new();
    for (name, BankSpec { machines, accounts }) in specs {
        let valid_name = check_name("a bank", &name, checks);
        let machines = match machines {
            None => Some(Vec::new()),
            Some(field) => {
                let span = field.span.clone();
                let machines = groups_or_nodes(field, groups, checks);
                machines.filter(|machines| {
                    let owned = machines.iter().find_map(|machine| owners.get(machine));
                    if let Some(owner) = owned {
                        let message = format!("some of these machines belong to {owner:?}");
                        checks.problem(span, message, "a machine has one owner");
                        return false;
                    }
                    owners
                        .extend(machines.iter().map(|&machine| (machine, name.get_ref().clone())));
                    true
                })
            }
        };
        let accounts = checks.required(accounts).and_then(|(span, count)| {
            let end = first.saturating_add(count.0);
            let needed = Estimate::of_accounts(end);
            if count.0 == 0 || end > MOST_ACCOUNTS || needed > memory_limit {
                let message = format!("{} accounts", count.0);
                let label = format!("expected at least 1, and {MOST_ACCOUNTS} in all at the most");
                checks.problem(span, message, label).help("the limit is `memory_limit` in [run]");
                return None;
            }
            Some(first as u32..end as u32)
        });
        match (valid_name, machines, accounts) {
            (Some(name), Some(machines), Some(accounts)) => {
                first = u64::from(accounts.end);
                banks.push(Bank { name, machines, accounts });
            }
            _ => is_sound = false,
        }
    }
    is_sound.then_some(banks)
}

/// The place of one that is written, and the weights in the order of the model.
fn mix(spec: MixSpec, checks: &mut Checks<'_>) -> Option<(std::ops::Range<usize>, [f64; 4])> {
    let MixSpec { balance, withdrawal, deposit, transfer } = spec;
    let mut weights = [0.0; 4];
    let mut place = 0..0;
    let mut is_sound = true;
    for (weight, field) in weights.iter_mut().zip([balance, withdrawal, deposit, transfer]) {
        match checks.optional(field) {
            Some(None) => {}
            Some(Some((span, number))) if number.0 < 0.0 => {
                let message = format!("a weight of {}", number.0);
                checks.problem(span, message, "expected 0 or more");
                is_sound = false;
            }
            Some(Some((span, number))) => (*weight, place) = (number.0, span),
            None => is_sound = false,
        }
    }
    if is_sound && weights.iter().sum::<f64>() <= 0.0 {
        checks
            .problem(place.clone(), "customers want nothing", "expected a weight above 0")
            .help("write mix = { withdrawal = 1.0 }");
        is_sound = false;
    }
    is_sound.then_some((place, weights))
}

fn probability(field: Option<Field<Number>>, checks: &mut Checks<'_>) -> Option<f64> {
    match checks.optional(field)? {
        Some((span, number)) if !(0.0..=1.0).contains(&number.0) => {
            let message = format!("{} is no probability", number.0);
            checks.problem(span, message, "expected 0 to 1");
            None
        }
        number => Some(number.map_or(0.0, |(_, number)| number.0)),
    }
}
