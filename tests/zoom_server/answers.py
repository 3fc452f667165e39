"""What the server answers: a status, a body and headers; refusals in Zoom's words and codes."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    """One answer. `body` is JSON unless it is bytes already."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    @property
    def code(self) -> int | None:
        return self.body.get("code") if isinstance(self.body, dict) else None


class Refusal(Exception):
    """Zoom says no: its status, its own code, its words; `violation` where no careful client would have asked."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        fields: list[tuple[str, str]] | None = None,
        headers: dict[str, str] | None = None,
        violation: str = "",
    ) -> None:
        super().__init__(message)
        body: dict[str, Any] = {"code": code, "message": message}
        if fields:
            body["errors"] = [{"field": name, "message": words} for name, words in fields]
        self.answer = Answer(status, body, headers or {})
        self.violation = violation


def no_meeting(ref: object) -> Refusal:
    return Refusal(404, 3001, f"Meeting does not exist: {ref}.")


def no_user(ref: object) -> Refusal:
    return Refusal(404, 1001, f"User does not exist: {ref}.")


def invalid(fields: list[tuple[str, str]], kind: str = "schema") -> Refusal:
    """A body or a query that Zoom's own description of the interface forbids."""
    told = "; ".join(f"{name}: {words}" for name, words in fields)
    return Refusal(400, 300, "Validation Failed.", fields=fields, violation=f"{kind}: {told}")
