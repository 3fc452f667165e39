"""Which column holds what: headers in many languages, recognised by stems.

Providers change their translations over the years and no list of them is complete, so a column is known by a piece of
its folded header ("hora de salida", "ultima saida" and "heure de depart" all tell a leaving). What cannot be known is
mapped by hand: `columns={"their header": "field"}`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ..names import fold
from .moments import looks_like_moment


class Field(StrEnum):
    """What a column can hold."""

    NAME = "name"
    FIRST = "first name"
    LAST = "last name"
    EMAIL = "email"
    REGISTRANT = "registrant"
    UPN = "upn"
    PHONE = "phone"
    JOINED = "joined"
    LEFT = "left"
    DATE = "date"
    MINUTES = "duration"
    GUEST = "guest"
    WAITING = "waiting room"
    STATUS = "status"
    ATTENDED = "attended"
    ACTION = "action"
    TIMESTAMP = "timestamp"
    ROLE = "role"
    CONSENT = "consent"
    OTHER = "other"


# In this order: the first stem that fits decides. What a header merely mentions ("leave" in "leave time (host)") comes
# after what it is about.
_STEMS: list[tuple[Field, str]] = [
    (
        Field.OTHER,
        r"registration (time|date|status|source)|approval|^# |\bhost\b|anfitri|gastgeber|\bhote\b|^topic$|^tema$|^sujet$|"
        r"^thema$|creation|creacion|criac|meeting (name|title|id|start|end|number|type|date)|webinar (id|name)|"
        r"(actual )?start (time|date)|end (time|date)|inicio|finaliza|termino|debut|heure de fin|startzeit|endzeit|beginn|"
        r"session name|source name|country|region|department|^group$|unique viewer|max concurrent|^participants$|"
        r"^participantes$|^teilnehmer$|join method|network|ip address|zoom room|registro|inscricao|inscripcion",
    ),
    (
        Field.WAITING,
        r"waiting room|sala de espera|salle d.attente|warteraum|wartezimmer|sala d.attesa|wachtruimte|wachtkamer|"
        r"poczekaln|bekleme|зал\w* ожидан|комнат\w* ожидан|待機室|待机室|等候室|等待室|대기실|phong cho|ruang tunggu|"
        r"غرفة الانتظار",
    ),
    (
        Field.CONSENT,
        r"consent|disclaimer|descargo|consentim|einwillig|haftungs|avertissement|aviso|exencao|grabacion|gravacao|"
        r"enregistrement|aufzeichnung|registrazione|録画|录制|錄製|녹화",
    ),
    (Field.REGISTRANT, r"registrant|id (de|del|do) (inscrito|registrado|inscri)|teilnehmer-?registrier"),
    (Field.UPN, r"\bupn\b|participant id|user principal"),
    (
        Field.EMAIL,
        r"e-?mail|e-?posta\b|e-?postasi|\bmail\b|correo|courriel|メール|电子邮|邮箱|電子郵|이메일|почт|البريد",
    ),
    (Field.ATTENDED, r"^(has )?attended\??$|^asistio|^participou|^teilgenommen|^a participe|^ha partecipato"),
    (
        Field.ACTION,
        r"^(user )?action\b|benutzeraktion|^aktion|^accion\b|^acao\b|^atividade|^azione|^actie|^activite|^actividad|"
        r"действи|アクション|操作|작업",
    ),
    (
        Field.TIMESTAMP,
        r"time ?stamp|zeitstempel|carimbo|marca (de tiempo|temporal|de hora)|horodat|date et heure|data e (hora|ora)|"
        r"fecha y hora|tijdstempel|datum (und|en) |日時|时间戳|時間戳|타임스탬프|метка времени",
    ),
    (
        Field.MINUTES,
        r"durati|durac|duree|durat|dauer|\bduur\b|czas trwania|^toplam sure|\bsure\b|длительн|продолжит|"
        r"^(合計)?(時間|期間) ?\(|時長|时长|持续|持續|기간|시간 ?\(분|thoi luong|durasi|time in (the )?(session|meeting|webinar)|"
        r"tiempo en|temps (passe|de presence)|tempo (em|na|in)|^minutes?$|^minutos$|^minuten$|^minuti$|\(min(utes|utos|uten)?\)$|المدة",
    ),
    (
        Field.GUEST,
        r"\bguest|invitado|convidado|\binvite\b|\bgast\b|ospite|\bgosc|misafir|гость|ゲスト|访客|來賓|访問者|게스트|\bkhach|\btamu\b|ضيف",
    ),
    (
        Field.LEFT,
        r"leave|\bleft\b|\bexit|\blogout|salida|\bsalir|\bsaida|\bsair\b|depart|deconnexion|\bsortie|verlass|verliess|austritt|"
        r"abmelde|uscita|vertrek|verlaten|opuszcz|wyjsc|ayril|выход|ухода|退出|离开|離開|나간|나감|퇴장|\broi\b|keluar|partida|"
        r"المغادرة",
    ),
    (
        Field.JOINED,
        r"\bjoin|\blogin time|entrada|\bentrar|unirse|\bunion\b|se unio|ingres|arriv|connexion|\bentree|\bacces|beitritt|"
        r"beigetret|eintritt|zutritt|anmeldezeit|partecipazione|participation|entrata|deelname|deelneem|toetred|dolacz|"
        r"wejsci|katil|вход|подключ|присоед|参加|加入|참가|참여|입장|tham gia|bergabung|الانضمام|incorpora",
    ),
    (Field.PHONE, r"\bphone|\btelefon|telephone|\btelefone|^tel\b|電話|电话|전화|handynummer|celular"),
    (Field.FIRST, r"first name|given name|\bprenom|vorname|voornaam|^nombres$|nombre de pila|primer nombre|fornavn"),
    (
        Field.LAST,
        r"last name|surname|family name|apellido|sobrenome|apelido|nachname|nom de famille|cognome|achternaam|nazwisko|soyad|фамили",
    ),
    (Field.ROLE, r"^(user )?role$|^rol$|^rolle$|^ruolo$|^papel$|^funcao$|^roles?$|роль|役割|角色|역할"),
    (Field.STATUS, r"^status$"),
    (Field.DATE, r"^date$|^fecha$|^data$|^datum$|^дата$|^日付$|^日期$|^날짜$|^(join|session|attendance) date$"),
    (
        Field.NAME,
        r"\bname|\bnombre|\bnome\b|\bnom\b|\bnaam\b|\bnazwa\b|\bimie\b|^ad\b|\badi\b|\bимя\b|名前|姓名|名称|名稱|氏名|이름|\bten\b|"
        r"\bnama\b|الاسم|^participant$|^participante$|^attendee$|^user$|^usuario$|^student$|^teilnehmer(in)?$",
    ),
]
_KNOWN = [(field, re.compile(stem)) for field, stem in _STEMS]
_WHOLE_LAST_NAMES = frozenset({"nom", "nome", "nombre", "name"})


@dataclass(frozen=True)
class Header:
    """A recognised header row: which cell holds which field, and the words it was recognised by."""

    line: int
    titles: tuple[str, ...]
    places: Mapping[Field, int]
    folded: tuple[str, ...]

    def has(self, *fields: Field) -> bool:
        return all(field in self.places for field in fields)

    @property
    def english(self) -> bool:
        """Whether the words are English: it tells how an undecided date is shown until somebody answers."""
        return any(re.search(r"\b(time|join|leave|name|duration|first|timestamp)\b", title) for title in self.folded)

    def title_of(self, field: Field) -> str:
        place = self.places.get(field)
        return self.titles[place] if place is not None and place < len(self.titles) else field.value


def simple(title: str) -> str:
    """A header as it is compared: folded, underscores as spaces, straight apostrophes."""
    return re.sub(r"[\u2019\u2018`\u00b4]", "'", fold(title.replace("_", " "))).strip(" :.*")


def field_of(title: str, columns: Mapping[str, str] | None = None) -> Field | None:
    """What a header says its column holds; None where it says nothing known."""
    folded = simple(title)
    if not folded:
        return None
    for given, field in (columns or {}).items():
        if simple(given) == folded:
            return Field(field)
    return _known(folded)


@lru_cache(maxsize=2000)
def _known(folded: str) -> Field | None:
    return next((field for field, stem in _KNOWN if stem.search(folded)), None)


def header_of(line: int, cells: Sequence[str], columns: Mapping[str, str] | None = None) -> Header | None:
    """The header in this row, if it is one: somebody's name or address, and a time, a length or a deed.

    Columns of the meeting stand before those of the person and bear the same titles ("Duration (minutes)" twice in
    bulk exports), so after the name is where a field is looked for first.
    """
    if not may_be_header(cells):
        return None
    found = [(place, field_of(cell, columns)) for place, cell in enumerate(cells)]
    names = [place for place, field in found if field is Field.NAME]
    name = _best_name(names, cells)
    places: dict[Field, int] = {}
    for place, field in sorted(found, key=lambda pair: (name is not None and pair[0] < name, pair[0])):
        if field is not None and field is not Field.OTHER and field is not Field.NAME:
            places.setdefault(field, place)
    if name is not None:
        places[Field.NAME] = name
    places = _split_names(places, cells)
    who = {Field.NAME, Field.FIRST, Field.LAST} & places.keys() or {Field.EMAIL, Field.JOINED} <= places.keys()
    what = {Field.JOINED, Field.LEFT, Field.MINUTES, Field.TIMESTAMP} & places.keys()
    if not who or not what:
        return None
    return Header(line, tuple(cells), places, tuple(simple(cell) for cell in cells))


def may_be_header(cells: Sequence[str]) -> bool:
    """Whether these are at least titles: several, short, none of them a number, a moment or an address."""
    filled = [cell for cell in cells if cell]
    return 2 <= len(filled) <= 120 and not any(_is_data(cell) for cell in filled)


def _best_name(names: list[int], cells: Sequence[str]) -> int | None:
    """Of several name columns the one that also tells the original name, else the first."""
    return next((place for place in names if "(" in cells[place]), names[0] if names else None)


def _split_names(places: dict[Field, int], cells: Sequence[str]) -> dict[Field, int]:
    """`Nombre, Apellido` and `Prénom, Nom` are two halves of one name."""
    name = places.get(Field.NAME)
    if name is None or simple(cells[name]) not in _WHOLE_LAST_NAMES:
        return places
    if Field.LAST in places and Field.FIRST not in places:
        places[Field.FIRST] = places.pop(Field.NAME)
    elif Field.FIRST in places and Field.LAST not in places and simple(cells[name]) == "nom":
        places[Field.LAST] = places.pop(Field.NAME)
    return places


def _is_data(cell: str) -> bool:
    return len(cell) > 120 or "@" in cell or cell.replace(".", "").isdigit() or looks_like_moment(cell)
