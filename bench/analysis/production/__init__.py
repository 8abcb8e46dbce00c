"""What would bite whoever uses such timers in production, as far as records and kernels show it."""
