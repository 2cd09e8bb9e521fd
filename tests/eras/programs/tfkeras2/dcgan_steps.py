"""An adversarial pair with two tapes and two optimizers, as in the DCGAN tutorial, on small digits."""
import tensorflow as tf
from tensorflow.keras import layers
import numpy as np
from sklearn.datasets import load_digits

tf.random.set_seed(11)
train_images = load_digits().images.reshape(-1, 8, 8, 1).astype('float32')
train_images = (train_images - 8) / 8  # Normalize the images to [-1, 1]
BATCH_SIZE, noise_dim = 64, 12
train_dataset = tf.data.Dataset.from_tensor_slices(train_images).shuffle(2000).batch(BATCH_SIZE, drop_remainder=True)


def make_generator_model():
    model = tf.keras.Sequential()
    model.add(layers.Dense(2 * 2 * 16, use_bias=False, input_shape=(noise_dim,)))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((2, 2, 16)))
    model.add(layers.Conv2DTranspose(8, (3, 3), strides=(2, 2), padding='same', use_bias=False))
    model.add(layers.LeakyReLU())
    model.add(layers.Conv2DTranspose(1, (3, 3), strides=(2, 2), padding='same', use_bias=False, activation='tanh'))
    assert model.output_shape == (None, 8, 8, 1)
    return model


def make_discriminator_model():
    model = tf.keras.Sequential()
    model.add(layers.Conv2D(8, (3, 3), strides=(2, 2), padding='same', input_shape=[8, 8, 1]))
    model.add(layers.LeakyReLU())
    model.add(layers.Dropout(0.3))
    model.add(layers.Flatten())
    model.add(layers.Dense(1))
    return model


generator, discriminator = make_generator_model(), make_discriminator_model()
cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)


def discriminator_loss(real_output, fake_output):
    real_loss = cross_entropy(tf.ones_like(real_output), real_output)
    fake_loss = cross_entropy(tf.zeros_like(fake_output), fake_output)
    return real_loss + fake_loss


def generator_loss(fake_output):
    return cross_entropy(tf.ones_like(fake_output), fake_output)


generator_optimizer = tf.keras.optimizers.Adam(2e-3)
discriminator_optimizer = tf.keras.optimizers.Adam(1e-3)


@tf.function
def train_step(images):
    noise = tf.random.normal([BATCH_SIZE, noise_dim])
    with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
        generated_images = generator(noise, training=True)
        real_output = discriminator(images, training=True)
        fake_output = discriminator(generated_images, training=True)
        gen_loss = generator_loss(fake_output)
        disc_loss = discriminator_loss(real_output, fake_output)
    gradients_of_generator = gen_tape.gradient(gen_loss, generator.trainable_variables)
    gradients_of_discriminator = disc_tape.gradient(disc_loss, discriminator.trainable_variables)
    generator_optimizer.apply_gradients(zip(gradients_of_generator, generator.trainable_variables))
    discriminator_optimizer.apply_gradients(zip(gradients_of_discriminator, discriminator.trainable_variables))
    return gen_loss, disc_loss


seed = tf.random.normal([16, noise_dim])
before = generator(seed, training=False).numpy()
for epoch in range(3):
    for image_batch in train_dataset:
        gen_loss, disc_loss = train_step(image_batch)
after = generator(seed, training=False)
print('steps', int(generator_optimizer.iterations), int(discriminator_optimizer.iterations))
print('finite', bool(np.isfinite(gen_loss.numpy() + disc_loss.numpy())))
print('pictures', tuple(after.shape), bool(tf.reduce_max(tf.abs(after)) <= 1.0))
print('mean', float(tf.reduce_mean(after)))
print('darker', float(tf.reduce_mean(after)) < float(before.mean()))
