"""What provides the timeouts: one object for each engine, and their registry."""
