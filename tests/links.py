"""Links that are almost right."""


def altered(token: str) -> str:
    """The token with another last letter: whatever it ended with, this one was never made."""
    return token[:-1] + ("b" if token.endswith("a") else "a")
