"""Files that people upload or the house makes: bytes in storage, facts in a row."""
