#!/bin/bash
# The sentences for translators. Without words: collects them anew, brings every language there is up to date and
# compiles it. With a language (sw, pt_BR): begins that one. `--only FILE` collects them into that file and does no more.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=echo_sessions/translations
catalogue=build/messages.pot
pybabel=.venv/bin/pybabel
[ "${1:-}" = --only ] && catalogue=$2

mkdir -p "$(dirname "$catalogue")" "$folder"
# Sentences stand in _() and its kin in pages, views and letters, and in what rules say (Said) or refuse (Refused …).
"$pybabel" -q extract --mapping=babel.cfg --no-default-keywords \
    --keyword=_ --keyword=gettext --keyword=lazy_gettext --keyword=_l --keyword=ngettext:1,2 \
    --keyword=Refused --keyword=BadInput --keyword=Stale --keyword=Said --keyword=msgid \
    --add-comments=Translators: --add-location=file --sort-by-file --project="ECHO Sessions" \
    --output-file="$catalogue" .
[ "${1:-}" = --only ] && exit

if [ -n "${1:-}" ] && [ ! -e "$folder/$1" ]; then
    "$pybabel" -q init --input-file="$catalogue" --output-dir="$folder" --locale="$1"
fi
if [ -n "$(find "$folder" -name '*.po')" ]; then
    "$pybabel" -q update --input-file="$catalogue" --output-dir="$folder" --ignore-obsolete --no-fuzzy-matching
    "$pybabel" -q compile --directory="$folder"
    "$pybabel" compile --directory="$folder" --statistics 2>&1 | grep 'translated'
fi
echo "$(grep -c '^msgid' "$catalogue") sentences are in $catalogue."
