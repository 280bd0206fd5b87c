#!/usr/bin/env bash
# A sweep by a real Slurm on this machine: two nodes on loopback, one of which is killed in the middle. The merged result
# must be that of a sweep without it, byte for byte.
#
# tests/slurm.sh PROGRAM; needs slurmctld, slurmd, sbatch and munged, and to be root.
set -euo pipefail

program=$(realpath "$1")
folder=$(mktemp -d)
# munged wants nobody else to be able to write above its socket.
chmod 755 "$folder"
submitted=
cleanup() {
    [ -z "$submitted" ] || kill "$submitted" 2>/dev/null || true
    for pid in "$folder"/*.pid; do
        [ -f "$pid" ] && kill "$(cat "$pid")" 2>/dev/null || true
    done
    sleep 1
    rm -rf "$folder"
}
trap cleanup EXIT

host=$(hostname -s)
# Nobody else's, most probably.
port=$((20000 + $$ % 20000))
mkdir "$folder/state" "$folder/n1" "$folder/n2"
cat > "$folder/slurm.conf" <<CONF
ClusterName=hubmesh
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
AuthInfo=socket=$folder/munge.sock,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
ReturnToService=2
SlurmdTimeout=5
JobRequeue=1
MaxArraySize=100001
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/%n.log
MpiDefault=none
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$folder/slurm.conf
head -c 128 /dev/urandom > "$folder/munge.key"
chmod 600 "$folder/munge.key"
munged --key-file="$folder/munge.key" --socket="$folder/munge.sock" --pid-file="$folder/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/munged.seed" --force
slurmctld -i -c
slurmd -N n1
slurmd -N n2
for node in n1 n2; do
    for _ in $(seq 1 100); do
        [ -s "$folder/$node.pid" ] && break
        sleep 0.1
    done
done
second=$(cat "$folder/n2.pid")

cd "$folder"
cat > s.toml <<'SCENARIO'
title = "A sweep by Slurm"
run = { until = "done", replications = 4 }
[nodes.server]
count = 1
up = "80 Mbit/s"
down = "80 Mbit/s"
[nodes.user]
count = 10
up = "4 Mbit/s"
down = "40 Mbit/s"
[network.access]
[workloads.film.download]
from = "user"
arrivals = { burst = { over = "1 s" } }
catalogue = { size = "4 MB" }
[architectures.central.client-server]
servers = "server"
[architectures.swarm.bittorrent]
seeds = "server"
piece_size = "64 KiB"
SCENARIO
vary=(--vary "nodes.user.count=10..200 log 8" --vary "nodes.user.up=1 Mbit/s,4 Mbit/s")
"$program" sweep s.toml "${vary[@]}" --out alone --no-charts --quiet > alone.txt
"$program" submit s.toml "${vary[@]}" --out cluster --no-charts --engine slurm --shards 12 > cluster.txt &
submitted=$!
# In the middle: when a few parts are there, the second node dies with whatever it does.
for _ in $(seq 1 600); do
    [ "$(ls cluster.shard-*.points 2>/dev/null | wc -l)" -ge 3 ] && break
    sleep 0.1
done
kill -9 "$second"
wait "$submitted"
submitted=
cmp alone/sweep.csv cluster/sweep.csv
cmp alone.txt cluster.txt
echo "12 parts by two nodes of Slurm, one of them killed: the same bytes"
