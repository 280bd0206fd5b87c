//! What is asked for, and the architectures that it is asked of.

use std::fmt::Write;

use super::{Chance, Dice};

impl<C: Chance> Dice<C> {
    /// Workloads and architectures; `servers`: nodes of that group.
    pub(super) fn demand(&mut self, servers: usize) -> String {
        match self.below(10) {
            0 => self.downloads(),
            1 => self.requests(),
            2 => self.transactions(servers),
            3 => self.shared_files(),
            4 => self.items(),
            5 => self.jobs(),
            6 => self.calls(),
            7 => self.updates(),
            8 => self.prints(),
            _ => self.lookups(),
        }
    }

    fn policy(&mut self, is_choosing: bool) -> String {
        let timeout = self.between(300, 8000);
        let mut text = format!("timeout = \"{timeout} ms\"\n");
        if self.one_in(2) {
            let _ = writeln!(
                text,
                "retry = {{ attempts = {}, backoff = \"{} ms\"{} }}",
                self.between(1, 4),
                self.below(2000),
                self.of(&["", "", ", budget = 0.1"])
            );
        }
        if is_choosing && self.one_in(4) {
            let _ = writeln!(text, "hedge = {{ after = \"{} ms\" }}", timeout / 3);
        }
        if is_choosing && self.one_in(5) {
            text += "circuit_breaker = { failures = 2, open = \"1 s\" }\n";
        }
        text
    }

    fn arrivals(&mut self) -> String {
        match self.below(4) {
            0 => "{ burst = { over = \"10 s\" } }".to_owned(),
            1 => format!("{{ poisson = {{ rate = \"2 /s\", count = {} }} }}", self.between(1, 25)),
            2 => format!("{{ closed = {{ each = 3, think = {} }} }}", self.span(2000)),
            _ => format!("{{ per-node = {{ every = {}, each = 3 }} }}", self.span(3000)),
        }
    }

    /// Two peers have room for all copies that there are from the start, however many.
    fn limit_copies(&mut self, objects: usize, size_kb: usize, mean: usize) {
        if self.one_in(3) {
            let space = (objects * size_kb * mean).div_ceil(2);
            let space = self
                .of(&["\"SPACE kB\"", "{ exponential = { mean = \"SPACE kB\" } }"])
                .replace("SPACE", &space.to_string());
            let policy = self.of(&["", "copy_policy = \"lfu\"\n", "copy_policy = \"fifo\"\n"]);
            self.copy_space = format!("copy_space = {space}\n{policy}");
        }
    }

    fn downloads(&mut self) -> String {
        let (arrivals, mut text) = (self.arrivals(), String::new());
        let (objects, size) = (self.between(1, 4), self.between(1, 2000));
        self.limit_copies(objects, size, 1);
        let _ = write!(
            text,
            "[workloads.w.download]\nfrom = \"peer\"\narrivals = {arrivals}\nresume = {}\n\
             catalogue = {{ objects = {objects}, size = \"{size} kB\" }}\n{}",
            self.of(&["true", "false"]),
            self.policy(true)
        );
        let _ = write!(
            text,
            "[workloads.t.transfer]\nfrom = \"peer\"\nto = [\"peer\", \"server\"]\nsize = \"300 kB\"\n\
             arrivals = {{ poisson = {{ rate = \"1 /s\", count = 8 }} }}\n{}",
            self.policy(false)
        );
        let _ = write!(
            text,
            "[architectures.servers.client-server]\nservers = \"server\"\nbalance = {}\n\
             [architectures.caches.edge-caches]\ncaches = \"edge\"\norigin = \"server\"\n\
             capacity = \"3 MB\"\n\
             [architectures.swarm.bittorrent]\nseeds = \"server\"\npiece_size = \"64 KiB\"\n\
             rechoke_interval = \"2 s\"\nseed_time = \"{} s\"\n{}\n",
            self.of(&[
                "\"random\"",
                "\"round-robin\"",
                "\"least-outstanding\"",
                "{ primary-backup = { fail_over = \"1 s\" } }",
            ]),
            self.below(10),
            self.finder()
        );
        if self.below(3) == 0 {
            text += &self.middleware_of_caches();
        }
        text
    }

    /// How the peers of a swarm find each other; nothing: at a tracker.
    fn finder(&mut self) -> &'static str {
        self.of(&[
            "",
            "neighbours = 2",
            "overlay = { random-regular = { degree = 3 } }",
            "find = { kademlia = { bucket = 3, timeout = \"500 ms\", refresh_every = \"5 s\", republish_every = \"5 s\" } }",
            "find = { kademlia = { bucket = 8, announce_copies = 1, caching = \"10 s\", peers = [\"peer\", \"server\", \"edge\"] } }",
            "find = { chord = { timeout = \"500 ms\", stabilise_every = \"2 s\", fix_fingers_every = \"2 s\", republish_every = \"5 s\" } }",
            "find = { chord = { lookups = \"recursive\", announce_copies = 1, answers = 2 } }",
            "find = { broadcast = {} }",
            "find = { flooding = { ttl = [1, 3], patience = \"2 s\" } }",
            "find = { random-walk = { walkers = 3, steps = 20, overlay = { host-cache = { links_per_peer = 1, cache = 3 } } } }",
            "find = { random-walk = { check_every = 0, steps = 50 } }",
            "find = { supernodes = { share = 0.3, attach = 2, ttl = 2 } }",
            "find = { directory = { server = \"monitor\", answers = 3 } }",
        ])
    }

    /// Of clients, and of caches as clients of the origin.
    fn middleware_of_caches(&mut self) -> String {
        let ms = self.between(0, 100);
        let set_up = self.of(&[
            "",
            "set_up = { round_trips = 2, server_work = \"5 ms\" }\nkeep_alive = \"2 s\"\n",
        ]);
        let platform = |clients: &str| {
            format!(
                "[[architectures.caches.edge-caches.middleware.platforms]]\nclients = \"{clients}\"\n\
                 marshal = \"{ms} ms\"\nserver_marshal = \"{ms} ms\"\noverhead = \"100 B\"\n{set_up}"
            )
        };
        [platform("peer"), platform("edge")].concat()
    }

    fn requests(&mut self) -> String {
        let (arrivals, mut text) = (self.arrivals(), String::new());
        let ms = self.between(1, 400);
        let _ = write!(
            text,
            "[workloads.w.request]\nfrom = \"peer\"\narrivals = {arrivals}\nwork = \"{ms} ms\"\n\
             question = \"{} kB\"\nanswer = \"{} kB\"\n{}",
            self.below(50),
            self.below(300),
            self.policy(true)
        );
        let _ = write!(
            text,
            "[architectures.servers.client-server]\nservers = \"server\"\n\
             health_checks = {{ from = \"monitor\", every = \"2 s\", timeout = \"500 ms\", fail_after = 2 }}\n\
             [architectures.backup.client-server]\nservers = \"server\"\n\
             balance = {{ primary-backup = {{ fail_over = \"1 s\" }} }}\n\
             [architectures.caches.edge-caches]\ncaches = \"edge\"\norigin = \"server\"\ncapacity = \"1 MB\"\n\
             [[architectures.tiers.multi-tier.tiers]]\nservers = \"edge\"\nwork = \"5 ms\"\n\
             threads = 2\nbacklog = 3\nconnections = 1\n\
             [[architectures.tiers.multi-tier.tiers]]\nservers = \"server\"\n"
        );
        if self.below(3) == 0 {
            text += &self.middleware_of_caches();
        }
        text
    }

    fn transactions(&mut self, servers: usize) -> String {
        let (arrivals, mut text) = (self.arrivals(), String::new());
        let ms = self.between(1, 400);
        let replication = self.of(&["primary-backup", "quorum"]);
        let (first, second) = match servers {
            // A quorum has three.
            0..=3 => ("primary-backup", "[\"server-1\", \"server-2\"]"),
            _ => (replication, "[\"server-1\", \"server-2\", \"server-3\"]"),
        };
        let _ = write!(
            text,
            "[workloads.cash.transaction]\narrivals = {}\n\
             mix = {{ withdrawal = 0.5, transfer = 0.5 }}\nforeign = 0.3\ninterbank = 0.5\n\
             amount = \"20 EUR\"\nbalance = \"200 EUR\"\nwork = \"{ms} ms\"\nforced_write = \"5 ms\"\n\
             timeout = \"{} ms\"\n\
             [workloads.cash.transaction.banks.north]\nmachines = \"peer\"\naccounts = 5\n\
             [workloads.cash.transaction.banks.south]\naccounts = 5\n\
             [architectures.one.central]\nservers = {second}\nreplication = \"{first}\"\n\
             fail_over = \"1 s\"\ntimeout = \"2 s\"\n\
             [architectures.two.federated]\nservers = {{ north = \"edge-1\", south = \"edge-2\" }}\n\
             switch = \"server-1\"\n",
            if arrivals.contains("poisson") {
                arrivals
            } else {
                "{ poisson = { rate = \"2 /s\", count = 12 } }".to_owned()
            },
            self.between(500, 6000)
        );
        if self.below(3) == 0 {
            let ms = self.between(0, 100);
            for (table, clients) in
                [("one.central", "peer"), ("two.federated", "peer"), ("two.federated", "server-1")]
            {
                let _ = write!(
                    text,
                    "[[architectures.{table}.middleware.platforms]]\nclients = \"{clients}\"\n\
                     marshal = \"{ms} ms\"\nserver_marshal = \"{ms} ms\"\noverhead = \"100 B\"\n\
                     set_up = {{ round_trips = 2, server_work = \"{ms} ms\" }}\nkeep_alive = \"3 s\"\n"
                );
            }
        }
        text
    }

    /// What peers have is found in all ways, and fetched from those that have it.
    fn shared_files(&mut self) -> String {
        let (objects, size) = (self.between(2, 12), self.between(1, 1000));
        self.limit_copies(objects, size, 2);
        let text = format!(
            "[workloads.w.download]\nfrom = \"peer\"\narrivals = {}\nresume = {}\n\
             catalogue = {{ objects = {objects}, size = \"{size} kB\" }}\n{}{}\
             [architectures.servers.client-server]\nservers = \"server\"\n",
            self.arrivals(),
            self.of(&["true", "false"]),
            self.copies(),
            self.policy(false)
        );
        text + &self.announcements() + &self.searches()
    }

    /// What peers have they announce.
    fn announcements(&mut self) -> String {
        let mut text = String::new();
        let ways = ["ring.chord", "circle.chord", "nearest.kademlia"];
        for (way, lookups) in ways.into_iter().zip(["iterative", "recursive", ""]) {
            let _ = write!(
                text,
                "[architectures.{way}]\npeers = \"peer\"\nanswers = {}\ntimeout = \"{} ms\"\n\
                 choose = \"{}\"\n{}{}",
                self.between(1, 5),
                self.between(1, 2000),
                self.choice(),
                self.of(&["", "upkeep = false\n", "republish_every = \"2 s\"\n"]),
                self.traversal(),
            );
            text += &match lookups {
                "" => format!(
                    "bucket = {}\n{}{}",
                    self.between(2, 4),
                    self.of(&["", "announce_copies = 1\n", "announce_copies = 2\n"]),
                    self.of(&["", "caching = \"3 s\"\n"])
                ),
                lookups => format!(
                    "lookups = \"{lookups}\"\nsuccessors = {}\n{}",
                    self.between(1, 4),
                    self.of(&["", "announce_copies = 1\n", "announce_copies = 2\n"])
                ),
            };
        }
        text
    }

    fn choice(&mut self) -> &'static str {
        self.of(&["first", "first", "random", "nearest", "least-loaded", "fastest"])
    }

    /// What nodes store is on servers, and on disks of peers with and without all that there is to say.
    fn items(&mut self) -> String {
        let stored = self.below(4);
        let (whose, size) = (self.of(&["own", "any"]), self.between(1, 900));
        let mut text = format!(
            "[workloads.w.store]\nfrom = \"peer\"\narrivals = {}\nstored = {stored}\n\
             size = {{ exponential = {{ mean = \"{size} kB\" }} }}\n{}\
             [workloads.back.retrieve]\nfrom = \"peer\"\nof = \"w\"\nwhose = \"{whose}\"\n\
             arrivals = {}\n{}\
             [architectures.servers.client-server]\nservers = \"server\"\ncopies = {}\nbalance = {}\n",
            self.arrivals(),
            self.policy(false),
            self.arrivals(),
            self.policy(false),
            self.between(1, 2),
            self.of(&["\"random\"", "\"least-outstanding\"", "\"nearest\""])
        );
        for (name, more) in [("owners", ""), ("index", "directory = \"monitor\"\n")] {
            let space = self.of(&["\"400 kB\"", "\"3 MB\"", "\"1 GB\""]);
            let _ = write!(
                text,
                "[architectures.{name}.shared-disks]\npeers = [\"peer\", \"edge\"]\n{more}\
                 redundancy = {}\nspace = {space}\n{}{}{}",
                self.of(&[
                    "{ copies = 1 }",
                    "{ copies = 3 }",
                    "{ erasure = { needed = 2, pieces = 3 } }",
                    "{ erasure = { needed = 3, pieces = 3 } }",
                ]),
                self.of(&["", "prefer = \"nearest\"\n"]),
                self.of(&["", "acknowledge = \"all\"\n"]),
                self.of(&[
                    "",
                    "repair = { after = \"0 s\", every = \"300 ms\" }\n",
                    "repair = { after = \"2 s\", every = \"1 s\" }\n",
                ])
            );
        }
        text
    }

    /// Jobs of peers and of others, done in all ways.
    fn jobs(&mut self) -> String {
        if !self.stations.iter().any(|group| group == "peer") {
            self.copy_space += "cpu = { workers = 2 }\n";
        }
        let from = self.of(&["\"peer\"", "\"edge\"", "[\"peer\", \"edge\"]"]);
        let policy = if self.one_in(3) { String::new() } else { self.policy(false) };
        let mut text = format!(
            "[workloads.w.job]\nfrom = {from}\narrivals = {}\nwork = {}\n{}{}{policy}\
             [architectures.servers.client-server]\nservers = \"peer\"\n",
            self.of(&["{ burst = { over = \"1 s\", each = 4 } }", ""]).to_owned(),
            self.span(1500),
            self.of(&["", "input = \"200 kB\"\n"]),
            self.of(&["", "output = \"100 kB\"\n"]),
        );
        if text.contains("arrivals = \n") {
            let arrivals = format!("arrivals = {}\n", self.arrivals());
            text = text.replacen("arrivals = \n", &arrivals, 1);
        }
        for data in ["direct", "through"] {
            let _ = write!(
                text,
                "[architectures.{data}.server-farm]\nservers = \"peer\"\ndispatcher = \"monitor\"\n\
                 data = \"{data}\"\n{}",
                self.of(&["", "", "balance = \"round-robin\"\n", "balance = \"two-choices\"\n"])
            );
        }
        let _ = write!(
            text,
            "[architectures.fetching.volunteers]\nworkers = \"peer\"\nmaster = \"monitor\"\n\
             deadline = \"{} ms\"\nask_every = \"{} ms\"\n{}{}{}",
            self.between(100, 20_000),
            self.between(10, 5000),
            self.of(&["", "copies = 2\n", "quorum = 2\n"]),
            self.of(&["", "checkpoint = \"300 ms\"\n"]),
            self.of(&["", "wrong_results = 0.3\n"])
        );
        for (name, more) in [("probing", ""), ("stealing", "first_pause = \"50 ms\"\n")] {
            let _ = write!(
                text,
                "[architectures.{name}.shared-processors]\npeers = \"peer\"\nfind = \"{name}\"\n{more}"
            );
            text += match name {
                "probing" => self.of(&["", "probes = 1\npatience = \"30 ms\"\n", "probes = 9\n"]),
                _ => self.of(&["", "steal = \"oldest\"\n"]),
            };
        }
        if from == "\"peer\"" {
            text += "[architectures.ring.shared-processors]\npeers = \"peer\"\nfind = \"dht\"\n";
            text += self.of(&["", "upkeep = false\n", "lookups = \"recursive\"\n"]);
        }
        text
    }

    /// Every way to find somebody, and to reach him.
    fn calls(&mut self) -> String {
        let size = self.of(&["", "", "size = 4\n", "size = { uniform = { min = 2, max = 7 } }\n"]);
        let is_conference = !size.is_empty();
        let mut text = format!(
            "[workloads.w.call]\nfrom = \"peer\"\nto = [\"peer\", \"edge\"]\narrivals = {}\n{size}\
             holding = {}\ncodec = \"{}\"\n{}{}{}\
             [workloads.t.transfer]\nfrom = \"peer\"\nto = \"edge\"\narrivals = {}\n\
             size = \"{} kB\"\n{}",
            self.arrivals(),
            self.span(8000),
            self.of(&["g711", "g729", "opus-48"]),
            self.of(&["", "contacts = 2\n"]),
            self.of(match is_conference {
                true => &["", "", "video = \"360p\"\n"],
                false => &["", "silence_suppression = true\n", "video = \"900 kbit/s\"\n"],
            }),
            self.policy(false),
            self.arrivals(),
            self.between(1, 3000),
            self.policy(false)
        );
        for (name, set_up) in [
            ("registrar", "set_up = \"central\"\nserver = \"monitor\"\n"),
            ("some", "set_up = \"supernodes\"\nsupernodes = 0.3\n"),
            ("ring", "set_up = \"dht\"\n"),
        ] {
            let _ = write!(
                text,
                "[architectures.{name}.telephony]\nusers = [\"peer\", \"edge\"]\n{set_up}{}{}{}",
                self.of(&[
                    "",
                    "media = \"relay\"\n",
                    "media = \"relay\"\nrelays = \"server\"\n",
                    "media = \"server\"\nrelays = [\"server\", \"edge\"]\n",
                ]),
                self.of(&["", "restart_after = \"700 ms\"\n", "restart_after = \"0 s\"\n"]),
                self.of(&["", "gateways = \"edge\"\nlines = 2\n"])
            );
            text += self.of(&[
                "",
                "conferences = \"mixing\"\nbridges = \"server\"\n",
                "conferences = \"forwarding\"\nbridges = [\"server\", \"edge\"]\n",
                "conferences = \"forwarding\"\nbridges = \"server\"\nstream_work = \"20 ms\"\n",
            ]);
        }
        text
    }

    /// Every way to bring updates to the members of groups.
    fn updates(&mut self) -> String {
        let mut text = format!(
            "[workloads.w.update]\nfrom = [\"peer\", \"edge\"]\narrivals = {}\n\
             size = \"{} kB\"\n{}{}\
             [workloads.t.transfer]\nfrom = \"peer\"\nto = \"edge\"\narrivals = {}\n\
             size = \"{} kB\"\n{}",
            self.arrivals(),
            self.between(1, 900),
            self.of(&["", "groups = 2\n", "group_size = 3\n"]),
            self.of(&["", "timeout = \"5 s\"\n"]),
            self.arrivals(),
            self.between(1, 3000),
            self.policy(false)
        );
        for (name, poll) in [("told", ""), ("asked", "poll = \"800 ms\"\n")] {
            let _ = write!(
                text,
                "[architectures.{name}.group-server]\nservers = \"server\"\n{poll}{}",
                self.of(&["", "reconnect = \"300 ms\"\n"])
            );
        }
        for (spread, keys) in [
            ("full-mesh", ["", "repair_every = \"2 s\"\n"]),
            ("tree", ["repair_every = \"3 s\"\n", "degree = 3\n"]),
            ("push", ["", "round = \"700 ms\"\n"]),
            ("pull", ["", "fanout = 2\n"]),
            ("push-pull", ["", "fanout = 9\nround = \"3 s\"\n"]),
        ] {
            let _ = write!(
                text,
                "[architectures.{spread}.group-peers]\nspread = \"{spread}\"\n{}",
                self.of(&keys)
            );
        }
        text
    }

    /// Printers of peers, one after another for all or each by itself, and beside servers.
    fn prints(&mut self) -> String {
        let more = self.of(&["", ", spool = 1", ", jam = 0.1, clear = \"2 s\""]);
        self.copy_space += &format!("printer = {{ pages_per_minute = 60{more} }}\n");
        let printers = self.of(&["\"peer\"", "[\"peer-1\", \"peer-2\"]", "\"peer-3\""]);
        let mut spool = || self.of(&["", "spool = \"lost\"\n", "spool = \"kept\"\n"]);
        let spools: [&str; 4] = std::array::from_fn(|_| spool());
        let [at_server, near, all, fixed] = spools;
        let server = self.of(&["monitor", "server-1", "peer-1"]);
        let wait = self.of(&["", "wait = \"30 ms\"\n"]);
        format!(
            "[workloads.w.print]\nfrom = [\"peer\", \"edge\"]\narrivals = {}\n\
             pages = {{ exponential = {{ mean = {} }} }}\npage_size = \"40 kB\"\n{}\
             [architectures.spooled.print-server]\nserver = \"{server}\"\nprinters = {printers}\n{at_server}\
             [architectures.near.shared-printers]\nprinters = {printers}\n{near}\
             [architectures.asked.shared-printers]\nprinters = {printers}\nfind = \"broadcast\"\n{wait}{all}\
             [architectures.fixed.shared-printers]\nprinters = {printers}\nfind = \"fixed\"\n{fixed}\
             [architectures.both.client-server]\nservers = \"server\"\n\
             print_server = {{ server = \"server-1\", printers = {printers} }}\n",
            self.arrivals(),
            self.between(1, 6),
            self.policy(false),
        )
    }

    fn lookups(&mut self) -> String {
        let mut text = format!(
            "[workloads.w.lookup]\nfrom = \"peer\"\narrivals = {}\nkeys = {}\n{}{}\
             [architectures.servers.client-server]\nservers = \"server\"\n",
            self.arrivals(),
            self.between(2, 12),
            self.copies(),
            self.policy(false)
        );
        for lookups in ["iterative", "recursive"] {
            let _ = write!(
                text,
                "[architectures.{lookups}.chord]\npeers = \"peer\"\nlookups = \"{lookups}\"\n\
                 successors = {}\ntimeout = \"{} ms\"\n",
                self.between(1, 4),
                self.between(1, 2000)
            );
            text += self.of(&[
                "upkeep = false\n",
                "",
                "stabilise_every = \"5 ms\"\nfix_fingers_every = \"1 s\"\n",
                "stabilise_every = \"2 s\"\nfix_fingers_every = \"300 ms\"\n",
            ]);
        }
        let _ = write!(
            text,
            "[architectures.nearest.kademlia]\npeers = \"peer\"\nbucket = {}\nparallel = {}\n\
             replicate = {}\n{}timeout = \"{} ms\"\n{}",
            self.between(2, 4),
            self.between(1, 2),
            self.between(1, 2),
            self.of(&["", "caching = \"3 s\"\n"]),
            self.between(1, 2000),
            self.of(&["upkeep = false\n", "", "refresh_every = \"1 s\"\n"])
        );
        text + &self.searches()
    }

    fn copies(&mut self) -> String {
        let mean = self.of(&["0.5", "1", "2"]);
        let spread = self.of(&["uniform", "proportional", "square-root"]);
        let interests = self.of(&["", ", interests = 1", ", interests = 2, focus = 1"]);
        format!("copies = {{ at = \"peer\", mean = {mean}, spread = \"{spread}\"{interests} }}\n")
    }

    fn traversal(&mut self) -> &'static str {
        self.of(&[
            "",
            "traversal = \"none\"\n",
            "traversal = \"relay\"\n",
            "traversal = \"relay\"\nrelays = [\"monitor\", \"peer-1\"]\n",
        ])
    }

    fn searches(&mut self) -> String {
        let chosen = self.choice();
        let choose = match (chosen, self.of(&["", "gather = \"300 ms\"\n", "gather = \"0 s\"\n"])) {
            ("first", _) => String::new(),
            (chosen, gather) => format!("choose = \"{chosen}\"\n{gather}"),
        };
        let overlay = self.of(&[
            "",
            "overlay = { barabasi-albert = { links_per_peer = 1 } }\n",
            "overlay = { erdos-renyi = { mean_degree = 1 } }\n",
        ]);
        let ways: [&str; 4] = std::array::from_fn(|_| self.traversal());
        let [index, flood, walk, group] = ways;
        format!(
            "[architectures.index.directory]\npeers = \"peer\"\nserver = \"monitor\"\nchoose = \"{chosen}\"\nanswers = {}\n{index}\
             [architectures.flood.flooding]\npeers = \"peer\"\nttl = {}\npatience = \"{} ms\"\n{overlay}{choose}{flood}\
             [architectures.walk.random-walk]\npeers = \"peer\"\nwalkers = {}\nsteps = {}\n\
             check_every = {}\nturn_back = {}\npatience = \"{} ms\"\n{overlay}{choose}{walk}\
             [architectures.call.broadcast]\npeers = \"peer\"\npatience = \"{} ms\"\n{choose}\
             [architectures.super.supernodes]\npeers = \"peer\"\nshare = {}\nattach = {}\nttl = {}\n\
             patience = \"{} ms\"\n{choose}{group}",
            self.between(1, 5),
            self.of(&["1", "7", "[1, 3]"]),
            self.between(1, 3000),
            self.between(1, 4),
            self.of(&["1", "5", "1000"]),
            self.below(3),
            self.of(&["true", "false"]),
            self.between(1, 9000),
            self.between(1, 3000),
            self.of(&["0.05", "0.3", "1"]),
            self.between(1, 3),
            self.between(1, 4),
            self.between(1, 9000)
        )
    }
}
