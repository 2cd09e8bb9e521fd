"""Normalization of batches, samples, groups, and of weights."""
