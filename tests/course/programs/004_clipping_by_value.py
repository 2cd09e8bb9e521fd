from keras import optimizers
# All parameter gradients will be clipped to a max 0.5 and min of -0.5.
sgd = optimizers.SGD(lr=0.01, clipvalue=0.5)
