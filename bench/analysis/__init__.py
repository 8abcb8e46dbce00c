"""From records to findings: estimates, effects, knees, drift, tails, the answer. Pure."""
