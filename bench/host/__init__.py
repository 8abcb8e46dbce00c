"""Facts about the host, its noise, and the memory reserve."""
