"""Whole programs of Keras 1 and 2, as they were written, through `cornu run`."""

import pytest

from tests.compat.process import cornu

CNN_OF_KERAS_1 = """
import numpy as np
np.random.seed(1337)
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation, Flatten, Conv2D, MaxPooling2D
from keras.optimizers import SGD
from keras.regularizers import l2
from keras.utils import to_categorical

x = np.random.rand(24, 1, 8, 8).astype('float32')
y = (x[:, 0, :4].mean((1, 2)) > x[:, 0, 4:].mean((1, 2))).astype(int)
Y = to_categorical(y, nb_classes=2)
model = Sequential()
model.add(Conv2D(4, 3, 3, border_mode='same', dim_ordering='th', input_shape=(1, 8, 8)))
model.add(Activation('relu'))
model.add(Conv2D(nb_filter=4, nb_row=3, nb_col=3, init='he_normal', subsample=(1, 1),
                 dim_ordering='th', W_regularizer=l2(0.001), activation='relu'))
model.add(MaxPooling2D(pool_size=(2, 2), dim_ordering='th'))
model.add(Dropout(0.1))
model.add(Flatten())
model.add(Dense(output_dim=2, init='uniform'))
model.add(Activation('softmax'))
sgd = SGD(lr=0.1, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss='categorical_crossentropy', optimizer=sgd, metrics=['accuracy'])
hist = model.fit(x, Y, batch_size=8, nb_epoch=2, verbose=0, validation_data=(x, Y))
print([layer.output_shape for layer in model.layers][:3])
print(sorted(hist.history), len(hist.history['acc']), len(hist.history['val_acc']))
print(model.predict_classes(x, verbose=0).shape, model.predict_proba(x).shape)
print(model.metrics_names, len(model.evaluate(x, Y, verbose=0)))
"""

LSTM_OF_KERAS_1 = """
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation, Embedding, LSTM

x, y = np.random.randint(0, 20, (16, 5)), np.random.randint(0, 2, 16)
model = Sequential()
model.add(Embedding(20, 4, input_length=5, init='uniform'))
model.add(LSTM(output_dim=3, init='glorot_uniform', inner_init='orthogonal', forget_bias_init='one',
               inner_activation='hard_sigmoid', dropout_W=0.2, dropout_U=0.2, consume_less='cpu'))
model.add(Dropout(p=0.5))
model.add(Dense(1))
model.add(Activation('sigmoid'))
model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])

def generate():
    while 1:
        yield x[:8], y[:8]
        yield x[8:], y[8:]

h = model.fit_generator(generate(), samples_per_epoch=16, nb_epoch=2, verbose=0, nb_worker=1,
                        validation_data=generate(), nb_val_samples=16)
print(len(h.history['val_acc']), model.predict_generator(generate(), val_samples=16).shape)
print(model.predict_classes(x).shape)
"""

PROGRAM_OF_KERAS_2 = """
import numpy as np
import keras
from keras import backend as K
from keras.models import Model
from keras.layers import Input, Dense, BatchNormalization, LeakyReLU, Layer
from keras.callbacks import ModelCheckpoint, EarlyStopping, ReduceLROnPlateau, LearningRateScheduler

class Scale(Layer):
    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super(Scale, self).__init__(**kwargs)
    def build(self, input_shape):
        self.kernel = self.add_weight(name='kernel', shape=(input_shape[1], self.output_dim),
                                      initializer='uniform', trainable=True)
        super(Scale, self).build(input_shape)
    def call(self, x):
        return K.dot(x, self.kernel)
    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.output_dim)

x = np.random.rand(32, 4); y = (x.sum(axis=1) > 2).astype('float32')
inputs = Input(shape=(4,))
h = Dense(6, weights=[np.ones((4, 6)), np.zeros(6)])(inputs)
h = BatchNormalization(fused=True)(LeakyReLU(alpha=0.1)(h))
model = Model(input=inputs, output=Dense(1, activation='sigmoid')(Scale(3)(h)))
model.compile(keras.optimizers.Adam(lr=0.01, decay=1e-3), 'binary_crossentropy', ['accuracy'])
calls = [ModelCheckpoint('w.hdf5', monitor='val_acc', save_weights_only=True, period=1),
         EarlyStopping(monitor='val_acc', patience=5), ReduceLROnPlateau(epsilon=1e-3)]
hist = model.fit(x, y, epochs=2, batch_size=8, verbose=0, validation_split=0.25, callbacks=calls,
                 workers=1)
K.set_value(model.optimizer.lr, 0.005)
print(round(float(K.get_value(model.optimizer.lr)), 4), len(hist.history['val_acc']))
model.load_weights('w.hdf5', by_name=True)
print(model.layers[1].output_shape, model.layers[1].get_output_at(0) is model.layers[1].output)
get = K.function([model.layers[0].input], [model.layers[1].output])
print(get([x])[0].shape)
model.save('m.h5')
again = keras.models.load_model('m.h5', custom_objects={'Scale': Scale})
print(again.count_params() == model.count_params())
"""

WRONG = """
from keras.models import Sequential
from keras.layers import Dense
model = Sequential([Dense(output_dim=3, input_dim=2), Dense(3, actvation='relu')])
"""


@pytest.mark.parametrize(
    "program, words",
    [
        (
            CNN_OF_KERAS_1,
            """[(None, 4, 8, 8), (None, 4, 8, 8), (None, 4, 6, 6)]
            ['accuracy', 'loss', 'val_accuracy', 'val_loss'] 2 2
            (24,) (24, 2)
            ['loss', 'accuracy'] 2""",
        ),
        (LSTM_OF_KERAS_1, "2 (16, 1)\n(16, 1)"),
        (PROGRAM_OF_KERAS_2, "0.005 2\n(None, 6) True\n(32, 6)\nTrue"),
    ],
    ids=["a convolutional network of Keras 1", "an LSTM of Keras 1", "a program of Keras 2"],
)
def test_a_program_runs_as_it_was_written(tmp_path, program, words):
    (tmp_path / "program.py").write_text(program)
    done = cornu("run", "program.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == words.split()
    told = [line for line in done.stderr.splitlines() if "OldNameWarning" in line]
    assert len(told) == len(set(told)) > 3
    assert all("program.py:" in line and "Today: " in line for line in told)


def test_an_error_is_the_programs_own(tmp_path):
    (tmp_path / "program.py").write_text(WRONG)
    done = cornu("run", "program.py", folder=tmp_path)
    assert done.returncode == 1
    assert 'Dense has no argument "actvation". Did you mean "activation"?' in done.stderr
