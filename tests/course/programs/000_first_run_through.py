# define fcNN with 2 hidden layers
model = Sequential()

model.add(Dense(100, batch_input_shape=(None, 784)))
model.add(Activation('sigmoid'))
model.add(Dense(50))
model.add(Activation('sigmoid'))
model.add(Dense(10))
model.add(Activation('softmax'))
# compile model
model.compile(loss='binary_crossentropy',
               optimizer=sgd,
               metrics=['accuracy'])
# train the model, memorize training history
history = model.fit(X[0:2400],
                     convertToOneHot(y[0:2400],10),
                     epochs=30,
                     batch_size=128,
                     validation_data=[X[2400:3000],
                     convertToOneHot(y[2400:3000],10)])
