"""What everything stands on: variables, the seam, symbolic tensors, names, configuration, errors."""
