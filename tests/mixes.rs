//! Several architectures at once: each does what it does alone, and they are in each other's way where they meet.

use std::path::Path;

use hubmesh::architectures::Contender;
use hubmesh::engine::Control;
use hubmesh::metrics::{Outcome, RequestRecord, RunRecord};
use hubmesh::model::{Arrivals, Demand};
use hubmesh::scenario::{Scenario, ScenarioError};
use hubmesh::stats::{measure, metric_index};

fn parse(text: &str) -> Result<Scenario, String> {
    Scenario::parse("mix.toml", text, Path::new("."), &[]).map_err(|error| match error {
        ScenarioError::Invalid(problems) => problems.rendered(false),
        other => other.to_string(),
    })
}

fn scenario(text: &str) -> Scenario {
    let mut scenario = parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    scenario.keep_requests().unwrap();
    scenario
}

fn run(scenario: &Scenario, contender: &Contender) -> RunRecord {
    contender.simulate(&scenario.model, 0, &Control::default())
}

fn metric(record: &RunRecord, name: &str) -> f64 {
    measure(record, None)[metric_index(name).unwrap()].unwrap()
}

/// An architecture with nodes and demand of its own.
struct Part {
    /// Of the demand, in the order of the file.
    workloads: &'static [&'static str],
    text: &'static str,
    /// In the table of the mix.
    architecture: &'static str,
}

/// One of nearly each kind, none of which shares a node or a line with another one.
const PARTS: [Part; 12] = [
    Part {
        workloads: &["film"],
        text: "[nodes.viewer]\ncount = 12\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               session = { exponential = { mean = \"5 min\" } }\ndowntime = { exponential = { mean = \"1 min\" } }\n\
               [nodes.seed]\ncount = 1\nup = \"10 Mbit/s\"\ndown = \"10 Mbit/s\"\n\
               [workloads.film.download]\nfrom = \"viewer\"\narrivals = { poisson = { rate = \"6 /min\" } }\n\
               catalogue = { objects = 3, size = \"20 MB\" }\n",
        architecture: "film.bittorrent = { seeds = \"seed\", piece_size = \"1 MB\" }\n",
    },
    Part {
        workloads: &["key"],
        text: "[nodes.ring]\ncount = 30\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               session = { exponential = { mean = \"5 min\" } }\ndowntime = { exponential = { mean = \"1 min\" } }\n\
               [workloads.key.lookup]\nfrom = \"ring\"\narrivals = { poisson = { rate = \"1 /s\" } }\n",
        architecture: "key.chord = { peers = \"ring\" }\n",
    },
    Part {
        workloads: &["talk"],
        text: "[nodes.caller]\ncount = 12\nup = \"200 kbit/s\"\ndown = \"1 Mbit/s\"\ndialable = 0.5\n\
               [nodes.registrar]\ncount = 1\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               [workloads.talk.call]\nfrom = \"caller\"\narrivals = { poisson = { rate = \"6 /min\" } }\n\
               holding = { exponential = { mean = \"1 min\" } }\n",
        architecture: "talk.telephony = { users = \"caller\", set_up = \"central\", server = \"registrar\" }\n",
    },
    Part {
        workloads: &["work"],
        text: "[nodes.lab]\ncount = 2\nup = \"20 Mbit/s\"\ndown = \"20 Mbit/s\"\ncpu = { workers = 1 }\n\
               [nodes.home]\ncount = 12\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\ncpu = { workers = 1 }\n\
               session = { exponential = { mean = \"5 min\" } }\ndowntime = { exponential = { mean = \"1 min\" } }\n\
               [workloads.work.job]\nfrom = \"lab\"\narrivals = { poisson = { rate = \"4 /min\" } }\n\
               input = \"1 MB\"\nwork = { exponential = { mean = \"1 min\" } }\noutput = \"100 kB\"\n",
        architecture: "work.shared-processors = { peers = [\"home\", \"lab\"] }\n",
    },
    Part {
        workloads: &["chat"],
        text: "[nodes.member]\ncount = 12\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               session = { exponential = { mean = \"5 min\" } }\ndowntime = { exponential = { mean = \"1 min\" } }\n\
               [workloads.chat.update]\nfrom = \"member\"\ngroup_size = 6\n\
               arrivals = { poisson = { rate = \"12 /min\" } }\nsize = \"20 kB\"\n",
        architecture: "chat.group-peers = { spread = \"push-pull\", round = \"2 s\" }\n",
    },
    Part {
        workloads: &["letter"],
        text: "[nodes.desk]\ncount = 6\nup = \"20 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               [nodes.printer]\ncount = 2\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               printer = { pages_per_minute = 20, jam = 0.01, clear = \"20 s\" }\n\
               [workloads.letter.print]\nfrom = \"desk\"\npages = { exponential = { mean = 5 } }\npage_size = \"100 kB\"\n\
               arrivals = { poisson = { rate = \"4 /min\" } }\n",
        architecture: "letter.shared-printers = { printers = \"printer\", find = \"broadcast\" }\n",
    },
    Part {
        workloads: &["save", "open"],
        text: "[nodes.disk]\ncount = 12\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               session = { exponential = { mean = \"5 min\" } }\ndowntime = { exponential = { mean = \"1 min\" } }\n\
               [workloads.save.store]\nfrom = \"disk\"\nstored = 3\nsize = \"1 MB\"\narrivals = { poisson = { rate = \"4 /min\" } }\n\
               [workloads.open.retrieve]\nfrom = \"disk\"\nof = \"save\"\nwhose = \"any\"\n\
               arrivals = { poisson = { rate = \"8 /min\" } }\n",
        architecture: "save.shared-disks = { peers = \"disk\", redundancy = { copies = 2 } }\nopen.same-as = \"save\"\n",
    },
    Part {
        workloads: &["shop"],
        text: "[nodes.buyer]\ncount = 12\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               [nodes.web]\ncount = 2\nup = \"20 Mbit/s\"\ndown = \"20 Mbit/s\"\ncpu = { workers = 2 }\n\
               [nodes.base]\ncount = 1\nup = \"20 Mbit/s\"\ndown = \"20 Mbit/s\"\ncpu = { workers = 1 }\n\
               [workloads.shop.request]\nfrom = \"buyer\"\narrivals = { poisson = { rate = \"2 /s\" } }\n\
               question = \"1 kB\"\nwork = { exponential = { mean = \"100 ms\" } }\nanswer = \"20 kB\"\ntimeout = \"5 s\"\n",
        architecture: "shop.multi-tier.tiers = [{ servers = \"web\", work = \"10 ms\" }, { servers = \"base\" }]\n",
    },
    Part {
        workloads: &["page"],
        text: "[nodes.reader]\ncount = 12\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               [nodes.edge]\ncount = 2\nup = \"20 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               [nodes.origin]\ncount = 1\nup = \"20 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               [workloads.page.download]\nfrom = \"reader\"\narrivals = { poisson = { rate = \"1 /s\" } }\n\
               catalogue = { objects = 50, size = \"200 kB\", popularity = { zipf = 0.8 } }\n",
        architecture: "page.edge-caches = { caches = \"edge\", origin = \"origin\", capacity = \"2 MB\" }\n",
    },
    Part {
        workloads: &["song"],
        text: "[nodes.friend]\ncount = 20\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               session = { exponential = { mean = \"5 min\" } }\ndowntime = { exponential = { mean = \"1 min\" } }\n\
               [workloads.song.download]\nfrom = \"friend\"\narrivals = { poisson = { rate = \"12 /min\" } }\n\
               catalogue = { objects = 40, size = \"4 MB\" }\ncopies = { at = \"friend\", mean = 3 }\n",
        architecture: "song.flooding = { peers = \"friend\" }\n",
    },
    Part {
        workloads: &["book"],
        text: "[nodes.table]\ncount = 20\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               session = { exponential = { mean = \"5 min\" } }\ndowntime = { exponential = { mean = \"1 min\" } }\n\
               [workloads.book.download]\nfrom = \"table\"\narrivals = { poisson = { rate = \"12 /min\" } }\n\
               catalogue = { objects = 40, size = \"4 MB\" }\ncopies = { at = \"table\", mean = 3 }\n",
        architecture: "book.kademlia = { peers = \"table\" }\n",
    },
    Part {
        workloads: &["game"],
        text: "[nodes.player]\ncount = 12\nup = \"2 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               [nodes.store]\ncount = 2\nup = \"20 Mbit/s\"\ndown = \"20 Mbit/s\"\n\
               [workloads.game.download]\nfrom = \"player\"\narrivals = { poisson = { rate = \"2 /min\" } }\n\
               catalogue = { objects = 5, size = \"10 MB\" }\ntimeout = \"1 min\"\nretry = { attempts = 2, backoff = \"1 s\", jitter = 0 }\n",
        architecture: "game.client-server = { servers = \"store\", balance = \"round-robin\", health_checks = { from = \"store\" } }\n",
    },
];

const FAULTS: &str = "[[faults]]\nat = \"4 min\"\nfor = \"2 min\"\ncrash = { nodes = [\"seed\", \"registrar\", \"web\", \"edge\", \"store\"] }\n\
                      [[faults]]\nat = \"7 min\"\nfor = \"1 min\"\ncrash = { nodes = [\"lab\", \"desk\", \"base\", \"origin\", \"caller\"], share = 0.5 }\n";

fn all() -> String {
    let mut text = "title = \"t\"\nseed = 5\nrun = { duration = \"10 min\", replications = 1 }\nnetwork.transport = \"ideal\"\n"
        .to_owned();
    PARTS.iter().for_each(|part| text.push_str(part.text));
    text.push_str(FAULTS);
    text.push_str("[architectures.mixed.mix]\n");
    PARTS.iter().for_each(|part| text.push_str(part.architecture));
    text
}

/// What has become of a request, but for its place among all.
fn fate(request: &RequestRecord) -> impl PartialEq + std::fmt::Debug + use<> {
    let RequestRecord { node, object, to, provider, issued, found, started, ended, .. } = *request;
    let times = (issued, found, started, ended);
    ((node, object, to, provider), times, (request.bytes, request.service), {
        (request.hops, request.attempts, request.outcome, request.is_delivery)
    })
}

#[test]
fn those_that_do_not_meet_do_what_each_does_alone() {
    let text = all();
    let scenario = scenario(&text);
    let together = run(&scenario, &scenario.contenders[0]);
    assert!(together.requests.len() > 2000, "{}", together.requests.len());
    for (part, preset) in PARTS.iter().zip(scenario.contenders[0].parts()) {
        let mut alone = scenario.clone();
        for workload in &mut alone.model.workloads {
            let Demand::Drawn { arrivals, .. } = &mut workload.demand else { unreachable!() };
            if !part.workloads.contains(&workload.name.as_str()) {
                *arrivals = Arrivals::Schedule(Vec::new());
            }
        }
        let record = run(&alone, &Contender::alone("alone".to_owned(), preset.clone()));
        let own = |request: &&RequestRecord| {
            let name = &scenario.model.workloads[request.workload as usize].name;
            part.workloads.contains(&name.as_str())
        };
        let fates: Vec<_> = record.requests.iter().map(fate).collect();
        let found: Vec<_> = together.requests.iter().filter(own).map(fate).collect();
        assert!(fates.len() > 10, "{:?}: {}", part.workloads, fates.len());
        let answered = record.requests.iter().filter(|request| request.outcome.is_answered());
        assert!(answered.count() > 5, "{:?}", part.workloads);
        for (found, alone) in found.iter().zip(&fates) {
            assert_eq!(found, alone, "{:?}", part.workloads);
        }
        assert_eq!(found.len(), fates.len(), "{:?}", part.workloads);
    }
}

const HEAD: &str = "title = \"t\"\nrun = { until = \"done\", replications = 1 }\nnetwork.transport = \"ideal\"\n\
                    [nodes.home]\ncount = 1\nup = \"8 Mbit/s\"\ndown = \"8 Mbit/s\"\ncpu = { workers = 1 }\n\
                    [nodes.cloud]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n\
                    [nodes.friend]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\n";

/// Seconds that the only request of each workload takes.
fn times(text: &str) -> Vec<f64> {
    let scenario = scenario(text);
    let record = run(&scenario, &scenario.contenders[0]);
    let mut requests: Vec<&RequestRecord> = record.requests.iter().collect();
    requests.sort_by_key(|request| request.workload);
    let time = |request: &&RequestRecord| {
        assert_eq!(request.outcome, Outcome::Answered, "{text}");
        request.ended.unwrap().since(request.issued).secs()
    };
    requests.iter().map(time).collect()
}

#[test]
fn they_share_the_lines_of_a_node() {
    let text = format!(
        "{HEAD}[workloads.put.store]\nfrom = \"home\"\nsize = \"8 MB\"\narrivals = {{ burst = {{ over = \"0 s\" }} }}\n\
         [workloads.give.download]\nfrom = \"friend\"\ncatalogue = {{ size = \"8 MB\" }}\narrivals = {{ burst = {{ over = \"0 s\" }} }}\n\
         [architectures.x.mix]\nput.client-server = {{ servers = \"cloud\" }}\ngive.client-server = {{ servers = \"home\" }}\n"
    );
    // Both leave by the same 8 Mbit/s.
    let found = times(&text);
    assert!(found.len() == 2 && found.iter().all(|time| (time - 16.0).abs() < 1e-3), "{found:?}");
}

#[test]
fn they_wait_for_the_same_processor() {
    let text = format!(
        "{HEAD}[workloads.ask.request]\nfrom = \"friend\"\nwork = \"10 s\"\narrivals = {{ burst = {{ over = \"0 s\" }} }}\n\
         [workloads.bag.job]\nfrom = \"friend\"\nwork = \"10 s\"\narrivals = {{ burst = {{ over = \"0 s\" }} }}\n\
         [architectures.x.mix]\nask.client-server = {{ servers = \"home\" }}\nbag.server-farm = {{ servers = \"home\", dispatcher = \"cloud\" }}\n"
    );
    let mut found = times(&text);
    found.sort_by(f64::total_cmp);
    assert!((found[0] - 10.0).abs() < 0.1 && (found[1] - 20.0).abs() < 0.1, "{found:?}");
}

#[test]
fn what_the_parts_do_is_told_of_all_together() {
    let scenario = scenario(&all());
    let record = run(&scenario, &scenario.contenders[0]);
    // Those on the ring, of the table, who flood, call, and meet at a tracker; lookups and searches are searches all.
    let searches = |workload: &str| {
        let of = |request: &&RequestRecord| {
            scenario.model.workloads[request.workload as usize].name == workload
        };
        record.requests.iter().filter(of).count() as u64
    };
    let overlay = record.overlay.as_ref().unwrap();
    assert_eq!(overlay.peers.len(), 30 + 20 + 20 + 12 + 12, "{overlay:?}");
    assert!(overlay.searches > searches("key") + searches("song") / 2, "{overlay:?}");
    assert!(metric(&record, "pages_wasted") >= 0.0 && metric(&record, "items_available") > 0.5);
    let kinds = "bittorrent + chord + telephony + shared-processors + group-peers + shared-printers + shared-disks + \
                 multi-tier + edge-caches + flooding + kademlia + client-server";
    assert_eq!(scenario.contenders[0].kinds(), kinds);
}

#[test]
fn calls_are_blocked_among_calls_whatever_else_is_asked_for() {
    let text = |others: &str, mix: &str| {
        format!(
            "title = \"t\"\nrun = {{ duration = \"2 h\", replications = 1 }}\nnetwork.transport = \"ideal\"\n\
             [nodes.caller]\ncount = 6\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\n\
             [nodes.registrar]\ncount = 1\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\ncpu = {{ workers = 1, queue = 0 }}\n\
             [workloads.talk.call]\nfrom = \"caller\"\narrivals = {{ poisson = {{ rate = \"60 /h\" }} }}\n\
             holding = {{ exponential = {{ mean = \"2 min\" }} }}\n{others}{mix}"
        )
    };
    let telephony = "users = \"caller\", set_up = \"central\", server = \"registrar\"";
    let blocked = |text: &str, workload: &str| {
        let scenario = scenario(text);
        let record = run(&scenario, &scenario.contenders[0]);
        let place = scenario.model.workloads.iter().position(|w| w.name == workload);
        measure(&record, place.map(|place| place as u32))[metric_index("blocked_calls").unwrap()]
    };
    let alone = text("", &format!("[architectures]\nx.telephony = {{ {telephony} }}\n"));
    let expected = blocked(&alone, "all").unwrap();
    assert!(expected > 0.1, "{expected}");
    // Half of what is asked of this server is refused, and none of that is a call.
    let web = "[workloads.web.request]\nfrom = \"caller\"\nwork = \"1 s\"\narrivals = { poisson = { rate = \"1 /s\" } }\n";
    let mix = format!(
        "[architectures.x.mix]\ntalk.telephony = {{ {telephony} }}\nweb.client-server = {{ servers = \"registrar\" }}\n"
    );
    let both = text(web, &mix);
    assert_eq!(blocked(&both, "all"), Some(expected));
    assert_eq!((blocked(&both, "talk"), blocked(&both, "web")), (Some(expected), None));
}

#[test]
fn what_is_doubtful_is_said_of_the_part_that_it_is_about() {
    let nodes = "[nodes.ring]\ncount = 20\nup = \"1 Mbit/s\"\ndown = \"1 Mbit/s\"\nfree_riders = 1.0\ndialable = 0\n\
                 [workloads.key.lookup]\nfrom = \"ring\"\narrivals = { poisson = { rate = \"1 /s\" } }\n\
                 [workloads.page.download]\nfrom = \"ring\"\narrivals = { poisson = { rate = \"1 /s\" } }\n\
                 catalogue = { objects = 5, size = \"10 kB\" }\ntimeout = \"1 min\"\n\
                 [architectures.x.mix]\nkey.chord = { peers = \"ring\" }\npage.client-server = { servers = \"cloud\" }\n\
                 [[faults]]\nat = \"10 s\"\nfor = \"10 s\"\nlose = { nodes = \"ring\", probability = 0.1 }\n\
                 [[faults]]\nat = \"30 s\"\nattack = { nodes = \"ring\", count = 2, by = \"overlay-degree\" }\n";
    let head = HEAD.replace("until = \"done\"", "duration = \"100 s\"");
    let found = scenario(&format!("{head}{nodes}")).warnings.join("\n");
    for part in ["nobody gets anything", "no overlay", "waits for ever", "is reached"] {
        assert!(!found.contains(part), "{part:?} is in\n{found}");
    }
    assert!(found.contains("nodes.ring: `free_riders` does nothing"), "{found}");
}

#[test]
fn parts_that_meet_at_a_station_are_too_much_for_it_together() {
    let text = format!(
        "{}[workloads.web.request]\nfrom = \"friend\"\nwork = \"10 ms\"\narrivals = {{ poisson = {{ rate = \"30 /s\" }} }}\n\
         [workloads.app.request]\nfrom = \"friend\"\nwork = \"10 ms\"\narrivals = {{ poisson = {{ rate = \"80 /s\" }} }}\n\
         [architectures.x.mix]\nweb.client-server = {{ servers = \"home\" }}\napp.client-server = {{ servers = \"home\" }}\n",
        HEAD.replace("until = \"done\"", "duration = \"100 s\"")
    );
    let found = scenario(&text).warnings.join("\n");
    assert!(found.contains("\"x\": the station \"cpu\" of home would have 1.10 times"), "{found}");
}

const MIX: &str = "[workloads.put.store]\nfrom = \"home\"\nsize = \"8 MB\"\narrivals = { burst = { over = \"0 s\" } }\n\
                   [workloads.get.retrieve]\nfrom = \"home\"\nof = \"put\"\narrivals = { burst = { over = \"0 s\" } }\n\
                   [workloads.send.transfer]\nfrom = \"home\"\nto = \"cloud\"\nsize = \"1 MB\"\narrivals = { burst = { over = \"0 s\" } }\n";

#[test]
fn a_wrong_mix_is_told_where_it_is_wrong() {
    let cases: [(&str, &[&str]); 9] = [
        (
            "put.client-server = { servers = \"cloud\" }\nget.same-as = \"put\"\ngot.same-as = \"put\"",
            &["a mix serves workloads, and there is no \"got\"", "did you mean \"get\"?"],
        ),
        (
            "put.client-server = { servers = \"cloud\" }",
            &["nobody serves the workload \"get\" in this mix", "write get = { KIND"],
        ),
        (
            "put.client-server = { servers = \"cloud\" }\nget.same-as = \"putt\"",
            &["no architecture of this mix stands under \"putt\"", "did you mean \"put\"?"],
        ),
        ("put.same-as = \"get\"\nget.same-as = \"put\"", &["a mix of 0 architectures"]),
        (
            "put.client-server = { servers = \"cloud\" }\nget.shared-disks = { peers = [\"friend\", \"home\"], redundancy = { copies = 1 } }",
            &["two architectures of a mix keep items: client-server and shared-disks", "same-as"],
        ),
        (
            "put.mix.get.client-server = { servers = \"cloud\" }\nget.same-as = \"put\"",
            &["a mix is made of architectures that are none"],
        ),
        (
            "put.chord = { peers = \"home\" }\nget.same-as = \"put\"",
            &["chord keeps nothing for others, and the workload \"put\" asks"],
        ),
        (
            "put.client-server = { servers = \"clouds\" }\nget.same-as = \"put\"",
            &["clouds", "did you mean \"cloud\"?"],
        ),
        (
            "put.client-serve = { servers = \"cloud\" }\nget.same-as = \"put\"",
            &["did you mean", "client-server"],
        ),
    ];
    for (mix, expected) in cases {
        let error = parse(&format!("{HEAD}{MIX}[architectures.x.mix]\n{mix}\n")).unwrap_err();
        for part in expected {
            assert!(error.contains(part), "{part:?} is not in\n{error}");
        }
    }
    // What is wrong with a workload does not hide what is wrong with an architecture.
    let both = format!(
        "{HEAD}{MIX}[workloads.bad.download]\nfrom = \"nobody\"\n[architectures.x.mix]\nput.client-server = {{ servers = \"clod\" }}\n"
    );
    let error = parse(&both).unwrap_err();
    assert!(error.contains("\"nobody\"") && error.contains("did you mean \"cloud\"?"), "{error}");
    let alone = parse(&format!("{HEAD}{MIX}[architectures.x]\nsame-as = \"put\"\n")).unwrap_err();
    assert!(alone.contains("`same-as` names another workload of a mix"), "{alone}");
}

#[test]
fn bare_transfers_need_nobody() {
    let mix = "put.client-server = { servers = \"cloud\" }\nget.same-as = \"put\"";
    let scenario = scenario(&format!("{HEAD}{MIX}[architectures.x.mix]\n{mix}\n"));
    let record = run(&scenario, &scenario.contenders[0]);
    let sent = record.requests.iter().find(|request| request.workload == 2).unwrap();
    assert_eq!(sent.outcome, Outcome::Answered);
}

#[test]
fn a_node_is_told_by_what_it_does_most_for_others() {
    let text = format!(
        "{HEAD}[workloads.page.download]\nfrom = \"friend\"\ncatalogue = {{ size = \"8 MB\" }}\narrivals = {{ burst = {{ over = \"0 s\" }} }}\n\
         [workloads.photo.download]\nfrom = [\"friend\", \"home\"]\ncatalogue = {{ size = \"8 MB\" }}\narrivals = {{ burst = {{ over = \"0 s\" }} }}\n\
         [architectures.x.mix]\npage.edge-caches = {{ caches = \"home\", origin = \"cloud\", capacity = \"1 GB\" }}\n\
         photo.bittorrent = {{ seeds = \"cloud\" }}\n"
    );
    let scenario = scenario(&text);
    let record = run(&scenario, &scenario.contenders[0]);
    let roles: Vec<&str> = record.nodes.iter().map(|node| node.role.name()).collect();
    assert_eq!(roles, ["cache", "server", "peer"]);
}

#[test]
fn efficiency_is_that_of_those_who_work_on_jobs() {
    let text = |part: &str| {
        format!(
            "{}[nodes.other]\ncount = 8\nup = \"1 Gbit/s\"\ndown = \"1 Gbit/s\"\ncpu = {{ workers = 1 }}\n\
             [workloads.ask.request]\nfrom = \"friend\"\nwork = \"1 ms\"\narrivals = {{ poisson = {{ rate = \"1 /s\" }} }}\n\
             [workloads.bag.job]\nfrom = \"friend\"\nwork = \"6 s\"\narrivals = {{ poisson = {{ rate = \"0.1 /s\" }} }}\n\
             [architectures.x.mix]\nask.client-server = {{ servers = \"other\" }}\nbag.{part}\n",
            HEAD.replace("until = \"done\"", "duration = \"500 s\"")
        )
    };
    let of = |part: &str| {
        let scenario = scenario(&text(part));
        let record = run(&scenario, &scenario.contenders[0]);
        ["speed_up", "efficiency", "work_jain"].map(|name| metric(&record, name))
    };
    let servers = of("client-server = { servers = \"home\" }");
    let farm = of("server-farm = { servers = \"home\", dispatcher = \"cloud\" }");
    for (servers, farm) in servers.iter().zip(farm) {
        assert!((servers - farm).abs() < 1e-3 * farm, "{servers} {farm}");
    }
}

#[test]
fn nothing_is_faster_than_the_bound_of_a_mix() {
    let text = format!(
        "{HEAD}[nodes.pc]\ncount = 8\nup = \"1 Mbit/s\"\ndown = \"50 Mbit/s\"\n\
         [workloads.film.download]\nfrom = \"pc\"\ncatalogue = {{ size = \"50 MB\" }}\narrivals = {{ burst = {{ over = \"0 s\" }} }}\n\
         [workloads.song.download]\nfrom = \"pc\"\ncatalogue = {{ size = \"100 kB\" }}\ncopies = {{ at = \"pc\", mean = 3 }}\narrivals = {{ burst = {{ over = \"0 s\" }} }}\n\
         [architectures.x.mix]\nfilm.client-server = {{ servers = \"cloud\" }}\n"
    );
    let bound = |song: &str| {
        let scenario = scenario(&format!("{text}{song}\n"));
        let record = run(&scenario, &scenario.contenders[0]);
        measure(&record, None)[metric_index("makespan_over_bound").unwrap()]
    };
    // Whose servers bring what peers find is not known.
    assert_eq!(bound("song.flooding = { peers = \"pc\" }"), None);
    assert!(bound("song.client-server = { servers = \"cloud\" }").unwrap() >= 1.0);
}
