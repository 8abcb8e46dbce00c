"""Options of a sweep as ``bench capacity`` means them."""

from __future__ import annotations

WIDTH = 0.05
DEFAULTS = {"precision": WIDTH, "repeat": 5, "duration": "1s", "warmup": "250ms"}
"""What differs from those of a sweep; ``TEXTS`` explains them to the user."""
TEXTS = {
    "map_size": "Entries of the timer map where another axis is searched, such as 100k. [65536]",
    "timeout": "Timeout of every timer, such as 100us. [100ms]",
    "load": "Connections per second beside what is searched, such as 5k, or max. [0]",
    "duration": "Window of each trial. [1s]",
    "warmup": "Time before the window, on top of one timeout. [250ms]",
    "repeat": "Trials that decide about a rate, by majority; an odd number. [5]",
    "seed": "Seed of arrivals. [drawn, recorded]",
    "precision": "Width of the result, over its upper bound. [5%]",
    "budget": "Longest time of the search, without the trials below the capacity. [10m]",
    "max_steal": "Share of stolen CPU time beyond which a trial is measured again. [0.1]",
}
WITHOUT = ("pilot", "precision_metric", "controls", "allow_overload", "polite", "population")
"""Options of a sweep without a use here: no controls are measured, overload is searched, and the
population grows with the rate."""
