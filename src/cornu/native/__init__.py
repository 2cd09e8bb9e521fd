"""Code for the machine itself, where XLA has none that is as quick: convolutions on the CPU by oneDNN.

Everything here may be missing, and then XLA does it.
"""
