"""Programs under test: one class each, and their registry."""
