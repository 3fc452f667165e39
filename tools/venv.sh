#!/bin/sh
# Make .venv with whatever this machine has: Python's own venv module, else uv, which pip can fetch.
set -eu
python=${PYTHON:-python3}

if ! command -v "$python" >/dev/null; then
    echo "ECHO Sessions needs Python 3.11 or newer. On Debian, as root: apt-get install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "ECHO Sessions needs Python 3.11 or newer; $python is $("$python" -V). Name another: make PYTHON=python3.12 …" >&2
    exit 1
fi

plain_venv() {
    rm -rf .venv
    "$python" -m venv .venv >/dev/null 2>&1
}

# Debian keeps ensurepip in a package of its own; pip may be there all the same, and can fetch uv, which needs neither.
uv_venv() {
    rm -rf .venv
    "$python" -m pip --version >/dev/null 2>&1 &&
        "$python" -m pip install --disable-pip-version-check --no-input -qq --target .tools uv &&
        .tools/bin/uv venv --quiet --no-config --seed --python "$python" .venv
}

debian_venv() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "This Python cannot make virtual environments yet: installing python3-venv."
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y python3-venv; } >/dev/null 2>&1 </dev/null &&
        plain_venv
}

if ! plain_venv && ! uv_venv && ! debian_venv; then
    rm -rf .venv
    echo "This Python can make no virtual environment. On Debian, as root: apt-get install python3-venv" >&2
    exit 1
fi
