"""One trial: what it shares with others, its steps, and the record that comes of it."""
