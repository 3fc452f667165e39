"""An ordinary certificate's facts; arguments state what a test is about."""

from typing import Any

STATEMENT = (
    "High Plains School of Medicine designates this live activity for a maximum of 1.00 AMA PRA Category 1 Credit™. "
    "Physicians should claim only the credit commensurate with the extent of their participation in the activity."
)


def facts(**changed: Any) -> dict[str, Any]:
    """JSON of one physician's hour; a change to None takes the field out."""
    data = {
        "name": "Ngozi Okoro-Williams, MD",
        "kind": "credit",
        "program": "Hepatitis C ECHO",
        "title": "Hepatitis C in primary care",
        "sessions": [{"title": "Direct-acting antivirals", "date": "2026-11-25", "minutes": 52}],
        "credits": [{"type": "AMA PRA Category 1 Credit™", "amount": "0.75", "statement": STATEMENT}],
        "provider": "High Plains School of Medicine",
        "signatory": {"name": "Prof. Miriam Achterberg", "role": "Director of continuing education"},
        "issued_on": "2026-11-27",
        "number": "7K3Q-29FM-XW0D-4T8B",
        "verify_url": "https://echo.example.org/verify/7K3Q-29FM-XW0D-4T8B",
    }
    return {key: value for key, value in {**data, **changed}.items() if value is not None}


def sessions(count: int, title: str = "Session") -> list[dict[str, Any]]:
    """So many sessions, a day apart from the first of January on, of 52 minutes each."""
    return [
        {"title": f"{title} {number}", "date": f"2026-{1 + number // 28:02}-{1 + number % 28:02}", "minutes": 52}
        for number in range(count)
    ]
