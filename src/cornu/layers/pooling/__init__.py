"""Pooling: windows, the whole, and as many windows as asked for."""
