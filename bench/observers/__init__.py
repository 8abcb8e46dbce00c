"""Observers of softirq and ksoftirqd activity, independent of the programs under test."""
