"""Planning and running of sweeps."""
