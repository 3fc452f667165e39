"""The bench measures what it says, in the shape that others read."""

import json

import pytest
from click.testing import CliRunner

from echo_sessions import bench
from echo_sessions.cli import main

TINY = bench.Scale(programs=1, sessions=20, people=30, cases=40)
LARGER = bench.Scale(programs=2, sessions=60, people=70, cases=80)
FIELDS = {"name", "value", "unit", "baseline", "baseline_value", "ratio", "runs"}


@pytest.fixture(scope="module")
def answer():
    return bench.run("pages", rounds=1, few=TINY, many=LARGER)


def test_each_result_has_what_the_contract_promises(answer):
    assert answer["bench"] == "pages"
    assert {frozenset(result) for result in answer["results"]} == {frozenset(FIELDS)}
    json.dumps(answer)


def test_the_slowest_page_comes_first(answer):
    times = [result["value"] for result in answer["results"] if result["unit"] == "ms"]
    assert answer["results"][0]["value"] == max(times)
    assert len(times) == 5


def test_ratios_are_what_they_are_said_to_be(answer):
    for result in answer["results"]:
        assert result["ratio"] == pytest.approx(result["value"] / result["baseline_value"], rel=0.01)


def test_a_larger_hub_asks_no_more_of_its_database(answer):
    """Lists with more than a page of rows, and today with more to do, ask as often as small ones."""
    more = {
        r["name"]: (r["baseline_value"], r["value"])
        for r in answer["results"]
        if r["unit"] == "queries" and r["value"] > r["baseline_value"]
    }
    assert more == {}


def test_words_have_a_line_for_each_result(answer):
    assert len(bench.in_words(answer).splitlines()) == 1 + len(answer["results"])


def test_an_unknown_bench_is_refused_in_a_line():
    result = CliRunner().invoke(main, ["bench", "moon"])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_a_recalled_case_is_dark_on_every_route_that_showed_it():
    results = bench.run("recall", rounds=1, few=TINY, many=TINY)["results"]
    assert {frozenset(result) for result in results} == {frozenset(FIELDS)}
    routes = int(results[0]["name"].split("last of ")[1].split(" ")[0])
    assert routes >= 6, "a bench that watches few routes says little"
