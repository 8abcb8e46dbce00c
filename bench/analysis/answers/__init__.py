"""The answer of a run: a question of its sweep, and a line in the reader's terms. Pure."""
