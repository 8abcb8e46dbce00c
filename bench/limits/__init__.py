"""Every documented restriction of bpf_timer, tried on the running kernel."""
