"""The networks of the workloads, by name, in a table for each library."""
