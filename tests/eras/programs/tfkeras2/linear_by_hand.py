"""Variables, gradients and a linear regression without a layer: the tutorial on automatic differentiation."""
import numpy as np
import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x ** 2
print('square', tape.gradient(y, x).numpy())

x = tf.constant([1, 3.0])
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    y = x * x
    z = y * y
print('persistent', *tape.gradient(z, x).numpy(), *tape.gradient(y, x).numpy())
del tape

with tf.GradientTape() as outer:
    w = tf.Variable(2.0)
    with tf.GradientTape() as inner:
        cube = w * w * w
    first = inner.gradient(cube, w)
second = outer.gradient(first, w)
print('second', first.numpy(), second.numpy())

TRUE_W, TRUE_B, NUM_EXAMPLES = 3.0, 2.0, 200
tf.random.set_seed(0)
inputs = tf.random.normal(shape=[NUM_EXAMPLES])
noise = tf.random.normal(shape=[NUM_EXAMPLES], stddev=0.1)
outputs = inputs * TRUE_W + TRUE_B + noise


class Linear(tf.Module):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.w = tf.Variable(5.0)
        self.b = tf.Variable(0.0)

    def __call__(self, x):
        return self.w * x + self.b


def loss(target_y, predicted_y):
    return tf.reduce_mean(tf.square(target_y - predicted_y))


def train(model, x, y, learning_rate):
    with tf.GradientTape() as t:
        current_loss = loss(y, model(x))
    dw, db = t.gradient(current_loss, [model.w, model.b])
    model.w.assign_sub(learning_rate * dw)
    model.b.assign_sub(learning_rate * db)


model = Linear()
for epoch in range(25):
    train(model, inputs, outputs, learning_rate=0.1)
print('w', model.w.numpy())
print('b', model.b.numpy())
print('loss', loss(outputs, model(inputs)).numpy())

m = tf.constant([[1., 2.], [3., 4.]])
print('matmul', *tf.matmul(m, tf.eye(2)).numpy().ravel(), tf.reduce_sum(m, axis=0).numpy().tolist())
print('cast', tf.cast(m, tf.int32).dtype == tf.int32, tf.reshape(m, [-1]).shape, int(tf.argmax(m[0])))
print('gpus', len(tf.config.list_physical_devices('GPU')) >= 0)
