"""What the kernel executes for each operation on a timer, instruction by instruction."""
