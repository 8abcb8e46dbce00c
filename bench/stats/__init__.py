"""Estimators: values in, values out. numpy only."""
