#!/bin/sh
# What the system must bring: Pango and fonts for certificates; for the tests also a browser and the databases.
# As root on Debian and its kin it is installed; elsewhere one line says what to run, and we go on without.
set -eu

wanted="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core"
lost="certificates cannot be made"
if [ "${1:-}" = tests ]; then
    wanted="$wanted poppler-utils chromium postgresql redis-server"
    lost="the tests that need them are skipped"
fi

command -v dpkg-query >/dev/null || exit 0  # another kind of system: `echo-sessions doctor` tells what is missing
missing=""
for name in $wanted; do
    # Newer releases call some of these libpango-1.0-0t64 and the like.
    dpkg-query -W -f '${db:Status-Status}\n' "$name" "${name}t64" 2>/dev/null | grep -qx installed || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "Not installed:$missing; until then $lost. As root: apt-get install$missing" >&2
    exit 0
fi
echo "Installing$missing: a few minutes, only this once."
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086  # a list of words
if { apt-get update && apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    rm -f "$log"
else
    echo "That did not work, see $log; until it does $lost. Later: apt-get install$missing" >&2
fi
