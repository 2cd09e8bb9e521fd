'''Writes text letter by letter, in the style of what it read.'''
from __future__ import print_function
import numpy as np
import random
np.random.seed(2)
random.seed(2)

from keras.models import Sequential
from keras.layers.core import Dense, Activation, Dropout
from keras.layers.recurrent import LSTM
from keras.optimizers import RMSprop

text = 'the rain falls on the plain and the train runs on in the rain. ' * 12
chars = sorted(list(set(text)))
char_indices = dict((c, i) for i, c in enumerate(chars))
indices_char = dict((i, c) for i, c in enumerate(chars))

maxlen = 12
step = 2
sentences, next_chars = [], []
for i in range(0, len(text) - maxlen, step):
    sentences.append(text[i: i + maxlen])
    next_chars.append(text[i + maxlen])

X = np.zeros((len(sentences), maxlen, len(chars)), dtype=bool)
y = np.zeros((len(sentences), len(chars)), dtype=bool)
for i, sentence in enumerate(sentences):
    for t, char in enumerate(sentence):
        X[i, t, char_indices[char]] = 1
    y[i, char_indices[next_chars[i]]] = 1

model = Sequential()
model.add(LSTM(32, return_sequences=True, input_shape=(maxlen, len(chars))))
model.add(LSTM(32, return_sequences=False))
model.add(Dense(len(chars)))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer=RMSprop(lr=0.01))


def sample(a, temperature=1.0):
    # helper function to sample an index from a probability array
    a = np.log(np.asarray(a).astype('float64') + 1e-12) / temperature
    a = np.exp(a) / np.sum(np.exp(a))
    return np.argmax(np.random.multinomial(1, a, 1))


for iteration in range(1, 4):
    history = model.fit(X, y, batch_size=32, nb_epoch=5, verbose=0)
    generated = sentence = text[:maxlen]
    for i in range(30):
        x = np.zeros((1, maxlen, len(chars)))
        for t, char in enumerate(sentence):
            x[0, t, char_indices[char]] = 1.
        preds = model.predict(x, verbose=0)[0]
        next_char = indices_char[sample(preds, 0.2)]
        generated += next_char
        sentence = sentence[1:] + next_char

print('text', generated)
print('loss', history.history['loss'][-1])
print('words', sum(word in text.split() for word in generated.split()) / len(generated.split()))
