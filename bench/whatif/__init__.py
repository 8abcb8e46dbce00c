"""What-if: a cost model fitted to the cells of a run, checked by what it was not shown."""
