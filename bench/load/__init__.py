"""Synthetic TCP load: generator processes and the controller that steers them."""
