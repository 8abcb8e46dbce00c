"""Runs in which every kind of trial occurs."""

from tests.unit.every_kind import cells as cells
from tests.unit.every_kind import records as records
from tests.unit.runs_on_disk import read_run as read_run
from tests.unit.runs_on_disk import write_run as write_run
