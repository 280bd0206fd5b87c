//! Work of the servers of banks.

use super::mean_rates::mean_rate_of;
use super::middleware_load;
use super::overload::add;
use super::station_load::{Loads, Split, Work};
use crate::architectures::BankNetwork;
use crate::model::{Demand, Model, StationId, Transactions, Wants, Workload};

/// The leader of each site does the work, those of both sites for a transfer from one to the other; the other
/// servers of a site only write as much.
pub fn add_banks(model: &Model, preset: &BankNetwork, loads: &mut Loads) {
    let mut banks =
        BankLoads { preset, at_sites: vec![Work::new(); preset.sites.len()], at_switch: 0.0 };
    for Workload { demand, .. } in model.served() {
        let Demand::Drawn { wants: Wants::Transaction(all), .. } = demand else { continue };
        let sizes = [all.errands.question.mean(), all.errands.answer.mean()];
        for (bank, owner) in all.banks.iter().enumerate() {
            let is_own = |node| owner.machines.binary_search(&node).is_ok();
            let rate = mean_rate_of(model, demand, is_own);
            if rate > 0.0 {
                let platforms = &preset.middleware;
                let work = middleware_load::at_servers(model, demand, platforms, sizes, is_own);
                banks.add(all, bank, (rate, work / rate));
            }
        }
    }
    for (site, work) in preset.sites.iter().zip(banks.at_sites) {
        let (leader, others) = site.split_at(1);
        loads.add(leader, &work, Split::Same);
        let mut at_others = Work::new();
        let records = work.get(&StationId::DISK).copied().unwrap_or(0.0);
        add(&mut at_others, StationId::DISK, records * others.len() as f64);
        loads.add(others, &at_others, Split::Same);
    }
    if let Some(switch) = preset.settings.switch {
        let at_switch = Work::from([(StationId::CPU, banks.at_switch)]);
        loads.add(&[switch], &at_switch, Split::Same);
    }
}

/// Work of leaders, and of who passes on for all banks.
struct BankLoads<'m> {
    preset: &'m BankNetwork,
    at_sites: Vec<Work>,
    at_switch: f64,
}

impl BankLoads<'_> {
    /// So many customers a second at the machines of a bank; `for_machine`: seconds that middleware works for one at the
    /// server that the machine asks.
    fn add(&mut self, all: &Transactions, bank: usize, (rate, for_machine): (f64, f64)) {
        let platforms = &self.preset.middleware;
        let sizes = [all.errands.question.mean(), all.errands.answer.mean()];
        let total: f64 = all.mix.iter().sum();
        let writing = 1.0 - all.mix[0] / total;
        let near = self.preset.site_of_bank[bank];
        for (home, share) in all.homes(bank, all.foreign) {
            let (site, rate) = (self.preset.site_of_bank[home], rate * share);
            self.add_steps(all, site, rate);
            self.write(all, site, rate * writing);
            if site == near {
                add(&mut self.at_sites[site], StationId::CPU, rate * for_machine);
            } else {
                let settings = &self.preset.settings;
                let passer = settings.switch.unwrap_or(self.preset.sites[near][0]);
                let [onward, onwards] = middleware_load::of_call(platforms, &[passer], sizes);
                let passing = rate * (settings.passing_work.secs() + for_machine + onward);
                match settings.switch {
                    Some(_) => self.at_switch += passing,
                    None => add(&mut self.at_sites[near], StationId::CPU, passing),
                }
                add(&mut self.at_sites[site], StationId::CPU, rate * onwards);
            }
            for (payee, share) in all.homes(home, all.interbank) {
                let there = self.preset.site_of_bank[payee];
                if there != site {
                    self.add_transfer(all, (site, there), rate * all.mix[3] / total * share);
                }
            }
        }
    }

    /// From an account of one site to one of another: three records, of which one is counted, and two calls, to
    /// prepare and with the verdict.
    fn add_transfer(&mut self, all: &Transactions, (site, there): (usize, usize), rate: f64) {
        let leader = self.preset.sites[site][0];
        let [asking, asked] =
            middleware_load::of_call(&self.preset.middleware, &[leader], [0.0, 0.0]);
        self.add_steps(all, there, rate);
        self.write(all, there, 2.0 * rate);
        add(&mut self.at_sites[site], StationId::CPU, 2.0 * rate * asking);
        add(&mut self.at_sites[there], StationId::CPU, 2.0 * rate * asked);
    }

    fn add_steps(&mut self, all: &Transactions, site: usize, rate: f64) {
        for step in &all.errands.steps {
            add(&mut self.at_sites[site], step.station, rate * step.work.mean());
        }
    }

    fn write(&mut self, all: &Transactions, site: usize, records: f64) {
        add(&mut self.at_sites[site], StationId::DISK, records * all.forced_write.mean());
    }
}
