"""Who is a known health worker: how it was checked, by whom, and until when it holds."""
