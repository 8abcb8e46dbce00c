"""The bpf_timers of this host, whoever armed them: those armed now, and how late they come."""
