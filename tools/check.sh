#!/bin/bash
# What can be known without running the application. Says everything that is wrong, not only the first.
cd "$(dirname "$0")/.." || exit 2
bin=.venv/bin
failed=""

look() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1 </dev/null); then
        echo "ok      $name"
    else
        echo "FAILED  $name: $*"
        sed 's/^/        /' <<<"$said"
        failed="$failed $name"
    fi
}

look format $bin/ruff format --check .
look lint $bin/ruff check --quiet .
look types $bin/mypy
look templates $bin/djlint --lint --quiet templates
look setup $bin/pytest -q tests/house/test_setup.py
look migrations $bin/pytest -q tests/house/test_migrations.py -m "not services"

if $bin/python tools/audit.py; then echo "ok      audit"; else echo "FAILED  audit"; failed="$failed audit"; fi

[ -z "$failed" ] || { echo "To put right what can be put right by itself: make format"; exit 1; }
