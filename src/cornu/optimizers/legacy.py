"""The optimizers under the name that Keras 2.11 gave the older ones: `keras.optimizers.legacy.SGD`.

They are those of `cornu.optimizers`, which take `lr` and `decay` as the older ones did.
"""

from cornu.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, Ftrl, Nadam, Optimizer, RMSprop

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "Optimizer", "RMSprop"]
