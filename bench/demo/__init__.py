"""The article's example, live: a timer per new TCP connection, seen in ``trace_pipe``."""
