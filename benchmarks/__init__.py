"""Cornu beside Keras, PyTorch and a hand-written JAX program: `python -m benchmarks`."""
