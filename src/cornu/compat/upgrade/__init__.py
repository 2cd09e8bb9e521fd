"""`cornu upgrade`: rewrites a program of an earlier Keras in the words of Keras 3.

The tables are those that `cornu run` goes by (`compat/old/`). Only `files.py` and `command.py` can be
imported without LibCST.
"""
