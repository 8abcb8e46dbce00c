"""Two variants on one host in randomised pairs: what each pair says, and what all of them say."""
