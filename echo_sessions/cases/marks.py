"""The screen's marks in a case: where they stand, what settles them, and what a reviewer is shown first.

A mark is one passage with one meaning, wherever it stands in the case: a choice about it holds in all its places.
Decisions are kept as offsets with a hash of their text; the passage itself stays in the answers.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from echo_sessions.audit import service as audit
from echo_sessions.cases import form_schema, queries, rules, screening
from echo_sessions.cases.models import Case, Hit
from echo_sessions.cases.screening import Known, Span
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.people.models import Person
from echo_sessions.words import msgid

KIND_WORDS: dict[str, str] = {
    "name": msgid("Name"),
    "geo": msgid("Place"),
    "date": msgid("Date"),
    "age_over_89": msgid("Age over 89"),
    "phone": msgid("Telephone number"),
    "fax": msgid("Fax number"),
    "email": msgid("E-mail address"),
    "ssn": msgid("National number"),
    "mrn": msgid("Record number"),
    "health_plan": msgid("Insurance number"),
    "account": msgid("Account number"),
    "license": msgid("Licence number"),
    "vehicle": msgid("Vehicle number"),
    "device": msgid("Device number"),
    "url": msgid("Web address"),
    "ip": msgid("Computer address"),
    "biometric": msgid("Biometric mark"),
    "photo": msgid("Picture"),
    "other_id": msgid("Other identifier"),
}
AROUND = 60
"""Characters shown before and after a mark."""
REASON_MOST = 200


class Place(NamedTuple):
    """One spot where a mark stands, with the words around it."""

    field: str
    label: str
    start: int
    end: int
    before: str
    after: str


@dataclass(frozen=True)
class Mark:
    """One marked passage of the case. `reasons` to keep it: none where it must not stay (numbers, for authors)."""

    kind: str
    tier: int
    passage: str
    reason: str
    suggestion: str
    reasons: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Choice:
    """What somebody chose for a mark: its suggestion, or to keep it because of `reason`."""

    kind: str
    passage: str
    use: bool = False
    reason: str = ""


class Piece(NamedTuple):
    """A stretch of a text to be shown: plain (`tone` empty), kept, open, or a word to check."""

    text: str
    tone: str
    why: str


def known_words(case: Case) -> Known:
    """What the house knows and should never be in a case: the author's and colleagues' names, the site, the town."""
    site = queries.site_of(case.author_id, case.program_id)
    people = [case.author.name, *(person.name for person in queries.colleagues(case.author_id, case.program_id))]
    return Known(names=tuple(people), places=tuple(word for word in (site.name, site.place) if word) if site else ())


def texts(case: Case, answers: Mapping[str, Any]) -> dict[str, str]:
    """Every text that is screened, by field."""
    return dict(form_schema.texts_to_screen(answers, case.form.schema))


def screen(case: Case, answers: Mapping[str, Any], *, known: Known | None = None) -> dict[str, list[Span]]:
    """The marked passages of each text, by field."""
    known = known or known_words(case)
    return {field: screening.find(text, known=known) for field, text in texts(case, answers).items()}


def open_in(
    case: Case, answers: Mapping[str, Any], *, tiers: tuple[int, ...] = (1,), found: dict[str, list[Span]] | None = None
) -> dict[str, list[Span]]:
    """What still stands in the way, by field: marked, and not kept with a reason in this very text."""
    found = screen(case, answers) if found is None else found
    written = texts(case, answers)
    left = {
        field: rules.unsettled(spans, _decisions(case, field), rules.text_hash(written[field]), tiers=tiers)
        for field, spans in found.items()
    }
    return {field: spans for field, spans in left.items() if spans}


def gathered(
    case: Case, answers: Mapping[str, Any], found: Mapping[str, Iterable[Span]], *, by_author: bool
) -> list[Mark]:
    """The marks in reading order, one for each passage and kind, with all the places where it stands."""
    written, labels = texts(case, answers), labels_of(case)
    order: dict[tuple[str, str], list[tuple[Place, Span]]] = {}
    for field, spans in found.items():
        for span in spans:
            place = _place(written[field], span, field, labels.get(_asked(field), field))
            order.setdefault((span.kind, written[field][span.start : span.end]), []).append((place, span))
    return [
        Mark(
            kind=kind,
            tier=first.tier,
            passage=passage,
            reason=first.reason,
            suggestion=fitted(first.suggestion, written[places[0][0].field], first.start),
            reasons=reasons_for(first, by_author=by_author),
            places=tuple(place for place, _ in places),
        )
        for (kind, passage), places in order.items()
        for first in (places[0][1],)
    ]


def reasons_for(span: Span, *, by_author: bool) -> tuple[str, ...]:
    """The short list of reasons to keep a mark; empty where it may not be kept."""
    return rules.keep_reasons(span.kind) if rules.may_keep(span, by_author=by_author) else ()


def settle(
    case: Case, answers: Mapping[str, Any], choices: Iterable[Choice], *, by: Person, now: datetime
) -> dict[str, Any]:
    """The answers with every chosen suggestion in place, and the rest noted as kept.

    Suggestions come first: they change the text, and a reason belongs to the text as it then is. Refused: keeping
    what may not be kept. A choice about a passage that is no longer there does nothing.
    """
    chosen = {(choice.kind, choice.passage): choice for choice in choices}
    known = known_words(case)
    settled, written = dict(answers), texts(case, answers)
    for field, spans in screen(case, answers, known=known).items():
        text = written[field]
        for span in sorted(spans, key=lambda span: span.start, reverse=True):
            choice = chosen.get((span.kind, text[span.start : span.end]))
            if choice is not None and choice.use and span.suggestion:
                text = text[: span.start] + fitted(span.suggestion, text, span.start) + text[span.end :]
                audit.record(by.id, "marked passage replaced", case.code, at=now, kind=span.kind, rule=span.rule)
        if text != written[field]:
            settled = with_text(settled, field, text)
    keep(case, settled, [choice for choice in chosen.values() if not choice.use], by=by, now=now, known=known)
    return settled


def keep(
    case: Case,
    answers: Mapping[str, Any],
    choices: Iterable[Choice],
    *,
    by: Person,
    now: datetime,
    known: Known | None = None,
) -> None:
    """Let marked passages stand, each with a reason, wherever they stand in this text."""
    chosen = {(choice.kind, choice.passage): choice.reason.strip()[:REASON_MOST] for choice in choices}
    if not chosen:
        return
    written = texts(case, answers)
    for field, spans in open_in(case, answers, tiers=(1, 2), found=screen(case, answers, known=known)).items():
        for span in spans:
            reason = chosen.get((span.kind, written[field][span.start : span.end]))
            if reason is not None:
                _keep(case, field, written[field], span, reason, by=by, now=now)


def kept_passages(case: Case, answers: Mapping[str, Any], passages: Mapping[str, str]) -> list[Choice]:
    """Choices from passages that were kept while writing, with the reason given for each; those that may not be
    kept by their author, or came without a reason, are left for the author to settle."""
    written = texts(case, answers)
    found = {
        (span.kind, written[field][span.start : span.end]): span
        for field, spans in open_in(case, answers).items()
        for span in spans
    }
    return [
        Choice(kind, passage, reason=passages[passage])
        for (kind, passage), span in found.items()
        if passages.get(passage, "").strip() and rules.may_keep(span, by_author=True)
    ]


def kept_in(case: Case, answers: Mapping[str, Any]) -> list[tuple[Hit, str, Place]]:
    """The decisions that hold in this very text: what was kept, the passage, and where, for the reviewer."""
    written, labels = texts(case, answers), labels_of(case)
    hashes = {field: rules.text_hash(text) for field, text in written.items()}
    fields = list(written)
    holding = [
        hit for hit in case.hits if hit.decision == rules.Settled.KEPT and hashes.get(hit.field) == hit.text_hash
    ]
    holding.sort(key=lambda hit: (fields.index(hit.field), hit.start))
    return [
        (
            hit,
            written[hit.field][hit.start : hit.end],
            _place(written[hit.field], hit, hit.field, labels.get(_asked(hit.field), hit.field)),
        )
        for hit in holding
    ]


def earlier_reasons(case: Case) -> dict[tuple[str, str], str]:
    """Why passages of the submitted text were kept, so that the same passage need not be argued for twice."""
    return {(hit.kind, passage): hit.reason or "" for hit, passage, _ in kept_in(case, case.answers)}


def pieces(text: str, spans: Iterable[Span], kept: Iterable[Hit]) -> list[Piece]:
    """The text cut at its marks, for a page that shows them in place."""
    allowed = {(hit.start, hit.end): hit for hit in kept}
    parts, at = [], 0
    for span in spans:
        hit = allowed.get((span.start, span.end))
        tone = "kept" if hit is not None else "open" if span.tier == 1 else "check"
        if span.start > at:
            parts.append(Piece(text[at : span.start], "", ""))
        parts.append(Piece(text[span.start : span.end], tone, (hit.reason or span.reason) if hit else span.reason))
        at = span.end
    return [*parts, Piece(text[at:], "", "")] if at < len(text) else parts


def with_text(answers: Mapping[str, Any], field: str, text: str) -> dict[str, Any]:
    """The answers with another text in a field, or in a cell of a table (`labs-0-name`)."""
    changed = dict(answers)
    if field in changed:
        changed[field] = text
        return changed
    table, number, column = field.split("-", 2)
    rows = [dict(row) for row in changed[table]]
    rows[int(number)][column] = text
    changed[table] = rows
    return changed


def fitted(suggestion: str, text: str, start: int) -> str:
    """The suggestion with a capital where a sentence begins."""
    begins = re.search(r"(?:^|[.!?]\s+|\n\s*)$", text[:start])
    return suggestion[:1].upper() + suggestion[1:] if begins and suggestion[:1].islower() else suggestion


def labels_of(case: Case) -> dict[str, str]:
    """The question of each field, as a msgid."""
    return {field.name: field.label for field in form_schema.fields(case.form.schema)}


def refuse_identifiers(case: Case, text: str) -> None:
    """Refuses a text beside the case, such as a recommendation, that holds an identifier. The words are not repeated."""
    if any(span.tier == 1 for span in screening.find(text, tiers=(1,), known=known_words(case))):
        raise Refused(msgid("There is a passage here that may identify somebody. Use general words instead."))


def _keep(case: Case, field: str, text: str, span: Span, reason: str, *, by: Person, now: datetime) -> None:
    decision = rules.decide(span, rules.Settled.KEPT, text=text, by_author=by.id == case.author_id, reason=reason)
    db.session.add(
        Hit(
            case=case,
            field=field,
            text_hash=decision.text_hash,
            start=span.start,
            end=span.end,
            kind=span.kind,
            tier=span.tier,
            rule=span.rule,
            engine=screening.ENGINE,
            decision=decision.settled,
            reason=decision.reason,
            decided_by_id=by.id,
            decided_at=now,
        )
    )
    audit.record(by.id, "marked passage kept", case.code, at=now, kind=span.kind, rule=span.rule)


def _decisions(case: Case, field: str) -> list[rules.Decision]:
    return [
        rules.Decision(hit.start, hit.end, hit.kind, hit.rule, hit.text_hash, rules.Settled(hit.decision), hit.reason)
        for hit in case.hits
        if hit.field == field and hit.decision is not None
    ]


def _asked(field: str) -> str:
    """The question a text belongs to: `labs` for the cell `labs-0-name`."""
    return field.split("-", 1)[0]


def _place(text: str, span: Span | Hit, field: str, label: str) -> Place:
    before = text[max(0, span.start - AROUND) : span.start]
    after = text[span.end : span.end + AROUND]
    if span.start > AROUND:
        before = "…" + before.partition(" ")[2]
    if span.end + AROUND < len(text):
        after = after.rpartition(" ")[0] + "…"
    return Place(field, label, span.start, span.end, before, after)
