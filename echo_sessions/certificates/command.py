"""`certificates issue` and `certificates verify` on the command line."""

import hashlib
import re
import zlib
from pathlib import Path
from typing import Any

from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.certificates import queries, service
from echo_sessions.certificates.models import Certificate
from echo_sessions.database import db, transaction
from echo_sessions.errors import BadInput
from echo_sessions.files.models import File
from echo_sessions.programs import queries as programs
from echo_sessions.sessions import queries as sessions

_IN_PDF = re.compile(rb"/verify/((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.S)


def issue(*, session_code: str | None, series_code: str | None, dry_run: bool) -> tuple[dict[str, Any], str]:
    """The trial run, or the issuing, of all that are due; what was done as JSON and in words."""
    activity = sessions.by_code(session_code) if session_code else programs.series_by_code(series_code or "")
    if activity is None:
        raise BadInput(
            "There is no %(kind)s %(code)s.",
            kind="session" if session_code else "series",
            code=session_code or series_code,
        )
    lines = service.due(activity)
    made: list[Certificate] = []
    if not dry_run:
        with transaction():
            made = service.issue(service.due(activity), by=None, now=clock.now())
    codes = {certificate.person_id: certificate.code for certificate in made}
    rows = [
        {
            "person": line.person.code, "name": line.person.name, "kind": line.kind.value, "minutes": line.minutes, "amount": str(line.amount),
            "why": str(line.why), "problem": str(line.problem) if line.problem else None, "certificate": codes.get(line.person.id),
        }
        for line in lines
    ]  # fmt: skip
    answer = {"activity": activity.code, "dry_run": dry_run, "issued": len(made), "lines": rows}
    words = [f"{row['name']}: {row['problem'] or row['why']}" for row in rows]
    would = sum(row["problem"] is None for row in rows)
    words.append(f"{would} would be issued." if dry_run else f"{len(made)} issued.")
    return answer, "\n".join(words)


def verify(code: str) -> tuple[dict[str, Any], str]:
    """What the public page says about a code, or about the certificate in a PDF file."""
    path = Path(code)
    data = path.read_bytes() if path.suffix.lower() == ".pdf" and path.exists() else None
    if data is None and code.lower().endswith(".pdf"):
        raise BadInput("%(path)s cannot be read: there is no such file.", path=code)
    if data is not None:
        code = _code_in(data) or ""
        if not code:
            return {
                "state": "unknown",
                "code": None,
                "file": "no code of ours in it",
            }, "unknown: this file carries no code of ours"
    answer = service.verify(code)
    if data is not None:
        answer["file"] = _compared(answer["code"], data)
    words = f"{answer['state']}: {answer['code']}"
    if answer["state"] == "valid":
        words += f"\n{answer['name']}\n{answer['title']}\n" + "\n".join(
            f"{c['amount']} {c['type']}" for c in answer["credits"]
        )
    return answer, words + (f"\n{answer['file']}" if data is not None else "")


def _code_in(data: bytes) -> str | None:
    """The code in the file's verification address, looked for in plain and in packed parts."""
    found = _IN_PDF.search(data)
    for match in _STREAM.finditer(data) if found is None else ():
        try:
            found = _IN_PDF.search(zlib.decompressobj().decompress(match.group(1), 2_000_000))
        except zlib.error:
            continue
        if found:
            break
    return found.group(1).decode() if found else None


def _compared(code: str, data: bytes) -> str:
    certificate = queries.by_code(code)
    sha256 = db.session.scalar(select(File.sha256).where(File.id == certificate.file_id)) if certificate else None
    if sha256 is None:
        return "the file that was issued is not kept, so the bytes cannot be compared"
    same = hashlib.sha256(data).hexdigest() == sha256
    return (
        "this file is, byte for byte, the one that was issued"
        if same
        else "this file differs from the one that was issued"
    )
