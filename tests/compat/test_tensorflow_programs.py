"""Programs in the style of TensorFlow's tutorials: they run as written, and learn what they should."""

import numpy as np
import pytest

import cornu
import cornu.compat.tensorflow as tf


def test_linear_regression_with_a_tape():
    tf.random.set_seed(1)
    x = tf.random.normal([100])
    y = x * 3.0 + 2.0 + tf.random.normal([100], stddev=0.01)

    class Line(tf.Module):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.w = tf.Variable(5.0)
            self.b = tf.Variable(0.0)

        def __call__(self, x):
            return self.w * x + self.b

    line = Line()
    for _ in range(60):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(y - line(x)))
        dw, db = tape.gradient(loss, [line.w, line.b])
        line.w.assign_sub(0.1 * dw)
        line.b.assign_sub(0.1 * db)
    assert abs(line.w.numpy() - 3.0) < 0.02
    assert abs(line.b.numpy() - 2.0) < 0.02


def test_a_training_loop_of_ones_own():
    tf.random.set_seed(0)
    rng = np.random.RandomState(0)
    x = rng.rand(128, 4).astype("float32")
    y = (x.sum(1) > 2).astype("int64")
    ds = (
        tf.data.Dataset.from_tensor_slices((x, y))
        .shuffle(128, seed=1)
        .batch(32)
        .prefetch(tf.data.AUTOTUNE)
    )
    model = tf.keras.Sequential([tf.keras.layers.Dense(8, activation="relu"), tf.keras.layers.Dense(2)])
    loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = tf.keras.optimizers.Adam(0.05)
    mean, accuracy = tf.keras.metrics.Mean(), tf.keras.metrics.SparseCategoricalAccuracy()

    @tf.function
    def step(images, labels):
        with tf.GradientTape() as tape:
            predictions = model(images, training=True)
            loss = loss_fn(labels, predictions)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        mean(loss)
        accuracy(labels, predictions)

    losses = []
    for _ in range(15):
        mean.reset_state()
        accuracy.reset_state()
        for images, labels in ds:
            step(images, labels)
        losses.append(float(mean.result()))
    assert losses[-1] < 0.5 * losses[0]
    assert accuracy.result().numpy() > 0.85
    batch = next(iter(ds))[0]
    assert model(batch).numpy().shape == (32, 2)
    assert batch.numpy().shape == (32, 4)


class Sampling(tf.keras.layers.Layer):
    def call(self, inputs):
        mean, log_var = inputs
        batch, dim = tf.shape(mean)[0], tf.shape(mean)[1]
        return mean + tf.exp(0.5 * log_var) * tf.random.normal(shape=(batch, dim))


class VAE(tf.keras.Model):
    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.decoder = encoder, decoder
        self.total = tf.keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.total]

    def train_step(self, data):
        data = data[0] if isinstance(data, tuple) else data
        with tf.GradientTape() as tape:
            mean, log_var, z = self.encoder(data)
            rebuilt = self.decoder(z)
            distance = tf.reduce_sum(tf.keras.losses.binary_crossentropy(data, rebuilt))
            kl = -0.5 * tf.reduce_sum(1 + log_var - tf.square(mean) - tf.exp(log_var), axis=1)
            loss = distance + tf.reduce_mean(kl)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
        self.total.update_state(loss)
        return {"loss": self.total.result()}


def test_a_variational_autoencoder_in_fit():
    tf.random.set_seed(2)
    inputs = tf.keras.Input((6,))
    hidden = tf.keras.layers.Dense(8, activation="relu")(inputs)
    mean, log_var = tf.keras.layers.Dense(2)(hidden), tf.keras.layers.Dense(2)(hidden)
    encoder = tf.keras.Model(inputs, [mean, log_var, Sampling()([mean, log_var])])
    decoder = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(6, activation="sigmoid")])
    vae = VAE(encoder, decoder)
    vae.compile(optimizer=tf.keras.optimizers.Adam(0.02))
    data = np.tile(np.eye(2, 6, dtype="float32"), (32, 1))
    losses = vae.fit(data, epochs=20, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < 0.6 * losses[0]
    one, other = (np.asarray(encoder(data[:4])[2]) for _ in range(2))
    assert not np.allclose(one, other)  # new random numbers at each call


@pytest.mark.wide
def test_a_step_of_a_dcgan():
    tf.random.set_seed(3)
    generator = tf.keras.Sequential(
        [
            tf.keras.layers.Dense(2 * 2 * 4, use_bias=False, input_shape=(5,)),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.LeakyReLU(),
            tf.keras.layers.Reshape((2, 2, 4)),
            tf.keras.layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="tanh"),
        ]
    )
    discriminator = tf.keras.Sequential(
        [
            tf.keras.layers.Conv2D(4, 3, strides=2, padding="same", input_shape=[4, 4, 1]),
            tf.keras.layers.LeakyReLU(),
            tf.keras.layers.Dropout(0.3),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(1),
        ]
    )
    crossentropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)
    optimizers = [tf.keras.optimizers.Adam(0.01) for _ in range(2)]

    @tf.function
    def train(images):
        noise = tf.random.normal([images.shape[0], 5])
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            made = generator(noise, training=True)
            real, fake = discriminator(images, training=True), discriminator(made, training=True)
            gen_loss = crossentropy(tf.ones_like(fake), fake)
            disc_loss = crossentropy(tf.ones_like(real), real) + crossentropy(tf.zeros_like(fake), fake)
        for tape, loss, part, optimizer in zip(
            (gen_tape, disc_tape),
            (gen_loss, disc_loss),
            (generator, discriminator),
            optimizers,
            strict=True,
        ):
            weights = part.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return gen_loss, disc_loss

    before = [part.get_weights() for part in (generator, discriminator)]
    images = tf.constant(np.ones((8, 4, 4, 1), "float32"))
    losses = [[float(loss) for loss in train(images)] for _ in range(20)]
    assert losses[-1][1] < losses[0][1]  # constant images are told apart soon
    for part, old in zip((generator, discriminator), before, strict=True):
        trained = [not np.array_equal(a, b) for a, b in zip(part.get_weights(), old, strict=True)]
        assert all(trained)


def test_an_adversarial_image():
    cornu.utils.set_random_seed(0)
    model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(3, activation="softmax")])
    image, label = tf.constant([[0.1, 0.2, 0.3, 0.4]]), tf.one_hot([1], 3)
    loss_fn = tf.keras.losses.CategoricalCrossentropy()
    with tf.GradientTape() as tape:
        tape.watch(image)
        loss = loss_fn(label, model(image))
    worse = image + 0.1 * tf.sign(tape.gradient(loss, image))
    assert loss_fn(label, model(worse)).numpy() > loss.numpy()


def test_fit_takes_a_dataset_with_functions_of_tf():
    x = np.arange(40, dtype="uint8").reshape(20, 2)
    y = x.sum(1).astype("float32") / 40

    def prepare(row, label):
        return tf.cast(row, tf.float32) / 40.0, label

    ds = tf.data.Dataset.from_tensor_slices((x, y)).map(prepare).cache().batch(5)
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    losses = model.fit(ds, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < 0.2 * losses[0]
    assert model.evaluate(ds, verbose=0) < losses[0]
