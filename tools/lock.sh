#!/bin/sh
# Pin everything we depend on, with hashes, for every system and Python from 3.11 on. Plain pip installs from the result.
# The application's pins are taken from the tests', so that what is tested is what runs. No place of download is written
# down: which index to use is each machine's own business.
set -eu

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    ${PYTHON:-python3} -m pip install --disable-pip-version-check --no-input -qq --target .tools uv
    uv=.tools/bin/uv
fi
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --no-emit-package echo-sessions --upgrade "$@"
}
compile requirements/test.in -o requirements/test.txt
compile requirements/base.in -c requirements/test.txt -o requirements/base.txt
