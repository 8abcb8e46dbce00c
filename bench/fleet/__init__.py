"""Fleet runs: the runs of several hosts side by side."""
