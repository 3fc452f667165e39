"""The page of one session's meeting at its provider."""
