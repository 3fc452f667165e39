"""A copy of somebody's own data: one file for people, one for machines, and the certificates as they were issued."""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from flask import render_template

from echo_sessions.privacy import data_map

Rows = Mapping[str, list[dict[str, Any]]]


def archive(rows: Rows, *, name: str, hub_name: str, made_at: datetime, papers: Mapping[str, bytes]) -> bytes:
    """The ZIP: `data.json`, `data.html` and the certificates. The same rows give the same bytes."""
    out = io.BytesIO()
    parts = {
        "data.json": as_json(rows, made_at=made_at).encode(),
        "data.html": as_page(rows, name=name, hub_name=hub_name, made_at=made_at).encode(),
        **{f"certificates/{code}.pdf": data for code, data in papers.items()},
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path, data in parts.items():
            zipped.writestr(zipfile.ZipInfo(path, date_time=made_at.timetuple()[:6]), data)
    return out.getvalue()


def as_json(rows: Rows, *, made_at: datetime) -> str:
    """The rows for machines: by table, moments in ISO 8601 and UTC, figures of credit as text."""
    return json.dumps(
        {"format": "echo-sessions personal data 1", "made_at": made_at.isoformat(), "tables": rows},
        default=_plain, ensure_ascii=False, indent=1,
    )  # fmt: skip


def as_page(rows: Rows, *, name: str, hub_name: str, made_at: datetime) -> str:
    """The same for people: each kind of thing with what it is for and how long it is kept. Needs nothing else to be read."""
    parts = [
        (data_map.tables()[table], [_spoken(data_map.tables()[table], row) for row in found])
        for table, found in rows.items()
    ]
    return render_template("privacy/copy.html", parts=parts, name=name, hub_name=hub_name, made_at=made_at)


def _spoken(table: data_map.Table, row: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (table.columns[column].what, _written(value))
        for column, value in row.items()
        if value not in (None, "", [], {})
    ]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    return str(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value) if isinstance(value, Decimal) or not isinstance(value, (str, int, float)) else value
