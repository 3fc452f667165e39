"""The colours can be read, in light and dark, and nothing inline slips into a page."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
THEME = (ROOT / "echo_sessions/static/theme.css").read_text("utf-8")
BLOCK = re.compile(r"\{([^{}]*--paper:[^{}]*)\}")
TOKEN = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{3,6})\b")


def tokens(block: str) -> dict[str, str]:
    return dict(TOKEN.findall(block))


LIGHT, DARK_BY_DEVICE, DARK_BY_CHOICE = (tokens(block) for block in BLOCK.findall(THEME)[:3])

TEXT_ON_GROUND = [
    *((text, ground, 4.5) for text in ("ink", "muted", "brand", "danger") for ground in ("paper", "surface", "sunk")),
    *((state, f"{state}-tint", 4.5) for state in ("good", "attention", "danger", "info")),
    *(("ink", f"{state}-tint", 4.5) for state in ("good", "attention", "danger", "info")),
    ("on-brand", "brand", 4.5),
    ("on-brand", "brand-strong", 4.5),
    ("on-danger", "danger", 4.5),
    ("muted", "surface", 3.0),
    ("accent", "ink", 3.0),
]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("text", "ground", "least"), TEXT_ON_GROUND)
def test_text_can_be_read_in_light(text: str, ground: str, least: float) -> None:
    assert contrast(LIGHT[text], LIGHT[ground]) >= least


@pytest.mark.parametrize(("text", "ground", "least"), [row for row in TEXT_ON_GROUND if row[0] != "accent"])
def test_text_can_be_read_in_dark(text: str, ground: str, least: float) -> None:
    assert contrast(DARK_BY_CHOICE[text], DARK_BY_CHOICE[ground]) >= least


def test_dark_is_the_same_by_device_and_by_choice_and_misses_no_colour() -> None:
    assert DARK_BY_DEVICE == DARK_BY_CHOICE
    assert set(LIGHT) == set(DARK_BY_CHOICE)


def test_every_token_that_is_used_is_set() -> None:
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", THEME))
    assert used <= set(re.findall(r"--([a-z0-9-]+):", THEME))


@pytest.mark.parametrize(
    "page", [p for p in sorted((ROOT / "templates").rglob("*.html")) if "mail" not in p.parts and "pdf" not in p.parts and p.name != "letter.html"], ids=lambda p: f"{p.parent.name}/{p.name}"
)  # fmt: skip
def test_pages_carry_no_inline_style_or_script(page: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", page.read_text("utf-8"), flags=re.S)
    assert not re.findall(r"""\sstyle\s*=|<style|\son[a-z]+\s*=\s*["']|javascript:""", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


def test_the_theme_stays_light_enough_for_a_slow_line() -> None:
    scripts = sum(p.stat().st_size for p in (ROOT / "echo_sessions/static/js").glob("*.js"))
    assert len(THEME.encode()) < 40_000
    assert scripts < 30_000
