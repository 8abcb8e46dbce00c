"""Charts of a report: one definition each for page, SVG and PNG."""
