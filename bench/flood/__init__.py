"""Floods of synthetic packets into the XDP programs under test."""
