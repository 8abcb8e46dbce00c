"""What interrupted runs, guests and demos left behind, found by their owners' pids and removed."""
