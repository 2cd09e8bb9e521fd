"""Sources: whatever fit, evaluate and predict are given, as windows of batches."""
