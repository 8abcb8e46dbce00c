"""Estimators and verdicts against simulated runs whose truth is known.

``python -m tests.perf.simulate`` prints the table of docs/method-statistics.md, and ``--write``
writes it there. ``tests/unit/test_simulated.py`` runs a short form of it with the same seeds.
"""
