"""Names of cells and controls, plurals, escaping: one voice."""
