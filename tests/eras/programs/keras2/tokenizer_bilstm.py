'''Complaints and praise: Tokenizer, pad_sequences, a bidirectional LSTM, and the accuracy curves of the book.'''
import numpy as np
from keras.preprocessing.text import Tokenizer, text_to_word_sequence
from keras.preprocessing.sequence import pad_sequences
from keras.models import Sequential
from keras.layers import Embedding, LSTM, Bidirectional, Dense, SpatialDropout1D
from keras.callbacks import EarlyStopping, ModelCheckpoint
from keras.models import load_model

np.random.seed(21)
good = ['loved', 'great', 'perfect', 'charming']
bad = ['hated', 'broken', 'useless', 'rude']
things = ['the room', 'the staff', 'my lunch', 'this phone', 'the cable']
texts, labels = [], []
for i in range(500):
    label = np.random.randint(2)
    word = np.random.choice(good if label else bad)
    other = np.random.choice(bad if label else good)
    # "not" turns the word after it round
    phrase = word if np.random.rand() < 0.5 else 'not ' + other
    texts.append('%s was %s, I think.' % (np.random.choice(things).capitalize(), phrase))
    labels.append(label)

max_words, maxlen = 30, 8
tokenizer = Tokenizer(num_words=max_words, oov_token='<oov>')
tokenizer.fit_on_texts(texts)
sequences = tokenizer.texts_to_sequences(texts)
word_index = tokenizer.word_index
data = pad_sequences(sequences, maxlen=maxlen, padding='post', truncating='post')
labels = np.asarray(labels)

indices = np.arange(data.shape[0])
np.random.shuffle(indices)
data, labels = data[indices], labels[indices]

model = Sequential()
model.add(Embedding(max_words, 8, input_length=maxlen, mask_zero=True))
model.add(SpatialDropout1D(0.1))
model.add(Bidirectional(LSTM(8, dropout=0.1, recurrent_dropout=0.1)))
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['acc'])
model.optimizer.lr = 0.01

callbacks = [EarlyStopping(monitor='val_acc', patience=8),
             ModelCheckpoint('best.h5', monitor='val_loss', save_best_only=True)]
history = model.fit(data, labels, epochs=12, batch_size=32, validation_split=0.2, callbacks=callbacks, verbose=0)
best = load_model('best.h5')

print('words', text_to_word_sequence('The room, it was great!'))
print('first', tokenizer.index_word[1], tokenizer.word_index['<oov>'])
print('matrix', tokenizer.texts_to_matrix(texts, mode='binary').shape)
print('oov', tokenizer.texts_to_sequences(['zebra']))
print('keys', *sorted(history.history))
print('shape', data.shape, model.layers[2].output_shape)
print('accuracy', best.evaluate(data, labels, verbose=0)[1])
