"""The tables of old names: modules, classes and functions, arguments."""
