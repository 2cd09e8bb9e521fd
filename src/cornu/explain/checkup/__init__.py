"""Checkup: what may be wrong with a model and its data, measured in one pass, with what to try."""
