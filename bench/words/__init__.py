"""Names of cells and controls, and counted things, the same wherever people read them. Pure."""
