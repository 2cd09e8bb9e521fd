"""Layers of earlier times that Keras 3 has not: kept, small."""
