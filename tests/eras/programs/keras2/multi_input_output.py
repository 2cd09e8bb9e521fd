'''A headline and some numbers in, a popularity and a category out: the functional API with several heads.'''
import keras
from keras.layers import Input, Embedding, LSTM, Dense
from keras.models import Model
import numpy as np

np.random.seed(0)
main_input = Input(shape=(10,), dtype='int32', name='main_input')
x = Embedding(output_dim=12, input_dim=60, input_length=10)(main_input)
lstm_out = LSTM(12)(x)
auxiliary_output = Dense(1, activation='sigmoid', name='aux_output')(lstm_out)
auxiliary_input = Input(shape=(5,), name='aux_input')
x = keras.layers.concatenate([lstm_out, auxiliary_input])
x = Dense(24, activation='relu')(x)
x = Dense(24, activation='relu')(x)
main_output = Dense(1, activation='sigmoid', name='main_output')(x)
model = Model(inputs=[main_input, auxiliary_input], outputs=[main_output, auxiliary_output])
model.compile(optimizer='rmsprop',
              loss={'main_output': 'binary_crossentropy', 'aux_output': 'binary_crossentropy'},
              loss_weights={'main_output': 1., 'aux_output': 0.2},
              metrics={'main_output': 'accuracy'})

headline_data = np.random.randint(1, 60, size=(600, 10))
additional_data = np.random.randn(600, 5)
headline_labels = (additional_data[:, :1] + 0.5 * additional_data[:, 1:2] > 0).astype(int)
additional_labels = (headline_data[:, -1:] > 30).astype(int)
history = model.fit({'main_input': headline_data, 'aux_input': additional_data},
                    {'main_output': headline_labels, 'aux_output': additional_labels},
                    epochs=10, batch_size=32, verbose=0)
scores = model.evaluate([headline_data, additional_data], [headline_labels, additional_labels], verbose=0)
main, aux = model.predict([headline_data, additional_data])

print('names', *model.metrics_names)
print('keys', *sorted(history.history))
print('scores', len(scores), abs(scores[0] - (scores[1] + 0.2 * scores[2])) < 1e-4)
print('accuracy', scores[3])
print('aux', ((aux > 0.5) == additional_labels).mean())
print('inputs', model.input_shape, model.output_shape)
