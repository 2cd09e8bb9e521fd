"""Pictures in folders: image_dataset_from_directory, an inception block and a residual one, saved and loaded."""
import os
import pathlib
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, Model, Input
from tensorflow.keras.preprocessing import image
from tensorflow.keras.utils import to_categorical, Sequence

tf.keras.utils.set_random_seed(13)
data_dir = pathlib.Path('pictures')
rng = np.random.RandomState(0)
for kind in ('across', 'down'):
    (data_dir / kind).mkdir(parents=True)
    for i in range(40):
        picture = rng.uniform(0, 80, (16, 16, 3))
        line = rng.randint(2, 14)
        if kind == 'across':
            picture[line:line + 2] += 150
        else:
            picture[:, line:line + 2] += 150
        tf.keras.preprocessing.image.save_img(str(data_dir / kind / ('%02d.png' % i)), picture)

train_ds = tf.keras.preprocessing.image_dataset_from_directory(
    data_dir, validation_split=0.25, subset="training", seed=123, image_size=(16, 16), batch_size=10)
val_ds = tf.keras.preprocessing.image_dataset_from_directory(
    data_dir, validation_split=0.25, subset="validation", seed=123, image_size=(16, 16), batch_size=10)
class_names = train_ds.class_names

inputs = Input(shape=(16, 16, 3))
x = layers.Rescaling(1. / 255)(inputs)
tower_1 = layers.Conv2D(6, (1, 1), padding='same', activation='relu')(x)
tower_1 = layers.Conv2D(6, (5, 1), padding='same', activation='relu')(tower_1)
tower_2 = layers.Conv2D(6, (1, 5), padding='same', activation='relu')(x)
x = layers.concatenate([tower_1, tower_2], axis=3)
shortcut = x
x = layers.BatchNormalization(momentum=0.8)(layers.Conv2D(12, 3, padding='same')(x))
x = layers.Activation('relu')(layers.add([x, shortcut]))
x = layers.GlobalMaxPooling2D()(x)
outputs = layers.Dense(1, activation='sigmoid')(x)
model = Model(inputs, outputs)
model.compile(optimizer=tf.keras.optimizers.RMSprop(learning_rate=0.01), loss='binary_crossentropy', metrics=['accuracy'])
history = model.fit(train_ds, validation_data=val_ds, epochs=8, verbose=0)

model.save('pictures.h5')
again = tf.keras.models.load_model('pictures.h5')
img = image.load_img(str(data_dir / 'down' / '00.png'), target_size=(16, 16))
batch = tf.expand_dims(image.img_to_array(img), 0)
images, labels = next(iter(val_ds))
print('classes', *class_names)
print('batch', tuple(images.shape), images.dtype == tf.float32, len(labels.numpy()))
print('keys', *sorted(history.history))
print('accuracy', max(history.history['val_accuracy']))
print('again', np.allclose(again.predict(batch), model.predict(batch), atol=1e-5))
