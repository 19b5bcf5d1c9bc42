#!/usr/bin/env bash
# Soak: runs an application behind the guard for minutes under mixed load. Meanwhile, a valid or an invalid policy is written
# ten times a second, the server of its list fails in turns, and the wall clock jumps.
#
#   scripts/soak.sh [SECONDS]      default 180
#
# The server and the load are separate processes on loopback; the checks are in examples/soak. The clock jumps if
# libfaketime is installed (Debian: libfaketime; or FAKETIME_LIB=/path/to/libfaketimeMT.so.1). Without it, the script says
# that the clock does not jump.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --example soak

library=${FAKETIME_LIB:-$(find /usr/lib -name libfaketimeMT.so.1 -print -quit 2>/dev/null)}
if [ -z "$library" ]; then
    echo 'no libfaketime: the clock does not jump'
    exec target/release/examples/soak "$@"
fi

offsets=$(mktemp)
trap 'rm -f "$offsets"; kill "$jumper" 2>/dev/null || true' EXIT
echo '+0' >"$offsets"
# Only the wall clock is faked: in reality, too, the monotonic clock does not jump with it.
(
    while :; do
        for offset in +0 +400d -3d +2h -30d; do
            echo "$offset" >"$offsets.new" && mv "$offsets.new" "$offsets"
            sleep 7
        done
    done
) &
jumper=$!
DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1 FAKETIME_TIMESTAMP_FILE="$offsets" \
    LD_PRELOAD="$library" target/release/examples/soak "$@"
