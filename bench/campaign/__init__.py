"""Many trials: prepared, run one after another, repeated until they are precise."""
