//! Printing: how long documents wait, what printers do, and what becomes of paper when something is switched off.

use std::path::Path;

use hubmesh::architectures::Contender;
use hubmesh::engine::Control;
use hubmesh::metrics::{FailureReason, Outcome, RequestRecord, RunRecord};
use hubmesh::scenario::Scenario;
use hubmesh::stats::{erlang_b, measure, metric_index};

const DONE: &str = "until = \"done\"";

/// Desks and printers on lines of 10 Mbit/s and more, 1 ms each; `printer`: in its table, beside its count.
fn scenario(run: &str, printer: &str, rest: &str) -> Scenario {
    let text = format!(
        "title = \"t\"\nseed = 5\nrun = {{ {run}, replications = 1 }}\nnetwork.transport = \"ideal\"\n\
         [nodes.desk]\ncount = 10\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\nlatency = \"1 ms\"\n\
         [nodes.printer]\nup = \"20 Mbit/s\"\ndown = \"20 Mbit/s\"\nlatency = \"1 ms\"\n{printer}\n\
         [nodes.server]\ncount = 1\nup = \"20 Mbit/s\"\ndown = \"20 Mbit/s\"\nlatency = \"1 ms\"\n\
         printer = {{ pages_per_minute = 20 }}\n{rest}"
    );
    let scenario = Scenario::parse("printing.toml", &text, Path::new("."), &[]);
    let mut scenario = scenario.unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.model.are_requests_kept = true;
    scenario
}

fn simulate(scenario: &Scenario, contender: &Contender, replication: u32) -> RunRecord {
    contender.simulate(&scenario.model, replication, &Control::default())
}

fn runs(run: &str, printer: &str, rest: &str) -> Vec<RunRecord> {
    let scenario = scenario(run, printer, rest);
    scenario.contenders.iter().map(|contender| simulate(&scenario, contender, 0)).collect()
}

fn one(printer: &str, rest: &str) -> RunRecord {
    runs(DONE, printer, rest).remove(0)
}

fn value(record: &RunRecord, metric: &str) -> f64 {
    let value = measure(record, None)[metric_index(metric).unwrap()];
    value.unwrap_or_else(|| panic!("{metric}"))
}

fn response(request: &RequestRecord) -> f64 {
    assert_eq!(request.outcome, Outcome::Answered, "{request:?}");
    request.ended.unwrap().secs() - request.issued.secs()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
}

/// Of documents at these times, each a table of its own so that their desks can be named: (desk, second, pages).
fn documents(all: &[(u32, &str, u32)], page: &str, more: &str) -> String {
    let of_one = |(number, (desk, at, pages)): (usize, &(u32, &str, u32))| {
        format!(
            "[workloads.d{number}.print]\nfrom = \"desk-{desk}\"\npages = {pages}\npage_size = \"{page}\"\n\
             arrivals = {{ schedule = {{ times = [\"{at}\"] }} }}\n{more}\n"
        )
    };
    all.iter().enumerate().map(of_one).collect()
}

/// 20 pages a minute: 3 s each.
const ONE: &str = "count = 1\nprinter = { pages_per_minute = 20 }";
const TWO: &str = "count = 2\nprinter = { pages_per_minute = 20 }";
const SHARED: &str = "[architectures.shared.shared-printers]\nprinters = \"printer\"\n";
const SPOOLED: &str =
    "[architectures.spooled.print-server]\nserver = \"server\"\nprinters = \"printer\"\n";

/// A fault of `node`, down for 100 s.
fn switched_off(node: &str, at: &str) -> String {
    format!("[[faults]]\nat = \"{at}\"\nfor = \"100 s\"\ncrash = {{ nodes = \"{node}\" }}\n")
}

fn pages(record: &RunRecord) -> (u64, u64) {
    let prints = record.prints.as_ref().unwrap();
    (prints.pages_printed(), prints.pages_wasted)
}

#[test]
fn a_document_takes_bandwidth_and_then_its_pages() {
    // 10 pages of 1.25 MB, 100 Mbit: 10 s over the desk's line, 5 s from the server to the printer, 30 s on paper. A
    // way is 2 ms, and that it is printed goes straight to the desk.
    let documents = documents(&[(1, "1 s", 10)], "1.25 MB", "");
    for (kind, ways, sending) in [(SHARED, 2.0, 10.0), (SPOOLED, 3.0, 15.0)] {
        let record = one(ONE, &format!("{documents}{kind}"));
        close(response(&record.requests[0]), sending + 30.0 + ways * 0.002);
        assert_eq!(pages(&record), (10, 0));
        let sent: u64 = record.nodes.iter().map(|node| node.bytes_up.count()).sum();
        assert_eq!(sent, if kind == SHARED { 12_500_000 } else { 25_000_000 });
        // The printer is busy for these 30 s, and its station has done ten pages.
        let printer = record.stations.iter().find(|station| station.completed > 0).unwrap();
        assert_eq!((printer.completed, printer.busy_nanos), (10, 30_000_000_000));
    }
    // The server has a printer of its own: nothing more to send.
    let own = "[architectures.own.print-server]\nserver = \"server\"\nprinters = \"server\"\n";
    let record = one(ONE, &format!("{documents}{own}"));
    close(response(&record.requests[0]), 10.0 + 30.0 + 2.0 * 0.002);
    // Who has a printer prints there, and sends nothing.
    let at_server = documents.replace("desk-1", "server");
    let all = "[architectures.every.shared-printers]\nprinters = [\"printer\", \"server\"]\n";
    for find in ["nearest", "broadcast", "fixed"] {
        let record = one(ONE, &format!("{at_server}{all}find = \"{find}\"\n"));
        close(response(&record.requests[0]), 30.0);
        assert_eq!(record.transfer_count, 0, "{find}");
    }
}

#[test]
fn documents_wait_in_their_order_and_a_full_spool_refuses() {
    let many = [(1, "1 s", 10), (2, "2 s", 10), (3, "3 s", 1), (4, "4 s", 1)];
    let documents = documents(&many, "1 kB", "");
    for kind in [SHARED, SPOOLED] {
        let record = one(ONE, &format!("{documents}{kind}"));
        let ended: Vec<f64> = record.requests.iter().map(|r| r.ended.unwrap().secs()).collect();
        for (ended, expected) in ended.iter().zip([31.0, 61.0, 64.0, 67.0]) {
            assert!((ended - expected).abs() < 0.1, "{ended}, not {expected}");
        }
        // Two may wait, and the fourth is refused.
        let full = ONE.replace("= 20", "= 20, spool = 2");
        let record = one(&full, &format!("{documents}{kind}"));
        let outcomes: Vec<Outcome> = record.requests.iter().map(|r| r.outcome).collect();
        assert_eq!(outcomes[..3], [Outcome::Answered; 3]);
        assert_eq!(outcomes[3], Outcome::Failed(FailureReason::Refused));
        assert_eq!(pages(&record), (21, 0));
    }
}

/// The mean of a metric over replications, checked to be known within 1 %, and its standard error.
fn estimate(scenario: &Scenario, contender: usize, metric: &str) -> (f64, f64) {
    const RUNS: u32 = 8;
    let contender = &scenario.contenders[contender];
    let values: Vec<f64> =
        (0..RUNS).map(|run| value(&simulate(scenario, contender, run), metric)).collect();
    let n = f64::from(RUNS);
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    assert!(error < 0.015 * mean, "{metric}: {mean} +- {error}");
    (mean, error)
}

fn is_as_in_theory(scenario: &Scenario, contender: usize, metric: &str, theory: f64) {
    let (mean, error) = estimate(scenario, contender, metric);
    assert!((mean - theory).abs() < 4.0 * error, "{metric}: {mean} +- {error}, not {theory}");
}

/// Lots of small documents of that many pages on the mean, `rate` a second.
fn flood(rate: f64, count: u32, pages: &str) -> String {
    format!(
        "[workloads.d.print]\nfrom = \"desk\"\npages = {pages}\npage_size = \"1 B\"\n\
         arrivals = {{ poisson = {{ rate = \"{rate} /s\", count = {count} }} }}\n"
    )
}

#[test]
fn one_printer_is_the_queue_of_pollaczek_and_khinchine() {
    // Constant pages, 4 of 3 s: M/D/1 with a load of 0.6 waits 0.6 x 12 / (2 x 0.4) = 9 s.
    let rest = format!("{}{SHARED}{SPOOLED}", flood(0.05, 30_000, "4"));
    let md1 = scenario(DONE, ONE, &rest);
    is_as_in_theory(&md1, 0, "spool_wait.mean", 9.0);
    is_as_in_theory(&md1, 0, "printer_utilisation.mean", 0.6);
    // A page that jams four times of five and is cleared at once: geometric, 5 tries of 3 s on the mean. E[S^2] = 9 x
    // (1 + 0.8) / 0.04 = 405, and with a load of 0.5 documents wait (1 / 30) x 405 / (2 x 0.5) = 13.5 s.
    let jammed = ONE.replace("= 20", "= 20, jam = 0.8, clear = \"0 s\"");
    let rest = format!("{}{SHARED}", flood(1.0 / 30.0, 40_000, "1"));
    let mg1 = scenario(DONE, &jammed, &rest);
    is_as_in_theory(&mg1, 0, "spool_wait.mean", 13.5);
    is_as_in_theory(&mg1, 0, "printer_utilisation.mean", 0.5);
}

#[test]
fn a_print_server_is_one_queue_for_all_printers_and_shared_printers_are_one_for_each() {
    // Exponential documents of 20 pages of 0.1 s on the mean, 2 s; two printers with a load of 0.65 each.
    const SPAN: f64 = 2.0;
    const LOAD: f64 = 0.65;
    let printers = "count = 2\nprinter = { pages_per_minute = 600 }";
    let pages = "{ exponential = { mean = 20 } }";
    let rest = format!("{}{SPOOLED}{SHARED}", flood(2.0 * LOAD / SPAN, 60_000, pages));
    let scenario = scenario(DONE, printers, &rest);
    // Erlang C from Erlang B; Kleinrock, Queueing Systems I, section 3.5.
    let blocked = erlang_b(2.0 * LOAD, 2);
    let waits = blocked / (1.0 - LOAD * (1.0 - blocked));
    // A printer is idle while the document goes there, 2 ms of 2 s, and 2 ms are waited on the way.
    let mmc = waits * SPAN / (2.0 * (1.0 - LOAD));
    let (mean, error) = estimate(&scenario, 0, "spool_wait.mean");
    assert!((mean - mmc).abs() < 4.0 * error + 0.006, "{mean} +- {error}, not {mmc}");
    // Of printers as near as each other one is drawn: M/M/1 each.
    is_as_in_theory(&scenario, 1, "spool_wait.mean", LOAD * SPAN / (1.0 - LOAD));
    assert!(value(&simulate(&scenario, &scenario.contenders[1], 0), "printer_pages.jain") > 0.99);
}

#[test]
fn who_asks_all_printers_waits_less_than_who_takes_any() {
    let find = |find: &str| {
        format!(
            "[architectures.{find}.shared-printers]\nprinters = \"printer\"\nfind = \"{find}\"\n"
        )
    };
    let rest =
        format!("{}{}{}{SPOOLED}", flood(0.08, 5000, "9"), find("nearest"), find("broadcast"));
    let printers = "count = 3\nprinter = { pages_per_minute = 20 }";
    let waits: Vec<f64> =
        runs(DONE, printers, &rest).iter().map(|run| value(run, "spool_wait.mean")).collect();
    let [nearest, broadcast, spooled] = waits[..] else { panic!() };
    // Join the least work is as good as one queue but for what others ask in the same instant.
    assert!(nearest > 2.0 * broadcast, "{waits:?}");
    assert!((broadcast - spooled).abs() < 0.15 * spooled, "{waits:?}");
}

#[test]
fn jams_take_their_time_and_are_the_same_wherever_a_document_is_printed() {
    let printers = "count = 3\nprinter = { pages_per_minute = 60, jam = 0.02, clear = \"100 s\" }";
    let kinds = format!(
        "{SHARED}{SPOOLED}[architectures.fixed.shared-printers]\nprinters = \"printer\"\nfind = \"fixed\"\n"
    );
    let rest = format!("{}{kinds}", flood(0.02, 2000, "{ uniform = { min = 1, max = 20 } }"));
    let all = runs(DONE, printers, &rest);
    let wanted: u64 = all[0].requests.iter().map(|request| request.bytes.count()).sum();
    for record in &all {
        let prints = record.prints.as_ref().unwrap();
        let luck = all[0].prints.as_ref().unwrap();
        assert_eq!(prints.jams, luck.jams);
        assert_eq!(pages(record), (wanted + prints.jams, prints.jams));
        // A second for each page, and 100 s for each jam.
        let busy: u128 = record.stations.iter().map(|station| station.busy_nanos).sum();
        assert_eq!(busy, u128::from(wanted + 101 * prints.jams) * 1_000_000_000);
        // Pages jam with 0.02, each time they are tried.
        let tries = (wanted + prints.jams) as f64;
        let spread = (tries * 0.02 * 0.98).sqrt();
        assert!((prints.jams as f64 - 0.02 * tries).abs() < 4.0 * spread, "{prints:?}");
    }
}

#[test]
fn a_kept_spool_goes_on_when_its_node_is_back_and_a_lost_one_fails() {
    let all = documents(&[(1, "0 s", 20), (2, "1 s", 5)], "1 B", "");
    // After 31.5 s ten pages of the first document are out and one is in the printer. It begins anew at 131.5 s.
    let off = switched_off("printer", "31.5 s");
    let record = one(ONE, &format!("{all}{SHARED}{off}"));
    close(response(&record.requests[0]), 131.5 + 60.0 + 0.002);
    close(response(&record.requests[1]), 131.5 + 60.0 + 15.0 - 1.0 + 0.002);
    assert_eq!(pages(&record), (11 + 25, 11));
    assert_eq!(value(&record, "prints_begun_anew"), 1.0);

    let record = one(ONE, &format!("{all}{SHARED}spool = \"lost\"\n{off}"));
    for request in &record.requests {
        assert_eq!(request.outcome, Outcome::Failed(FailureReason::ServerDown));
        close(request.ended.unwrap().secs(), 31.502);
    }
    assert_eq!(pages(&record), (11, 11));

    // Asked for again 150 s later; 20 bytes take 16 us.
    let retry = "retry = { attempts = 2, backoff = \"150 s\", jitter = 0 }";
    let all = documents(&[(1, "0 s", 20)], "1 B", retry);
    let record = one(ONE, &format!("{all}{SHARED}spool = \"lost\"\n{off}"));
    close(response(&record.requests[0]), 31.502 + 150.0 + 60.0 + 0.002 * 2.0 + 160.0 / 1e7);
    assert_eq!(pages(&record), (31, 11));
}

#[test]
fn printers_go_on_without_their_server_and_what_waits_there_waits() {
    // Two printers of the network have one document each, and one waits, when the server goes down for 100 s.
    let all = documents(&[(1, "0 s", 20), (2, "1 s", 20), (3, "2 s", 5)], "1 B", "");
    let off = switched_off("server", "31.5 s");
    let record = one(TWO, &format!("{all}{SPOOLED}{off}"));
    assert!((response(&record.requests[0]) - 60.0).abs() < 0.1);
    assert!((response(&record.requests[1]) - 60.0).abs() < 0.1);
    assert!((response(&record.requests[2]) - (131.5 + 15.0 - 2.0)).abs() < 0.1);
    assert_eq!(pages(&record), (45, 0));
    let record = one(TWO, &format!("{all}{SPOOLED}spool = \"lost\"\n{off}"));
    let outcomes: Vec<Outcome> = record.requests.iter().map(|request| request.outcome).collect();
    let lost = Outcome::Failed(FailureReason::ServerDown);
    assert_eq!(outcomes, [Outcome::Answered, Outcome::Answered, lost]);
    assert_eq!(pages(&record), (40, 0));
    // A printer that goes down gives its document back: it is printed by the other one, from its first page on.
    let off = switched_off("printer-1", "31.5 s");
    let record = one(TWO, &format!("{all}{SPOOLED}{off}"));
    let (printed, wasted) = pages(&record);
    assert_eq!((printed - wasted, wasted), (45, 11));
    assert!((response(&record.requests[0]) - (61.0 + 60.0)).abs() < 0.1);
    assert!((response(&record.requests[2]) - (121.0 + 15.0 - 2.0)).abs() < 0.1);
}

#[test]
fn who_loses_patience_prints_elsewhere_and_what_he_cannot_take_back_is_wasted() {
    // The desk is nearer to the first printer, which goes down with the document and keeps it.
    let near = "[nodes.near]\ncount = 1\nup = \"20 Mbit/s\"\ndown = \"20 Mbit/s\"\nlatency = \"0.5 ms\"\n\
        printer = { pages_per_minute = 20 }\n";
    let retry = "timeout = \"80 s\"\nretry = { attempts = 2, backoff = \"1 s\", jitter = 0 }";
    let all = documents(&[(1, "0 s", 20)], "1 B", retry);
    let kind = "[architectures.shared.shared-printers]\nprinters = [\"near\", \"printer\"]\n";
    let off = switched_off("near", "31.5 s");
    let text = format!("{near}{all}{kind}{off}");
    let record = one(ONE, &text);
    // At 80 s, and a second later to the other one.
    close(response(&record.requests[0]), 81.0 + 60.0 + 0.004 + 160.0 / 1e7);
    // It is done at 141 s. Until then the first one has 11 pages from before, and from 131.5 s on three for nobody.
    assert_eq!(pages(&record), (20 + 11 + 3, 11 + 3));
    let until = "duration = \"300 s\"";
    let record = runs(until, ONE, &text).remove(0);
    assert_eq!(pages(&record), (20 + 11 + 20, 11 + 20));

    // Where it is up it stops after the page that it is at, the 27th.
    let patience = documents(&[(1, "0 s", 40)], "1 B", "timeout = \"80 s\"");
    let record = runs(until, ONE, &format!("{near}{patience}{kind}")).remove(0);
    assert_eq!(record.requests[0].outcome, Outcome::Failed(FailureReason::TimedOut));
    assert_eq!(pages(&record), (27, 27));
    // So does a printer of the network, which hears it from the server; and what waits there goes at once.
    let patience = documents(&[(1, "0 s", 40), (2, "0 s", 40)], "1 B", "timeout = \"80 s\"");
    let record = runs(until, ONE, &format!("{patience}{SPOOLED}")).remove(0);
    assert_eq!(pages(&record), (27, 27));
}

#[test]
fn a_question_to_all_finds_the_printer_that_is_free() {
    let kind = format!("{SHARED}find = \"broadcast\"\n");
    // The second document finds the other printer, the third waits where less is left.
    let all = documents(&[(1, "0 s", 20), (2, "1 s", 10), (3, "2 s", 5)], "1 B", "");
    let record = one(TWO, &format!("{all}{kind}"));
    let providers: Vec<u32> = record.requests.iter().map(|r| r.provider.unwrap().0).collect();
    assert_ne!(providers[0], providers[1]);
    assert_eq!(providers[1], providers[2]);
    assert!((response(&record.requests[2]) - (31.0 + 15.0 - 2.0)).abs() < 0.1);
    // Who is off does not answer, and the busy one is taken when it has been waited long enough for him.
    let other = if providers[0] < providers[1] { "printer-2" } else { "printer-1" };
    let off = switched_off(other, "0.5 s");
    let record = one(TWO, &format!("{all}{kind}wait = \"700 ms\"\n{off}"));
    let found = record.requests[1].found.unwrap().secs() - record.requests[1].issued.secs();
    close(found, 0.7);
    assert!((response(&record.requests[1]) - (60.0 + 30.0 - 1.0)).abs() < 0.1);
    // Nobody is there.
    let off = switched_off("printer", "0.5 s");
    let record = one(TWO, &format!("{all}{kind}{off}"));
    assert_eq!(record.requests[1].outcome, Outcome::Failed(FailureReason::NotFound));
    // The nearest that is not there is made up for by the next one.
    let off = switched_off("printer-1", "0.5 s");
    let record = one(TWO, &format!("{}{SHARED}{off}", all.replace("\"0 s\"", "\"3 s\"")));
    assert!(record.requests.iter().all(|request| request.outcome == Outcome::Answered));
}

#[test]
fn files_and_printing_go_together() {
    let rest = "[workloads.files.download]\nfrom = \"desk\"\ncatalogue = { size = \"1 MB\" }\n\
        arrivals = { burst = { over = \"10 s\" } }\n\
        [architectures.server.client-server]\nservers = \"server\"\n\
        print_server = { server = \"server\", printers = \"printer\" }\n\
        [architectures.mixed.client-server]\nservers = \"server\"\n\
        shared_printers = { printers = \"printer\", find = \"broadcast\" }\n";
    let rest = format!("{}{rest}", flood(1.0, 20, "2"));
    for record in runs(DONE, TWO, &rest) {
        assert!(record.requests.iter().all(|request| request.outcome == Outcome::Answered));
        assert_eq!(pages(&record), (40, 0));
    }
    let rest = "[workloads.files.store]\nfrom = \"desk\"\nsize = \"1 MB\"\n\
        arrivals = { burst = { over = \"10 s\" } }\n\
        [architectures.peers.shared-disks]\npeers = \"desk\"\nredundancy = { copies = 2 }\n\
        shared_printers = { printers = \"printer\" }\n";
    let record = one(TWO, &format!("{}{rest}", flood(1.0, 20, "2")));
    assert!(record.requests.iter().all(|request| request.outcome == Outcome::Answered));
    assert_eq!(pages(&record), (40, 0));
}

#[test]
fn the_same_seed_prints_the_same() {
    let printers = "count = 3\nprinter = { pages_per_minute = 60, jam = 0.02 }\n\
        session = { exponential = { mean = \"5 min\" } }\ndowntime = { exponential = { mean = \"1 min\" } }";
    let retry = "timeout = \"5 min\"\nretry = { attempts = 3 }\n";
    let rest = format!("{}{retry}{SHARED}{SPOOLED}", flood(0.05, 300, "5"));
    let scenario = scenario("duration = \"3 h\"", printers, &rest);
    for contender in &scenario.contenders {
        let once = format!("{:?}", simulate(&scenario, contender, 1));
        assert_eq!(once, format!("{:?}", simulate(&scenario, contender, 1)));
        assert_ne!(once, format!("{:?}", simulate(&scenario, contender, 2)));
    }
}

#[test]
fn more_pages_than_can_be_printed_are_told_before_a_run() {
    let rest = format!("{}{SHARED}{SPOOLED}", flood(0.05, 100, "10"));
    let warnings = |printer: &str, rest: &str| scenario(DONE, printer, rest).warnings;
    let told = |warnings: &[String], what: &str| {
        assert!(warnings.iter().any(|warning| warning.contains(what)), "{what}: {warnings:?}");
    };
    // 30 pages a minute for one printer, which prints 20, and with jams a quarter of that.
    let all = warnings(ONE, &rest);
    told(&all, "\"shared\": the printer of printer would have 1.50 times the work");
    told(&all, "\"spooled\": the printer of printer would have 1.50 times the work");
    let full = ONE.replace("= 20", "= 20, spool = 3");
    told(&warnings(&full, &rest), "grows as long as requests come, or is refused");
    let jammed = TWO.replace("= 20", "= 20, jam = 0.5, clear = \"6 s\"");
    told(&warnings(&jammed, &rest), "\"spooled\": the printers of printer would have 3.00 times");
    // Of a shared one nobody knows who sends how much there.
    told(&warnings(&jammed, &rest), "\"shared\": the printers of printer would have at least 3.00");
    assert!(!warnings(TWO, &rest).iter().any(|warning| warning.contains("would have")));
    let fixed = format!(
        "{}[architectures.own.shared-printers]\nprinters = \"printer\"\nfind = \"fixed\"\n",
        flood(0.05, 100, "10").replace("\"desk\"", "[\"desk-1\", \"desk-3\"]")
    );
    told(&warnings(TWO, &fixed), "the printer of printer-1 would have 1.50 times");
    // A document has whole pages, and at least one: 0.5 documents a second of 1 + exp(-1.5) / (1 - exp(-1)).
    let short = format!("{}{SPOOLED}", flood(0.5, 100, "{ exponential = { mean = 1.0 } }"));
    told(&warnings(TWO, &short), "the printers of printer would have 1.01 times");
    let hasty = short.replace("page_size", "timeout = \"1 min\"\npage_size");
    told(&warnings(TWO, &hasty), "grows as long as requests come, or is given up");
}
