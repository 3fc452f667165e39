"""Finding merges and what stands between two records."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased, selectinload

from echo_sessions.attendance.evidence import seen_in
from echo_sessions.attendance.models import Alias, Identification
from echo_sessions.attendance.presence import Verdict
from echo_sessions.attendance.rules import Stay, union_seconds
from echo_sessions.cases.models import Case
from echo_sessions.certificates.models import Certificate
from echo_sessions.certificates.rules import CertificateState
from echo_sessions.credit.models import Award
from echo_sessions.database import db
from echo_sessions.merging.models import Merge, NotSame, Recovery
from echo_sessions.merging.rules import OPEN_RECOVERIES, Record
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session
from echo_sessions.words import Said, msgid


def by_code(code: str) -> Merge | None:
    """The merge with this code."""
    return db.session.scalars(select(Merge).where(Merge.code == code)).unique().one_or_none()


def record_of(person: Person) -> Record:
    """What the rules need to know of somebody."""
    return Record(person.id, person.name, person.merged_into_id is not None, person.erased_at is not None)


def merges_into(person_id: int) -> Sequence[Merge]:
    """Records that were merged into this one, the newest first, undone ones too."""
    chosen = select(Merge).where(Merge.kept_id == person_id).order_by(Merge.id.desc())
    return db.session.scalars(chosen).unique().all()


def standing_merge_of(person_id: int) -> Merge | None:
    """The merge by which this record went, if it stands."""
    chosen = select(Merge).where(Merge.gone_id == person_id, Merge.undone_at.is_(None)).order_by(Merge.id.desc())
    return db.session.scalars(chosen).unique().first()


def all_merges(person_ids: Select[int] | None) -> Select[Merge]:
    """Merges into these people (None: into anybody), the newest first."""
    chosen = select(Merge).order_by(Merge.id.desc())
    return chosen if person_ids is None else chosen.where(Merge.kept_id.in_(person_ids))


def later_merge(merge: Merge) -> Merge | None:
    """A merge into the same record that came later and stands."""
    chosen = select(Merge).where(Merge.kept_id == merge.kept_id, Merge.id > merge.id, Merge.undone_at.is_(None))
    return db.session.scalars(chosen.order_by(Merge.id.desc())).unique().first()


def dismissal(one_id: int, other_id: int) -> NotSame | None:
    """Somebody's word that these two (the smaller number first) are not the same."""
    chosen = select(NotSame).where(NotSame.one_id == one_id, NotSame.other_id == other_id)
    return db.session.scalars(chosen).one_or_none()


def aliases_of(person_id: int) -> Sequence[Alias]:
    """The names and numbers under which somebody is known to have appeared."""
    return db.session.scalars(select(Alias).where(Alias.person_id == person_id).order_by(Alias.id)).all()


def certified_since(merge: Merge) -> list[Said]:
    """Certificates that the kept person got since the merge and that show what goes back."""
    chosen = (
        select(Certificate.code)
        .join(Certificate.awards)
        .where(
            Certificate.person_id == merge.kept_id, Award.person_id == merge.gone_id, Certificate.issued_at > merge.at
        )
        .where(Certificate.state == CertificateState.ISSUED)
    )
    return [
        Said(
            msgid("Certificate %(code)s was issued since the merge and shows credit that goes back to %(name)s. It stays valid; look whether to take it back."),
            {"code": code, "name": merge.gone.name},
        )
        for code in sorted(set(db.session.scalars(chosen)))
    ]  # fmt: skip


def warnings(kept: Person, gone: Person) -> list[Said]:
    """What speaks against it, or needs a look afterwards. Nothing of it stops anybody."""
    found = _different(kept, gone) + _at_once(kept, gone)
    reviews = select(Case.code).where(
        or_(
            (Case.author_id == kept.id) & (Case.reviewer_id == gone.id), (Case.author_id == gone.id) & (Case.reviewer_id == kept.id)
        )
    )  # fmt: skip
    for code in db.session.scalars(reviews.order_by(Case.code)):
        found.append(
            Said(
                msgid("One wrote case %(code)s and the other reviews it; another reviewer will be needed."),
                {"code": code},
            )
        )
    one, other = aliased(Certificate), aliased(Certificate)
    both = select(one.activity).join(other, one.activity == other.activity).where(
        one.person_id == kept.id, other.person_id == gone.id, one.state == CertificateState.ISSUED,
        other.state == CertificateState.ISSUED,
    )  # fmt: skip
    for code in sorted(set(db.session.scalars(both))):
        found.append(
            Said(
                msgid("Both hold a certificate for %(code)s. Both stay valid; look whether one should be taken back."),
                {"code": code},
            )
        )
    return found


def _different(kept: Person, gone: Person) -> list[Said]:
    found = []
    if kept.registration and gone.registration and _plain(kept.registration) != _plain(gone.registration):
        found.append(Said(msgid("Their licence numbers are different.")))
    if kept.profession and gone.profession and kept.profession.casefold() != gone.profession.casefold():
        found.append(
            Said(
                msgid("Their professions are different: %(one)s and %(other)s."),
                {"one": kept.profession, "other": gone.profession},
            )
        )
    low, high = sorted((kept.id, gone.id))
    if dismissal(low, high) is not None:
        found.append(Said(msgid("Somebody has said before that these two are different people.")))
    return found


def _plain(number: str) -> str:
    return "".join(letter for letter in number.casefold() if letter.isalnum())


def _at_once(kept: Person, gone: Person) -> list[Said]:
    """Sessions in which both were there at the same moments, each by a connection of their own."""
    found = []
    one, other = (_sessions_of(person.id) for person in (kept, gone))
    for number in sorted(one.keys() & other.keys())[:20]:
        session = db.session.get_one(Session, number)
        seen = seen_in(session)
        first, second = (
            [stay for key in keys if key in seen for stay in seen[key].best] for keys in (one[number], other[number])
        )
        minutes = _overlap(first, second)
        if minutes:
            found.append(
                Said(
                    msgid("In session %(code)s both were there at once for %(minutes)s minutes, by two connections: two devices, or two people."),
                    {"code": session.code, "minutes": minutes},
                )
            )  # fmt: skip
    return found


def _sessions_of(person_id: int) -> dict[int, set[str]]:
    chosen = select(Identification.session_id, Identification.identity).where(
        Identification.person_id == person_id,
        Identification.verdict == Verdict.PERSON.value,
        Identification.undone_at.is_(None),
    )
    found: dict[int, set[str]] = {}
    for session, identity in db.session.execute(chosen):
        found.setdefault(session, set()).add(identity)
    return found


def _overlap(first: list[Stay], second: list[Stay]) -> int:
    """Whole minutes that both lasted."""
    return (union_seconds(first) + union_seconds(second) - union_seconds([*first, *second])) // 60


def recovery_by_code(code: str) -> Recovery | None:
    """The request with this code."""
    return db.session.scalars(select(Recovery).where(Recovery.code == code)).unique().one_or_none()


def recoveries(within: Select[int] | None, words: str = "") -> Select[Recovery]:
    """Requests whose new mailbox has answered, open ones first, the newest first; `within`: about these people only."""
    chosen = select(Recovery).where(Recovery.answered_at.is_not(None)).options(selectinload(Recovery.checks))
    if within is not None:
        chosen = chosen.where(Recovery.person_id.in_(within))
    for word in words.split():
        chosen = chosen.where(
            or_(
                Recovery.claimed_name.icontains(word, autoescape=True), Recovery.normal.icontains(word, autoescape=True)
            )
        )
    return chosen.order_by(Recovery.state.not_in(OPEN_RECOVERIES), Recovery.id.desc())
