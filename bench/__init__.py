"""Benchmark of the Linux kernel's ``bpf_timer``."""

__version__ = "1.0.0"
