"""Who may see a recording, by what it shows and when it was taken. Pure; moments are aware and in UTC.

Only didactics are for everybody who takes part. What touches a case for a second is for those who run the program, whatever
else is in it; so is what people wrote to each other, and every text made from what was said: they may quote a patient.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from echo_sessions.errors import Refused
from echo_sessions.words import Said, msgid

WARNED_BEFORE = timedelta(days=7)
REASON_LEAST, REASON_MOST = 5, 1000
USUAL_DAYS = 90

_SEEN = (
    "shared_screen",
    "gallery_view",
    "speaker_view",
    "active_speaker",
    "audio_only",
    "video",
    "podcast",
    "screenshare",
    "mp4",
    "m4a",
)
"""Kinds of files that show pictures or sound, by how their names begin at the providers; every other kind is text, or unknown."""
KIND_WORDS = {
    "shared_screen": msgid("Picture and shared screen"), "gallery_view": msgid("Picture"), "speaker_view": msgid("Picture"),
    "active_speaker": msgid("Picture"), "audio_only": msgid("Sound only"), "video": msgid("Picture"), "podcast": msgid("Sound only"),
    "screenshare": msgid("Shared screen"), "mp4": msgid("Picture"), "m4a": msgid("Sound only"),
    "chat": msgid("What was written in the chat"), "audio_transcript": msgid("Text of what was said"), "transcript": msgid("Text of what was said"),
    "closed_caption": msgid("Subtitles"), "presentation": msgid("Slides with chat"), "summary": msgid("Summary by a machine"), "timeline": msgid("Who spoke when"),
}  # fmt: skip


class Dark(StrEnum):
    """Why a recording is out of everybody's view: a person took it down; a case in it is recalled; its time is over."""

    TAKEN_DOWN = "taken_down"
    RECALL = "recall"
    OVER = "over"


@dataclass(frozen=True)
class Part:
    """One block of the run sheet: from when until when, whether it is recorded, and whether it is a case."""

    since: datetime
    until: datetime
    recorded: bool
    case: bool


class Sight(StrEnum):
    """Who may see a file: everybody who may read the session; those who run its program; nobody."""

    ALL = "all"
    TEAM = "team"
    NOBODY = "nobody"


@dataclass(frozen=True)
class File:
    """What the rules need to know of a recorded file."""

    kind: str
    since: datetime
    until: datetime
    shown: bool | None = None
    dark: Dark | None = None
    removed: bool = False
    keep_until: datetime | None = None


def sight(file: File, parts: Iterable[Part], now: datetime) -> tuple[Sight, Said]:
    """Who may see this file now, and why.

    A decision to hide always holds; one to show never holds for texts, and not against the dark. A file that has no length
    is taken for the moment at which it begins.
    """
    if file.removed:
        return Sight.NOBODY, Said("It was removed at the provider.")
    if file.dark is not None:
        return Sight.NOBODY, Said(_DARK_WORDS[file.dark])
    if file.keep_until is not None and file.keep_until <= now:
        return Sight.NOBODY, Said(_DARK_WORDS[Dark.OVER])
    if not is_seen(file.kind):
        return Sight.TEAM, Said("Only for those who run the program: texts and chats may quote a patient.")
    if file.shown is not None:
        if file.shown:
            return Sight.ALL, Said("Shown to everybody who takes part, as somebody decided who has watched it.")
        return Sight.TEAM, Said("Only for those who run the program, as somebody decided.")
    return _by_run_sheet(file, list(parts))


def _by_run_sheet(file: File, parts: list[Part]) -> tuple[Sight, Said]:
    touched = [part for part in parts if touches(file, part)]
    if any(part.case for part in touched):
        return Sight.TEAM, Said("Only for those who run the program: a case was discussed while it ran.")
    if not all(part.recorded for part in touched):
        return Sight.TEAM, Said(
            "Only for those who run the program: it goes on into a part that the run sheet does not record."
        )
    if not touched or file.since < min(part.since for part in parts) or file.until > max(part.until for part in parts):
        return Sight.TEAM, Said(
            "Only for those who run the program: it begins before the session, or goes on after it."
        )
    return Sight.ALL, Said("For everybody who takes part: all of it is a part that is recorded.")


def touches(file: File, part: Part) -> bool:
    """Whether any moment of the file lies in the block. One that ends when the block begins does not touch it."""
    until = max(file.until, file.since + timedelta(microseconds=1))
    return file.since < part.until and part.since < until


def is_seen(kind: str) -> bool:
    """Whether this kind of file is pictures or sound; what is not known to be is taken for text."""
    return kind.lower().startswith(_SEEN)


def kind_words(kind: str) -> str:
    """What is in a file, as a msgid; the provider's own word for kinds that we do not know."""
    low = kind.lower()
    return next((words for name, words in KIND_WORDS.items() if low.startswith(name)), kind)


def is_near(keep_until: datetime | None, now: datetime) -> bool:
    """Whether it will be removed within a week, so that the page says so loudly."""
    return keep_until is not None and now < keep_until <= now + WARNED_BEFORE


def may_show(file: File, *, watched: bool) -> None:
    """Refuses what no reason makes right: showing a text to everybody, or a file that nobody has watched to its end."""
    if not is_seen(file.kind):
        raise Refused("Texts and chats are never shown to everybody: they may quote a patient.")
    if not watched:
        raise Refused("Watch it to its end first, and say so: a patient may be spoken of in it.")


def check_reason(reason: str) -> str:
    """The reason without blanks around it; refused when it says nothing, or tells a story."""
    plain = reason.strip()
    if not REASON_LEAST <= len(plain) <= REASON_MOST:
        raise Refused("Say why in a few words, without naming a patient.")
    return plain


_DARK_WORDS = {
    Dark.TAKEN_DOWN: msgid("It was taken down."),
    Dark.RECALL: msgid("A case in it was taken out of view, and the recording with it."),
    Dark.OVER: msgid("The time for which recordings are kept is over."),
}
