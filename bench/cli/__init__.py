"""The command line: one file per command over plain functions."""
