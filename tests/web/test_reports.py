"""Reports of browsers about the security policy, and whom to write to about a hole."""

import json

import pytest

LEGACY = {"csp-report": {"document-uri": "https://echo.test/join/SECRET.TOKEN?x=1", "violated-directive": "script-src 'self'", "blocked-uri": "https://evil.test/x.js?who=ana"}}  # fmt: skip
MODERN = [{"type": "csp-violation", "body": {"documentURL": "https://echo.test/sessions/S-12345678", "effectiveDirective": "style-src-elem", "blockedURL": "inline"}}]  # fmt: skip


def post(client, what, kind="application/csp-report"):
    data = what if isinstance(what, bytes) else json.dumps(what).encode()
    return client.as_().post("/csp-reports", data=data, content_type=kind)


@pytest.mark.parametrize(
    ("sent", "noted"),
    [
        pytest.param(LEGACY, ("script-src", "evil.test", "sessions.join"), id="the older shape"),
        pytest.param(MODERN, ("style-src-elem", "inline", "sessions.show"), id="the newer shape"),
    ],
)
def test_a_report_is_one_line_without_the_pages_address(make, client, logged, sent, noted):
    assert post(client, sent).status_code == 204
    [line] = [event for event in logged() if event["event"] == "csp_refused"]
    assert (line["rule"], line["blocked"], line["page"]) == noted
    assert "SECRET" not in json.dumps(line) and "who=ana" not in json.dumps(line)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"[" * 20_000 + b"]" * 20_000,
        b'"words"',
        b"[1, null, []]",
        b"\xff\xfe",
        json.dumps(
            {"csp-report": {"document-uri": "http://[", "blocked-uri": "http://[", "violated-directive": 7}}
        ).encode(),
        json.dumps({"csp-report": {"violated-directive": "x\nlevel=fake " + "y" * 900}}).encode(),
    ],
)
def test_nonsense_is_taken_quietly_and_cut_short(make, client, logged, sent):
    assert post(client, sent).status_code in {204, 413}
    assert all(len(json.dumps(event)) < 400 for event in logged())


def test_a_long_report_is_refused(client):
    assert post(client, b" " * 20_000).status_code == 413


def test_every_page_says_where_to_report(make, client):
    make.hub()
    with client.as_().get("/sign-in") as answer:
        assert "report-to csp" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Reporting-Endpoints"] == 'csp="/csp-reports"'


def test_whoever_finds_a_hole_learns_whom_to_write_to(make, client):
    assert client.as_().get("/.well-known/security.txt").status_code == 404
    make.hub()
    text = client.as_().get("/.well-known/security.txt").get_data(as_text=True)
    assert "Contact: mailto:hub@echo.test" in text and "Expires: 2" in text
    assert "Canonical: https://echo.test/.well-known/security.txt" in text
