"""What this host can and cannot measure, found by trying."""
