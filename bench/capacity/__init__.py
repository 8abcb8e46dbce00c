"""The highest rate that still meets a goal. Pure: whoever calls it measures."""
