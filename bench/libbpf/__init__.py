"""The one doorway to libbpf and BTF."""
