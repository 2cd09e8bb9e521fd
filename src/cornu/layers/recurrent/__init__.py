"""Recurrence: cells, the loop that runs them over time, and layers around layers."""
