"""Readable results: summary tables and Markdown."""
