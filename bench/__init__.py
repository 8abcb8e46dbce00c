"""Benchmark of the Linux kernel's ``bpf_timer``."""

__version__ = "0.1.0"
