"""Two runs compared: differences with intervals, corrected for their number. Pure."""
