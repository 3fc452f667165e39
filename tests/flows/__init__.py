"""Whole stories, told through pages and letters alone."""

import pytest

for name in ("town", "reader", "season", "case", "afterwards", "sitter"):
    pytest.register_assert_rewrite(f"tests.flows.{name}")
