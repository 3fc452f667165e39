"""The code of conduct and its consequences: reports, steps, appeal."""
