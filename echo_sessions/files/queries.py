"""Finding the rows of files."""

from collections.abc import Sequence

from sqlalchemy import select

from echo_sessions.database import db
from echo_sessions.files.models import File


def known(keys: Sequence[str]) -> set[str]:
    """Those of these keys that have a row."""
    return set(db.session.scalars(select(File.key).where(File.key.in_(keys))))
