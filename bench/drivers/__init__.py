"""The measuring side of programs: how each is loaded, armed and kept busy."""
