"""Training: from data to a compiled loop to logs; what compile, fit, evaluate and predict are made
of."""
