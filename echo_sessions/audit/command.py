"""The audit on the command line."""

import time
from typing import Any

from echo_sessions import clock
from echo_sessions.audit import anchors, chain, service
from echo_sessions.audit.chain import Verdict
from echo_sessions.database import db, transaction


def verify() -> tuple[dict[str, Any], str]:
    """Walk the whole chain; the answer and the same in words."""
    known = anchors.known()
    began = time.perf_counter()
    verdict = chain.verify(known)
    seconds = time.perf_counter() - began
    db.session.rollback()
    answer = {
        "whole": verdict.whole,
        "deeds": verdict.deeds,
        "last": verdict.last,
        "anchors": verdict.anchors,
        "anchors_that_agree": verdict.agreed,
        "seconds": round(seconds, 3),
        "breaks": [{"seq": one.seq, "kind": str(one.kind), "words": str(one.words)} for one in verdict.breaks],
    }
    return answer, in_words(verdict)


def in_words(verdict: Verdict) -> str:
    """One line when it is whole, else one for each break, the first one first."""
    if verdict.breaks:
        return "\n".join(["The audit is broken.", *(str(one.words) for one in verdict.breaks)])
    if verdict.last == 0:
        return "Nothing was done yet."
    said = f"The audit is whole: {verdict.deeds} deeds, each as it was written."
    if verdict.anchors == 0:
        return f"{said} No anchor was found in the file store, so a cut at its end would not be seen."
    lost = verdict.anchors - verdict.agreed
    return f"{said} {verdict.agreed} anchors agree" + (f", {lost} were explained by a restore." if lost else ".")


def restored() -> tuple[dict[str, Any], str]:
    """Note that a backup was restored; the answer and the same in words."""
    known = anchors.known()
    with transaction():
        ended, anchored = service.continue_after_restore(known, at=clock.now())
    anchors.write(clock.now())
    answer = {"ended": ended, "anchored": anchored}
    return (
        answer,
        f"Noted: the backup ends at deed {ended}; deeds {ended + 1} to {anchored} were lost with the restore.",
    )
