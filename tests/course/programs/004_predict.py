predict(x, batch_size=None, verbose=0, steps=None, callbacks=None)
