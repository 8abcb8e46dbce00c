"""Runs from elsewhere: what is checked of them, and what of their owner is replaced."""
