"""The `echo-sessions` command. Results go to standard output, everything else to standard error.

It ends with 0 on success, 1 when the answer is "no", 2 on bad input with one clear line.
"""

import errno
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from echo_sessions.config import BadSettings, Settings
from echo_sessions.errors import BadInput, GaveUp, Refused, TryLater

if TYPE_CHECKING:
    from flask import Flask

Command = TypeVar("Command", bound=Callable[..., Any])


class Careful(click.Group):
    """A group whose commands turn what is expected to go wrong into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as fault:
            where = fault.ctx.command_path if fault.ctx else ctx.command_path
            _end(2, f"{' '.join(fault.format_message().split())} See: {where} --help")
        except BadInput as fault:
            _end(2, str(fault))
        except Refused as fault:
            _end(1, str(fault))
        except (GaveUp, TryLater) as fault:
            _end(1, fault.words)
        except BadSettings as fault:
            _end(2, "The settings cannot be used: " + " ".join(fault.faults))
        except OSError as fault:
            if fault.filename is None or fault.errno == errno.EPIPE:
                raise
            _end(2, f"{fault.filename}: {fault.strerror}.")


def _end(code: int, words: str) -> None:
    click.echo(words, err=True)
    sys.exit(code)


@click.group(name="echo-sessions", cls=Careful, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="echo-sessions")
def main() -> None:
    """Run a hub's teleconference sessions: seasons, cases, experts, attendance, credit.

    Settings come from ECHO_* variables (docs/settings.md); ECHO_DATA_DIR names the data folder.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # UTF-8 wherever it goes; half a surrogate as the escape that JSON has
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def with_app(command: Command) -> Command:
    """Run the command inside an application made from the environment."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from echo_sessions import create_app

        app = create_app()
        with database_answers(app), app.test_request_context(base_url=app.extensions["settings"].base_url):
            app.preprocess_request()
            return command(*args, **kwargs)

    return run  # type: ignore[return-value]  # same signature


@contextmanager
def database_answers(app: "Flask") -> Iterator[None]:
    """A database that is away, or older than this version, in a sentence instead of a stack trace."""
    from sqlalchemy.exc import SQLAlchemyError

    from echo_sessions.doctor import database_problem

    try:
        yield
    except SQLAlchemyError as fault:
        words = database_problem(app) or f"The database refuses this ({type(fault).__name__}); nothing was written."
        raise BadInput("%(words)s", words=words) from fault


def show(value: Any, as_json: bool, words: str) -> None:
    """One result: as JSON for machines, else in words."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2) if as_json else words)


def read_bytes(path: str, *, most: int = -1) -> bytes:
    """A file's bytes (or the first `most` of them), or of standard input for `-`; refused with a sentence when it cannot
    be read."""
    if path == "-":
        return sys.stdin.buffer.read(most)
    try:
        with Path(path).open("rb") as file:
            return file.read(most)
    except OSError as fault:
        raise BadInput("%(path)s cannot be read: %(why)s.", path=path, why=fault.strerror or "unknown") from fault


as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for machines.")


@main.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port to listen on.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
def serve(bind: str, workers: int) -> None:
    """Serve the web pages with gunicorn.

    Example: echo-sessions serve --bind 0.0.0.0:8000
    """
    from echo_sessions import processes

    Settings.from_env()  # said once, here, rather than by each process of gunicorn
    processes.serve(bind=bind, workers=workers)


@main.command()
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
def worker(threads: int) -> None:
    """Carry out letters and other jobs until told to stop.

    Example: echo-sessions worker --threads 8
    """
    from echo_sessions import create_app
    from echo_sessions.cases.command import replay_at_start
    from echo_sessions.jobs import worker as jobs_worker

    app = create_app()
    replay_at_start(app)
    jobs_worker.serve(app, threads=threads)


@main.group()
def db() -> None:
    """Migrations of the database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database up to date.

    Example: echo-sessions db upgrade
    """
    from flask_migrate import upgrade

    from echo_sessions import create_app
    from echo_sessions.cases.command import replay_at_start

    app = create_app()
    with database_answers(app), app.app_context():
        upgrade()
    replay_at_start(app)
    click.echo("The database is up to date.")


@db.command("check")
@as_json
def db_check(as_json: bool) -> None:
    """Say whether the database matches this version; ends with 1 when it does not.

    Example: echo-sessions db check
    """
    from echo_sessions import create_app
    from echo_sessions.doctor import database_problem

    problem = database_problem(create_app())
    if problem and not as_json:
        raise Refused("%(words)s", words=problem)
    show({"up_to_date": problem is None, "problem": problem}, as_json, "The database is up to date.")
    if problem:
        sys.exit(1)


@main.command()
@as_json
def doctor(as_json: bool) -> None:
    """Look whether everything is there, and say what to do about what is not.

    Example: echo-sessions doctor --json
    """
    from echo_sessions import doctor as examine

    findings = examine.examine()
    show(
        [finding.__dict__ for finding in findings],
        as_json,
        "\n".join(f"{finding.state:8}{finding.name}: {finding.words}" for finding in findings),
    )
    if any(finding.state == "failed" for finding in findings):
        sys.exit(1)


@main.command()
@click.option(
    "--tier", type=click.Choice(["1", "2"]), default="2", show_default=True, help="1 leaves out the words to check."
)
def screen(tier: str) -> None:
    """Mark passages that may identify a patient: JSON lines in, JSON lines out.

    Example: echo '{"id": 1, "text": "Seen 3 May 2024"}' | echo-sessions screen
    """
    from echo_sessions.cases.screening.stream import screen_lines

    screen_lines(utf8_lines(sys.stdin.buffer), sys.stdout, tiers=(1,) if tier == "1" else (1, 2))


def utf8_lines(lines: Iterable[bytes]) -> Iterator[str]:
    """The lines as text; one that is not UTF-8 is refused by its number."""
    for number, line in enumerate(lines, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise BadInput("Line %(line)s is not UTF-8.", line=number) from None


@main.group()
def attendance() -> None:
    """Attendance files."""


@attendance.command("read")
@click.argument("file")
@click.option("--timezone", default=None, help="The zone of the times in the file, such as America/Denver.")
@click.option("--date-order", type=click.Choice(["mdy", "dmy", "ymd"]), default=None)
@as_json
def attendance_read(file: str, timezone: str | None, date_order: str | None, as_json: bool) -> None:
    """Read an attendance file of Zoom, Teams, Meet or Webex without touching the database.

    Example: echo-sessions attendance read participants.csv --timezone America/Denver --json
    """
    from echo_sessions.attendance.reading import in_words, read_command

    answer = read_command(read_bytes(file), file, timezone, date_order)
    show(answer, as_json, in_words(answer))


@main.group()
def mail() -> None:
    """The outbox."""


@mail.command("export")
@click.option("--to", default=None, help="Only letters to this address.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@as_json
@with_app
def mail_export(to: str | None, out: Path, as_json: bool) -> None:
    """Write the letters of the outbox as .eml files, in order.

    Example: echo-sessions mail export --to ana@clinic.example --out letters/
    """
    from echo_sessions.mail.export import export

    number = export(out, to=to)
    show({"letters": number, "folder": str(out)}, as_json, f"{number} letters are in {out}.")


@main.group()
def calendar() -> None:
    """Calendar letters and feeds."""


@calendar.command("export")
@click.option("--person", required=True, help="The person's e-mail address.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@as_json
@with_app
def calendar_export(person: str, out: Path, as_json: bool) -> None:
    """Write every calendar letter that a person was sent, in order, and the feed as it stands.

    Example: echo-sessions calendar export --person ana@clinic.example --out ana/
    """
    from echo_sessions.sessions.export import export

    number = export(out, email=person)
    show(
        {"letters": number, "feed": "feed.ics", "folder": str(out)},
        as_json,
        f"{number} letters and feed.ics are in {out}.",
    )


@main.group()
def certificates() -> None:
    """Certificates: preview, issue, verify."""


@certificates.command("preview")
@click.argument("facts")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@as_json
def certificates_preview(facts: str, out: Path, as_json: bool) -> None:
    """Make one certificate from given facts (JSON).

    Example: echo-sessions certificates preview facts.json --out certificate.pdf
    """
    from echo_sessions.certificates.preview import preview_file

    data = preview_file(read_bytes(facts), facts)
    out.write_bytes(data)
    show({"file": str(out), "bytes": len(data)}, as_json, f"The certificate is in {out}.")


@certificates.command("issue")
@click.option("--session", "session_code", default=None, help="Code of a session.")
@click.option("--series", "series_code", default=None, help="Code of a series.")
@click.option("--dry-run", is_flag=True, help="Only say who would get what, and who would not and why.")
@as_json
@with_app
def certificates_issue(session_code: str | None, series_code: str | None, dry_run: bool, as_json: bool) -> None:
    """Issue all certificates that are due for a session or a series.

    Example: echo-sessions certificates issue --session S-7K3Q29FM --dry-run
    """
    from echo_sessions.certificates.command import issue

    if (session_code is None) == (series_code is None):
        raise BadInput("Give either --session CODE or --series CODE.")
    session_code, series_code = (code.strip().upper() if code else None for code in (session_code, series_code))
    answer, words = issue(session_code=session_code, series_code=series_code, dry_run=dry_run)
    show(answer, as_json, words)


@certificates.command("verify")
@click.argument("code")
@as_json
@with_app
def certificates_verify(code: str, as_json: bool) -> None:
    """Say what the public page says about a code, or about the certificate in a PDF file. Ends with 1 unless valid.

    Example: echo-sessions certificates verify 7K3Q-29FM-XW0D-4T8B
    """
    from echo_sessions.certificates.command import verify

    answer, words = verify(code)
    show(answer, as_json, words)
    if answer["state"] != "valid":
        sys.exit(1)


@main.group()
def privacy() -> None:
    """What is kept about people, and what must stay forgotten."""


@privacy.command("replay")
@as_json
@with_app
def privacy_replay(as_json: bool) -> None:
    """After an older copy of the database was put back: take recalled cases out of view again, delete again what was deleted, erase again who was erased.

    Runs by itself after `db upgrade`, when a worker starts, and once a day.

    Example: echo-sessions privacy replay
    """
    from echo_sessions.privacy.command import replay

    answer, words = replay()
    show(answer, as_json, words)


@privacy.command("map")
def privacy_map() -> None:
    """Print the data map: what each field says, what for, on what ground, who sees it and for how long.

    Example: echo-sessions privacy map > docs/data-map.md
    """
    from echo_sessions.privacy.command import data_map_page

    click.echo(data_map_page(), nl=False)


@main.group()
def hub() -> None:
    """The hub of this installation."""


@hub.command("create")
@click.option("--name", required=True, help="The hub's name, as letters and certificates say it.")
@click.option("--zone", required=True, help="Where it is at home, such as America/Denver.")
@click.option("--admin-name", required=True, help="The first owner, who lets everybody else in.")
@click.option("--admin-email", required=True)
@click.option("--contact-name", default=None, help="Whom people write to, when it is not the owner.")
@click.option("--contact-email", default=None)
@as_json
@with_app
def hub_create(
    name: str,
    zone: str,
    admin_name: str,
    admin_email: str,
    contact_name: str | None,
    contact_email: str | None,
    as_json: bool,
) -> None:
    """Found the hub with its first owner, and print a link that signs the owner in once. Ends with 1 when there is a hub.

    Example: echo-sessions hub create --name "Mountain Hub" --zone America/Denver --admin-name "Ana Ruiz" --admin-email ana@hub.example
    """
    from echo_sessions.people.command import create_hub

    answer, words = create_hub(
        name=name,
        zone=zone,
        admin_name=admin_name,
        admin_email=admin_email,
        contact_name=contact_name,
        contact_email=contact_email,
    )
    show(answer, as_json, words)


@main.group()
def audit() -> None:
    """Who did what: the chain of deeds."""


@audit.command("verify")
@as_json
@with_app
def audit_verify(as_json: bool) -> None:
    """Walk the chain of all deeds and say whether it is whole, else where it breaks. Ends with 1 when it does.

    Example: echo-sessions audit verify --json
    """
    from echo_sessions.audit.command import verify

    answer, words = verify()
    show(answer, as_json, words)
    if not answer["whole"]:
        sys.exit(1)


@audit.command("restored")
@as_json
@with_app
def audit_restored(as_json: bool) -> None:
    """Note that the database is a backup that was restored, so that what it lacks is no break. Nothing is removed.

    Example: echo-sessions audit restored
    """
    from echo_sessions.audit.command import restored

    answer, words = restored()
    show(answer, as_json, words)


@main.group()
def people() -> None:
    """People, sites and enrolments."""


@people.command("import")
@click.argument("file")
@click.option("--series", "series_code", default=None, help="Enrol them in this series.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each row.")
@as_json
@with_app
def people_import(file: str, series_code: str | None, dry_run: bool, as_json: bool) -> None:
    """Import people, sites and enrolments from a CSV file: all of it or, when a row is wrong, nothing.

    Columns: email, name, profession, site, country, zone, language, series, role, registration; and credentials, prescriber,
    registration_body, practising_since, county, region, how_heard, interests, access_needs. At most 20,000 rows.

    Example: echo-sessions people import spokes.csv --series SER-2M9D44TX --dry-run
    """
    from echo_sessions.programs.command import import_file
    from echo_sessions.programs.people_file import MOST_BYTES

    answer, words = import_file(
        read_bytes(file, most=MOST_BYTES + 1), file_name=file, series_code=series_code, dry_run=dry_run
    )
    show(answer, as_json, words)


@people.command("reset-second-factor")
@click.argument("email")
@as_json
@with_app
def people_reset_second_factor(email: str, as_json: bool) -> None:
    """Take away the lost second factor of whoever has this address.

    For an administrator alone at the machine; in the pages it takes two of the hub's staff. All sessions end, a letter tells.

    Example: echo-sessions people reset-second-factor ana@clinic.example
    """
    from echo_sessions.people.command import reset_second_factor

    answer, words = reset_second_factor(email)
    show(answer, as_json, words)


@main.command()
@click.argument("name", type=click.Choice(["pages", "recall", "hooks"]), default="pages")
@click.option(
    "--runs", default=15, show_default=True, type=click.IntRange(1, 1000), help="How often each page is looked at."
)
@as_json
def bench(name: str, runs: int, as_json: bool) -> None:
    """Measure the project on this machine, in a folder that is thrown away, as ratios within one run.

    Example: echo-sessions bench pages --json
    """
    from echo_sessions import bench as measure

    answer = measure.run(name, rounds=runs)
    show(answer, as_json, measure.in_words(answer))


@main.command()
@click.option(
    "--dir",
    "folder",
    default=None,
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder (ECHO_DATA_DIR, else var/demo).",
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--no-serve", is_flag=True, help="Make the data, work off all jobs, print what there is, and end.")
@click.option("--fresh", is_flag=True, help="Make a demo that is there already anew.")
@click.option("--scale", type=click.Choice(["small", "typical", "large", "stress"]), default="small", show_default=True)
def demo(folder: Path | None, port: int, no_serve: bool, fresh: bool, scale: str) -> None:
    """A believable hub to try: data, web pages, worker and an inbox together.

    Example: echo-sessions demo --port 8080
    """
    from echo_sessions.demo.command import run

    run(folder=folder, port=port, serve=not no_serve, fresh=fresh, scale=scale)


if __name__ == "__main__":
    main()
