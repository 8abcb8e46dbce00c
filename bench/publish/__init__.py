"""A static site of published runs: pages are values, one module writes them."""
