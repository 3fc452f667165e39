"""The command line: it does what its help says, and what cannot be read is one line and exit code 2."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from echo_sessions.cli import main
from echo_sessions.config import ROOT
from echo_sessions.ids import token

Run = Callable[..., Result]
LIGHT = ("echo_sessions.cases.screening.stream", "echo_sessions.attendance.reading")
HEAVY = {"flask", "sqlalchemy", "alembic", "argon2", "weasyprint", "icalendar"}
REPORT = """Name (original name),Email,Join time,Leave time,Duration (minutes),Guest
Grace Otieno,grace@clinic.test,09/02/2026 12:30:00 PM,09/02/2026 01:30:00 PM,60,No
Grace Otieno,grace@clinic.test,09/02/2026 01:00:00 PM,09/02/2026 01:45:00 PM,45,No
"""
FACTS = {
    "name": "Grace Otieno", "kind": "attendance", "program": "Hepatitis C", "title": "Cirrhosis",
    "sessions": [{"title": "Cirrhosis", "date": "2026-09-02", "minutes": 90}], "credits": [], "provider": "Mountain Hub",
    "signatory": {"name": "Ruth Alvarez", "role": "Dean"}, "issued_on": "2026-09-10", "number": "7K3Q-29FM-XW0D-4T8B",
    "verify_url": "https://echo.test/verify/7K3Q-29FM-XW0D-4T8B",
}  # fmt: skip
HUB = ("hub", "create", "--name", "Mountain Hub", "--zone", "Denver", "--admin-name", "Ana Ruiz", "--admin-email")


def deployment(folder: Path) -> dict[str, str]:
    return {
        "ECHO_DATA_DIR": str(folder), "ECHO_SECRET_KEY": token() + token(), "ECHO_BASE_URL": "https://echo.test",
        "ECHO_SMTP_URL": "smtp://127.0.0.1:9", "ECHO_MAIL_FROM": "echo@hub.test", "ECHO_DATABASE_URL": "", "ECHO_QUEUE_URL": "",
        "ECHO_STORAGE_URL": "",
    }  # fmt: skip


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A deployment of its own, without a database yet."""
    return deployment(tmp_path / "data")


@pytest.fixture
def run(environment) -> Run:
    """`run("people", "import", …)`: as typed, with the environment of that deployment."""

    def typed(*words: str | Path, **more: str | bytes) -> Result:
        given = more.pop("input", None)
        result = CliRunner().invoke(main, [str(word) for word in words], env={**environment, **more}, input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return typed


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> Path:
    """A database with its tables, made once: the migrations have tests of their own."""
    folder = tmp_path_factory.mktemp("tables")
    done = CliRunner().invoke(main, ["db", "upgrade"], env=deployment(folder))
    assert done.exit_code == 0, done.stderr
    return folder / "echo.db"


@pytest.fixture
def installed(run, tables, environment) -> Run:
    """The same with its tables."""
    folder = Path(environment["ECHO_DATA_DIR"])
    folder.mkdir()
    with closing(sqlite3.connect(tables)) as there, closing(sqlite3.connect(folder / "echo.db")) as here:
        there.backup(here)
    return run


@pytest.fixture
def founded(installed) -> Run:
    """The same with its hub."""
    assert installed(*HUB, "ana@hub.test").exit_code == 0
    return installed


def refused(result: Result, code: int = 2) -> str:
    """The one line that says what is wrong."""
    assert (result.exit_code, result.stdout) == (code, "")
    [line] = result.stderr.splitlines()
    return line


def said(result: Result) -> dict:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("module", LIGHT)
def test_commands_without_a_database_load_nothing_of_it(module):
    """They are called once for each file of thousands, so they must start at once."""
    probe = f"import sys, echo_sessions.cli, {module}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(loaded.split()) & HEAVY == set()


def test_it_can_be_started_as_a_program(environment):
    words = [sys.executable, "-m", "echo_sessions.cli", "screen"]
    line = '{"id": "é", "text": "Seen 3 May 2024"}\n'.encode()
    done = subprocess.run(
        words,
        input=line,
        env={**os.environ, **environment, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )
    answer = json.loads(done.stdout.decode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert (answer["id"], [span["kind"] for span in answer["spans"]]) == ("é", ["date"])


def test_a_reader_that_goes_away_is_no_fault(environment):
    words = f'yes \'{{"id": 1, "text": "a"}}\' | {sys.executable} -m echo_sessions.cli screen | head -1'
    done = subprocess.run(
        ["bash", "-c", words], env={**os.environ, **environment}, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.stdout, done.stderr) == ('{"id": 1, "spans": []}\n', "")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        pytest.param(["moon"], "No such command 'moon'. See: echo-sessions --help", id="a command that is none"),
        pytest.param(["screen", "--tier", "9"], "See: echo-sessions screen --help", id="a choice that is none"),
        pytest.param(["calendar", "export"], "Missing option '--person'.", id="an option is missing"),
        pytest.param(["attendance", "read", "no.csv"], "no.csv cannot be read: No such file", id="no such report"),
        pytest.param(["certificates", "preview", "no.json", "--out", "a.pdf"], "no.json cannot be read", id="no such facts"),
        pytest.param(["db", "check"], "The database has no tables yet. Run: echo-sessions db upgrade", id="no tables: the answer is no"),
        pytest.param([*HUB, "ana@hub.test"], "The database has no tables yet. Run: echo-sessions db upgrade", id="no tables for a verb"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(run, words, line):
    assert line in refused(run(*words), code=1 if words[0] == "db" else 2)


def test_settings_that_cannot_be_used_are_all_named(run):
    line = refused(run("mail", "export", "--out", "a", ECHO_SECRET_KEY="short", ECHO_MAIL_FROM="nobody"))
    assert "ECHO_SECRET_KEY" in line and "ECHO_MAIL_FROM" in line
    assert "ECHO_SECRET_KEY" in refused(run("serve", ECHO_SECRET_KEY=""))


def test_a_database_that_is_away_is_named_without_its_password(run, tmp_path):
    line = refused(
        run(
            "mail",
            "export",
            "--out",
            tmp_path / "out",
            ECHO_DATABASE_URL="postgresql+psycopg://echo:s3cret@127.0.0.1:9/echo",
        )
    )
    assert "ECHO_DATABASE_URL" in line and "s3cret" not in line


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        pytest.param(b'{"id": 1, "text": "a"}\n[]\n', "Line 2 is not a JSON object", id="no object"),
        pytest.param(b'{"id": 1}\n', 'Line 1: field "text"', id="no text"),
        pytest.param(b'{"id": 1, "text": "a"}\n\n\xff\n', "Line 3 is not UTF-8.", id="no text at all"),
    ],
)
def test_the_screen_names_the_line_it_cannot_read(run, lines, line):
    result = run("screen", input=lines)
    assert result.exit_code == 2
    assert line in result.stderr and len(result.stderr.splitlines()) == 1


def test_the_screen_leaves_out_what_is_only_to_be_checked(run):
    line = '{"id": 1, "text": "Seen 3 May 2024 with Xyzzyqua."}\n'
    kinds = [
        [span["tier"] for span in json.loads(run("screen", *tier, input=line).stdout)["spans"]]
        for tier in ([], ["--tier", "1"])
    ]
    assert set(kinds[1]) == {1}
    assert len(kinds[0]) >= len(kinds[1])


def test_an_attendance_file_is_read_without_a_database(run, tmp_path):
    report = tmp_path / "report.csv"
    report.write_text(REPORT)
    answer = said(run("attendance", "read", report, "--timezone", "America/Denver", "--json"))
    [person] = answer["people"]
    assert (answer["provider"], answer["timezone"], person["seconds"]) == ("zoom", "America/Denver", 75 * 60)
    assert person["stays"][0]["joined"] == "2026-09-02T12:30:00-06:00"
    words = run("attendance", "read", report, "--timezone", "America/Denver").stdout
    assert "Grace Otieno <grace@clinic.test>: 75 minutes in 2 stays" in words
    assert not Path(report.parent / "data").exists()


def test_a_report_that_is_none_is_refused_by_its_name(run, tmp_path):
    file = tmp_path / "shopping.csv"
    file.write_text("apples,pears\n1,2\n")
    assert refused(run("attendance", "read", file)).startswith("shopping.csv ")


def test_a_certificate_is_printed_from_facts(run, tmp_path):
    facts, out = tmp_path / "facts.json", tmp_path / "certificate.pdf"
    facts.write_text(json.dumps(FACTS))
    assert said(run("certificates", "preview", facts, "--out", out, "--json")) == {
        "file": str(out),
        "bytes": out.stat().st_size,
    }
    assert out.read_bytes().startswith(b"%PDF")
    assert "No such file" in refused(run("certificates", "preview", facts, "--out", tmp_path / "nowhere" / "a.pdf"))
    facts.write_text(json.dumps({**FACTS, "kind": "medal"}))
    assert "kind" in refused(run("certificates", "preview", facts, "--out", out))


def test_the_database_is_made_and_checked(run):
    assert json.loads(run("db", "check", "--json").stdout)["up_to_date"] is False
    assert run("db", "upgrade").stdout == "The database is up to date.\n"
    assert run("db", "check").stdout == "The database is up to date.\n"
    assert said(run("db", "check", "--json")) == {"up_to_date": True, "problem": None}


def test_a_hub_is_founded_once_and_its_owner_gets_a_way_in(installed):
    answer = said(installed(*HUB, "ana@hub.test", "--json"))
    assert (answer["name"], answer["zone"]) == ("Mountain Hub", "America/Denver")
    assert answer["sign_in"].startswith("https://echo.test/sign-in/")
    assert "There is a hub already: Mountain Hub." in refused(installed(*HUB, "ben@hub.test"), code=1)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        pytest.param([*HUB, "ana"], "--admin-email: This is not an e-mail address", id="no address"),
        pytest.param(
            [*HUB, "ana@hub.test", "--contact-email", "x"], "--contact-email: This is not", id="no address to write to"
        ),
        pytest.param([*HUB, "ana@hub.test", "--zone", "Atlantis"], "--zone: No such time zone.", id="no zone"),
        pytest.param([*HUB, "ana@hub.test", "--name", " "], "--name: A name is needed.", id="no name"),
    ],
)
def test_an_option_that_cannot_be_used_is_named_and_nothing_is_founded(installed, words, line):
    assert line in refused(installed(*words))
    assert installed(*HUB, "ana@hub.test").exit_code == 0


def test_the_owner_signs_in_with_that_link(installed, environment, monkeypatch):
    from echo_sessions import create_app
    from echo_sessions.config import Settings

    link = said(installed(*HUB, "ana@hub.test", "--json"))["sign_in"]
    app = create_app(Settings.from_env(environment))
    app.config["WTF_CSRF_ENABLED"] = False
    visitor = app.test_client()
    assert "Ana Ruiz" in visitor.get(link).get_data(as_text=True)
    assert visitor.post(link, headers={"Referer": link}).status_code == 303
    assert visitor.get("/statement/new", base_url="https://echo.test").status_code == 200


def test_people_are_imported_from_a_file(founded, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("email,name,zone\ngrace@clinic.test,Grace Otieno,Nairobi\n")
    assert said(founded("people", "import", file, "--dry-run", "--json"))["counts"]["new"] == 1
    assert "1 new people" in founded("people", "import", file).stdout
    assert said(founded("people", "import", file, "--json"))["counts"]["new"] == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "email,name\ngrace@clinic.test,Grace\nnobody,Ben\n", ["Row 3", "email"], id="row and column of a wrong cell"
        ),
        pytest.param("email,name,shoe\ngrace@clinic.test,Grace,42\n", ["shoe"], id="a column nobody knows"),
    ],
)
def test_a_wrong_cell_is_named_and_nobody_is_imported(founded, tmp_path, text, words):
    file = tmp_path / "people.csv"
    file.write_text(text)
    line = refused(founded("people", "import", file))
    assert [word for word in ["people.csv", *words] if word not in line] == []
    file.write_text("email,name\ngrace@clinic.test,Grace Otieno\n")
    assert said(founded("people", "import", file, "--dry-run", "--json"))["counts"]["new"] == 1


def test_letters_and_calendars_are_exported_into_empty_folders(founded, tmp_path):
    letters, calendar = tmp_path / "letters", tmp_path / "ana"
    assert said(founded("mail", "export", "--out", letters, "--json")) == {"letters": 0, "folder": str(letters)}
    assert "feed.ics" in founded("calendar", "export", "--person", "ANA@hub.test", "--out", calendar).stdout
    assert (calendar / "feed.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")
    (calendar / "001-request.eml").touch()
    assert "empty folder" in refused(founded("calendar", "export", "--person", "ana@hub.test", "--out", calendar))
    assert "Nobody has the address" in refused(
        founded("calendar", "export", "--person", "ben@hub.test", "--out", calendar)
    )


def test_certificates_are_verified_and_issued_by_code(founded):
    unknown = founded("certificates", "verify", "7K3Q-29FM-XW0D-4T8B", "--json")
    assert (unknown.exit_code, json.loads(unknown.stdout)["state"]) == (1, "unknown")
    assert "no.pdf cannot be read" in refused(founded("certificates", "verify", "no.pdf"))
    assert "There is no session S-00000000." in refused(founded("certificates", "issue", "--session", "s-00000000"))
    assert "either --session CODE or --series CODE" in refused(founded("certificates", "issue"))


def test_the_doctor_ends_with_one_when_something_is_missing(run):
    result = run("doctor", "--json", ECHO_SECRET_KEY="")
    assert result.exit_code == 1
    assert "failed" in {finding["state"] for finding in json.loads(result.stdout)}
