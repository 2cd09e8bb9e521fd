"""The HDF5 format of Keras 2: whole models and weights in `.h5` files."""
