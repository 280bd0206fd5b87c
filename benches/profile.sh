#!/usr/bin/env bash
# Where the time of a run goes, as one row of a Markdown table:
#
#   benches/profile.sh FILE [ARGUMENTS OF hubmesh run]...
#
# A sample counts for the innermost function of hubmesh on its stack, inlined ones too; what the
# generator of random numbers and the units take is their caller's. Needs perf and addr2line.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
# A folder of its own, as other flags would build everything anew each time.
target=${HUBMESH_PROFILE_TARGET:-$root/target/profile}
RUSTFLAGS="-C force-frame-pointers=yes" CARGO_PROFILE_RELEASE_DEBUG=1 CARGO_TARGET_DIR=$target \
    cargo build --locked --quiet --release --manifest-path "$root/Cargo.toml"
program=$target/release/hubmesh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

perf record --quiet --freq 2000 --call-graph fp --output "$folder/perf.data" -- \
    "$program" run "$@" --no-charts --quiet --threads 1 --out "$folder/results" >/dev/null
# A stack a paragraph, innermost frame first; each with its place in the program's file.
perf script --input "$folder/perf.data" --fields ip,sym,dso >"$folder/stacks" 2>/dev/null

# Places in the file and addresses differ by as much as the code's segment does.
read -r offset address < <(readelf --segments --wide "$program" |
    awk '$1 == "LOAD" && $7 == "R" && $8 == "E" { print $2, $3 }')
# A caller's place is behind its call, which may be another line.
awk '/^\t/ { if ($NF ~ /\/hubmesh\)$/) print $1, before; before = 1; next } { before = 0 }' \
    "$folder/stacks" | sort -u |
    while read -r place before; do
        printf '%s %x\n' "$place,${before:-0}" $((16#$place + address - offset - ${before:-0}))
    done >"$folder/places"
cut -d ' ' -f 2 "$folder/places" | addr2line --exe "$program" --addresses --inlines |
    sed "s|$root/src/|hubmesh:|" >"$folder/lines"

awk -v places="$folder/places" -v lines="$folder/lines" '
    function part(file) {
        if (file ~ /^network\/(area|solver|tournament|progressive_filling)\.rs/) return "solver"
        if (file ~ /^network\/(attachment|transport|routing)\.rs/) return "world"
        if (file ~ /^network\//) return "settling"
        if (file ~ /^(engine\/(queue|simulation)|model\/demand)/) return "queue"
        if (file ~ /^engine\//) return "world"
        if (file ~ /^architectures\//) return "architecture"
        if (file ~ /^metrics\//) return "recorder"
        return "around"
    }
    function count() {
        if (depth > 0) {
            total++
            samples[file == "" ? "other" : is_run ? part(file) : "around"]++
        }
        depth = 0; is_run = 0; file = ""
    }
    BEGIN {
        while ((getline < lines) > 0) {
            if (/^0x/) { at = $1; sub(/^0x0*/, "", at) }
            else if (!(at in files) && /^hubmesh:/ && !/^hubmesh:(random|units)\//) {
                sub(/^hubmesh:/, ""); sub(/:.*/, ""); files[at] = $0
            }
        }
        while ((getline < places) > 0) address[$1] = $2
    }
    /^\t/ {
        key = $1 "," (depth > 0 ? 1 : 0)
        if (file == "" && (key in address)) file = files[address[key]]
        if (/::simulate/) is_run = 1
        depth++
        next
    }
    { count() }
    END {
        count()
        split("solver settling queue world architecture recorder around other", names, " ")
        row = "| " total " "
        for (i = 1; i <= 8; i++) row = row sprintf("| %.0f %% ", 100 * samples[names[i]] / total)
        print row "|"
    }
' "$folder/stacks"
