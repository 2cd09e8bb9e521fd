'''A layer, a loss, a metric, an initializer, a constraint and a callback of one's own, in a residual network.'''
import numpy as np
import keras
from keras import backend as K
from keras import initializers, regularizers, constraints
from keras.engine.topology import Layer, InputSpec
from keras.layers import Input, Dense, Activation, Add, Concatenate
from keras.layers.core import Lambda
from keras.models import Model, load_model

np.random.seed(6)


class Antirectifier(Layer):
    '''Both the positive and the negative part, so that nothing is lost.'''

    def compute_output_shape(self, input_shape):
        shape = list(input_shape)
        assert len(shape) == 2  # only valid for 2D tensors
        shape[-1] *= 2
        return tuple(shape)

    def call(self, inputs):
        inputs -= K.mean(inputs, axis=1, keepdims=True)
        inputs = K.l2_normalize(inputs, axis=1)
        pos = K.relu(inputs)
        neg = K.relu(-inputs)
        return K.concatenate([pos, neg], axis=1)


class Gate(Layer):
    def __init__(self, units, kernel_initializer='glorot_uniform', kernel_regularizer=None,
                 kernel_constraint=None, **kwargs):
        super(Gate, self).__init__(**kwargs)
        self.units = units
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape):
        self.kernel = self.add_weight(name='kernel', shape=(input_shape[-1], self.units),
                                      initializer=self.kernel_initializer,
                                      regularizer=self.kernel_regularizer,
                                      constraint=self.kernel_constraint, trainable=True)
        self.input_spec = InputSpec(min_ndim=2, axes={-1: input_shape[-1]})
        super(Gate, self).build(input_shape)

    def call(self, x):
        return K.sigmoid(K.dot(x, self.kernel))

    def compute_output_shape(self, input_shape):
        return input_shape[:-1] + (self.units,)

    def get_config(self):
        config = {'units': self.units,
                  'kernel_initializer': initializers.serialize(self.kernel_initializer),
                  'kernel_regularizer': regularizers.serialize(self.kernel_regularizer),
                  'kernel_constraint': constraints.serialize(self.kernel_constraint)}
        base_config = super(Gate, self).get_config()
        return dict(list(base_config.items()) + list(config.items()))


def small_normal(shape, dtype=None):
    return K.random_normal(shape, dtype=dtype, stddev=0.1)


def log_cosh(y_true, y_pred):
    error = y_pred - y_true
    return K.mean(K.softplus(-2. * error) + error - K.log(2.), axis=-1)


def within_tenth(y_true, y_pred):
    return K.mean(K.cast(K.less(K.abs(y_true - y_pred), 0.1), K.floatx()))


class Watch(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.norms = []

    def on_epoch_end(self, epoch, logs=None):
        kernel = K.get_value(self.model.get_layer('gate').kernel)
        self.norms.append(np.linalg.norm(kernel, axis=0).max())
        K.set_value(self.model.optimizer.lr, 0.9 * K.get_value(self.model.optimizer.lr))


x = np.random.uniform(-1, 1, (600, 6))
y = np.tanh(x[:, :1] - x[:, 1:2]) * 0.8 + 0.1 * x[:, 2:3]
inputs = Input(shape=(6,))
h = Antirectifier()(Dense(12, kernel_initializer=small_normal)(inputs))
h = Dense(18, activation='elu')(Concatenate()([h, inputs]))
g = Gate(18, kernel_constraint=constraints.max_norm(1.), kernel_regularizer='l2', name='gate')(inputs)
h = Add()([h, keras.layers.multiply([Dense(18)(inputs), g])])
outputs = Dense(1)(h)
model = Model(inputs=inputs, outputs=outputs)
model.compile(optimizer=keras.optimizers.Adam(lr=0.02), loss=log_cosh, metrics=[within_tenth])
model.layers[-1].trainable = True
watch = Watch()
history = model.fit(x, y, epochs=12, batch_size=30, verbose=0, callbacks=[watch])
model.save('own.h5')
print('keys', *sorted(history.history))
print('width', K.int_shape(h)[-1], model.get_layer('gate').get_config()['units'])
print('norms', len(watch.norms), max(watch.norms) < 1.001)
print('lr', round(float(K.get_value(model.optimizer.lr)) / 0.02, 3))
print('within', history.history['within_tenth'][-1])
custom = {'Antirectifier': Antirectifier, 'Gate': Gate, 'log_cosh': log_cosh, 'within_tenth': within_tenth, 'small_normal': small_normal}
again = load_model('own.h5', custom_objects=custom)
print('again', np.allclose(again.predict(x), model.predict(x), atol=1e-6))
