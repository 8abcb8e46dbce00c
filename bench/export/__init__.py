"""A run in the formats of other tools. Pure: records in, text or bytes out."""
