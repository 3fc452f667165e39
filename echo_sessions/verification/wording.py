"""How somebody stands, in sentences: who checks, by when, and what they may do meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from echo_sessions.moments import day_of
from echo_sessions.people.models import Person
from echo_sessions.verification import queries
from echo_sessions.verification.models import Verification
from echo_sessions.verification.rules import Standing
from echo_sessions.words import Said, msgid

NAMED = 2
TONES = {
    Standing.NONE: "attention",
    Standing.WAITING: "info",
    Standing.MORE: "attention",
    Standing.VERIFIED: "good",
    Standing.ENDING: "attention",
    Standing.EXPIRED: "danger",
    Standing.REFUSED: "danger",
    Standing.ENDED: "danger",
}
WORDS = {
    Standing.NONE: msgid("Not verified yet"),
    Standing.WAITING: msgid("Being checked"),
    Standing.MORE: msgid("Something is missing"),
    Standing.VERIFIED: msgid("Verified"),
    Standing.ENDING: msgid("Ends soon"),
    Standing.EXPIRED: msgid("Ended"),
    Standing.REFUSED: msgid("Not verified"),
    Standing.ENDED: msgid("Taken back"),
}


@dataclass(frozen=True)
class Place:
    """Where somebody stands: the word and tone, the sentence, and the check it is about."""

    standing: Standing
    sentence: Said
    row: Verification | None
    renewal: Verification | None = None

    @property
    def word(self) -> str:
        return WORDS[self.standing]

    @property
    def tone(self) -> str:
        return TONES[self.standing]

    @property
    def holds(self) -> bool:
        return self.standing in {Standing.VERIFIED, Standing.ENDING}


def place_of(person: Person, now: datetime) -> Place:
    """How somebody stands now, in one sentence in their own time and language."""
    checks = queries.of_person(person.id)
    stands = queries.stands(checks, now)
    row = queries.open_of(person.id)
    if stands in {Standing.VERIFIED, Standing.ENDING}:
        held = queries.holding(person.id, now)
        return Place(stands, _sentence(stands, held, person, now), held, renewal=row)
    row = row or (checks[-1] if checks else None)
    return Place(stands, _sentence(stands, row, person, now), row)


def checkers_in_words(people: Sequence[Person]) -> Said:
    """ "Ana Ruiz", "Ana Ruiz or Tom Begay", "Ana Ruiz, Tom Begay or a colleague"."""
    names = [person.name for person in people]
    if not names:
        return Said(msgid("Your hub"))
    if len(names) == 1:
        return Said(msgid("%(name)s"), {"name": names[0]})
    values = {"first": names[0], "second": names[1]}
    return Said(
        msgid("%(first)s or %(second)s")
        if len(names) == NAMED
        else msgid("%(first)s, %(second)s or a colleague of theirs"),
        values,
    )


def _sentence(stands: Standing, row: Verification | None, person: Person, now: datetime) -> Said:
    day = _day(row.expires_at, person) if row is not None and row.expires_at else ""
    if stands is Standing.WAITING and row is not None:
        who, by = checkers_in_words(queries.checkers_of(row)), _day(row.due_at, person)
        if row.due_at < now:
            return Said(msgid("%(who)s checks who you are and promised it by %(by)s; that is late. Write to the hub if you need it soon."), {"who": who, "by": by})  # fmt: skip
        return Said(msgid("%(who)s checks who you are, by %(by)s."), {"who": who, "by": by})
    if stands is Standing.VERIFIED:
        return Said(msgid("You are verified until %(day)s."), {"day": day})
    if stands is Standing.ENDING:
        return Said(msgid("You are verified until %(day)s. Renew it now: one page, two minutes."), {"day": day})
    if stands is Standing.EXPIRED:
        return Said(msgid("Your verification ended on %(day)s. Renew it: one page, two minutes."), {"day": day})
    return Said(
        {
            Standing.MORE: msgid("Somebody looked and needs something more from you, which is written below."),
            Standing.REFUSED: msgid("You could not be verified. You may ask again, in another way too."),
            Standing.ENDED: msgid("Your verification was taken back. You may ask again."),
        }.get(stands, msgid("Nobody has checked yet who you are. Say how we can know: one page, and an answer within five days."))
    )  # fmt: skip


def _day(moment: datetime, reader: Person) -> str:
    return day_of(moment, reader.zone, reader.language)
