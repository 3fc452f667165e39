"""States of certificates, their kinds, and the small decisions about how they are printed and named."""

from decimal import Decimal

import pytest

from echo_sessions.certificates.facts import read_facts
from echo_sessions.certificates.rules import (
    CertificateKind,
    CertificateState,
    completed,
    file_name,
    kind_for,
    move,
    name_size,
    printed_width,
)
from echo_sessions.errors import Refused

from .make import facts, sessions

ISSUED, SUPERSEDED, REVOKED = CertificateState


@pytest.mark.parametrize(
    ("state", "to"),
    [(ISSUED, SUPERSEDED), (ISSUED, REVOKED), (SUPERSEDED, REVOKED)],
)
def test_a_certificate_can_lose_its_validity(state, to):
    assert move(state, to) is to


@pytest.mark.parametrize(
    ("state", "to"),
    [(REVOKED, ISSUED), (REVOKED, SUPERSEDED), (SUPERSEDED, ISSUED), (SUPERSEDED, SUPERSEDED), (ISSUED, ISSUED)],
)
def test_a_certificate_never_comes_back(state, to):
    with pytest.raises(Refused, match=r"cannot become .*; issue a new one instead"):
        move(state, to)


@pytest.mark.parametrize(
    ("presented", "earned", "kind"),
    [
        (False, "0.75", CertificateKind.CREDIT),
        (False, "0.00", CertificateKind.ATTENDANCE),
        (True, "0.00", CertificateKind.PRESENTER),
        (True, "2.00", CertificateKind.PRESENTER),
    ],
)
def test_who_gets_which_kind(presented, earned, kind):
    assert kind_for(presented=presented, earned=Decimal(earned)) is kind


@pytest.mark.parametrize(
    ("attended", "held", "percent", "enough"),
    [
        pytest.param(8, 10, 80, True, id="exactly the share"),
        pytest.param(7, 9, 80, False, id="77.8 per cent are not 80"),
        pytest.param(2, 3, 67, False, id="66.7 per cent are not 67"),
        pytest.param(0, 0, 0, False, id="a series without sessions completes nobody"),
    ],
)
def test_completing_a_series(attended, held, percent, enough):
    assert completed(attended, held, percent) is enough


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("Ada Li", "large"),
        ("Ngozi Okoro-Williams, MD", "large"),
        ("ณัฐวุฒิ เกียรติศักดิ์ น้ำผึ้ง", "large"),
        ("Iñaki Ibáñez Müller-Größmann, PhD", "medium"),
        ("山田太郎山田太郎山田太郎山田太郎", "medium"),
        ("Ἀριστοτέλης Παπαδοπούλου-Ξενάκη του Κωνσταντίνου", "small"),
        ("María del Carmen Fernández de Córdoba y Álvarez de Toledo-Osorio", "smallest"),
    ],
)
def test_longer_names_are_printed_smaller(name, size):
    assert name_size(name) == size


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("Ọ̀", 1), ("山田", 4), ("น้ำ", 2), ("", 0)])
def test_room_for_a_text(text, width):
    assert printed_width(text) == width


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        pytest.param({}, "certificate-hepatitis-c-echo-7K3Q-29FM-XW0D-4T8B.pdf", id="plain"),
        pytest.param({"program": "Santé à domicile"}, "certificate-sante-a-domicile-7K3Q-29FM-XW0D-4T8B.pdf", id="accents"),
        pytest.param({"program": "السكري"}, "certificate-7K3Q-29FM-XW0D-4T8B.pdf", id="no Latin letter"),
        pytest.param({"program": "../../etc", "number": "№ 7/2026"}, "certificate-etc-No-7-2026.pdf", id="slashes"),
        pytest.param({"program": "x" * 300, "number": "1"}, f"certificate-{'x' * 40}-1.pdf", id="long"),
    ],
)  # fmt: skip
def test_the_name_of_the_download_is_ascii_and_never_empty(changed, name):
    assert file_name(read_facts(facts(**changed))) == name


def test_minutes_and_days_of_several_sessions():
    several = read_facts(facts(sessions=sessions(3)[::-1]))
    assert several.minutes == 156
    assert [day.isoformat() for day in several.days] == ["2026-01-01", "2026-01-03"]
