from keras import layers
layer = layers.Dense(32, input_shape=(784,))
