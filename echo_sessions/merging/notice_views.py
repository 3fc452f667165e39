"""One sentence when somebody was added who looks like somebody known; nothing is ever merged by itself."""

from datetime import datetime

from flask import flash
from flask_babel import gettext as _
from flask_babel import ngettext

from echo_sessions.merging import alike
from echo_sessions.programs import queries as programs
from echo_sessions.web.guard import me

LIKELY = 0.5


def point_out(added_at: datetime) -> None:
    """Say how many of those added at this moment look like a record that the reader may see."""
    person_ids = alike.added_at(added_at)
    if not person_ids:
        return
    within = None if programs.is_staff(me().id) else programs.tied_to(programs.programs_run_by(me().id))
    found = [pair for pair in alike.pairs_within(within, about=person_ids) if pair.score >= LIKELY]
    if not found:
        return
    names = alike.names_of({found[0].one, found[0].other})
    if len(found) == 1:
        flash(
            _("%(one)s and %(other)s look like one person. Look at “Records that may be one person”.", one=names[found[0].one], other=names[found[0].other]),
            "attention",
        )  # fmt: skip
    else:
        flash(
            ngettext(
                "%(num)s record looks like another one. Look at “Records that may be one person”.",
                "%(num)s records look like others. Look at “Records that may be one person”.", len(found),
            ),
            "attention",
        )  # fmt: skip
