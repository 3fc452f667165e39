"""Zoom: its API, its sign-in and its hooks, as they really behave.

`provider.Zoom` is what others use; `talking` asks, with the token of `tokens` and the patience of `limits`; `refusals`
makes faults of what it answers; `meetings`, `people`, `reports`, `recordings` and `account` are its nouns; `events` reads hooks.
"""

from echo_sessions.outside.meetings.zoom.memory import Credentials, Fresh, Memory, Token
from echo_sessions.outside.meetings.zoom.provider import Zoom

__all__ = ["Credentials", "Fresh", "Memory", "Token", "Zoom"]
