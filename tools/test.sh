#!/bin/bash
# All tests, in groups. Words given are passed on to pytest. What cannot run on this machine says so in a line of its own.
cd "$(dirname "$0")/.." || exit 2
failed=""
times=""
# As many at once as there are processors; a fixed seed, so that all of them find the same tests in the same order.
export PYTHONHASHSEED=0
hands="-n $(nproc) --dist worksteal"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

group() {
    local name=$1 began=$SECONDS code
    shift
    echo "== $name"
    .venv/bin/pytest -q "$@" </dev/null | tee -a "$log"
    code=${PIPESTATUS[0]}
    [ $code = 0 ] || [ $code = 5 ] || failed="$failed, $name"  # 5: nothing in this group was chosen
    times="$times$(printf '%5d s  %s' $((SECONDS - began)) "$name")"$'\n'
}

# Only the files that hold any of a group are read: looking through all of them takes a quarter of a minute each time.
holding() {
    [ $# -gt 1 ] || grep -rlE "$1" tests --include='test_*.py'
}

group "everything on SQLite" $hands -m "not services and not browser" "$@"
group "what keeps rows, on PostgreSQL" $hands --database=postgresql -m "not services and not browser" "$@"
group "real servers and workers" $hands -m "services" "$@" $(holding 'mark\.services' "$@")
group "the same on PostgreSQL" --database=postgresql -m "services" "$@" $(holding 'mark\.services' "$@")
group "in a browser" $hands -m "browser" "$@" $(holding 'mark\.browser' "$@")

echo
printf '%s' "$times"
grep -o 'NO [A-Z]* HERE.*' "$log" | sort -u | sed 's/^/NOT ALL WAS TESTED: /'
if [ -n "$failed" ]; then
    echo "FAILED: ${failed#, }"
    exit 1
fi
echo "All tests passed, in $((SECONDS / 60)) minutes $((SECONDS % 60)) seconds."
