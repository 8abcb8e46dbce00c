"""Commands in virtual machines with other kernels; the host's file system is theirs, read-only."""
