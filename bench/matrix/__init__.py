"""The same commands on several kernels, their answers side by side."""
