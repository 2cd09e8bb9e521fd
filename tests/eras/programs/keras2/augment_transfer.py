'''Pictures augmented by a generator; then the convolutional base is frozen, and finely tuned in the end.'''
import numpy as np
from keras import backend, layers, models, optimizers
from keras.preprocessing.image import ImageDataGenerator
from keras.utils import to_categorical
from keras.callbacks import ReduceLROnPlateau, CSVLogger
from sklearn.datasets import load_digits

np.random.seed(8)
digits = load_digits()
x = digits.images[..., np.newaxis].repeat(3, axis=-1) * (255. / 16)
y = digits.target
first, second = y < 6, y >= 6

conv_base = models.Sequential(name='base')
conv_base.add(layers.Conv2D(12, (3, 3), padding='same', activation='relu', input_shape=(8, 8, 3), name='block1_conv1'))
conv_base.add(layers.MaxPooling2D((2, 2)))
conv_base.add(layers.Conv2D(16, (3, 3), padding='same', activation='relu', name='block2_conv1'))
conv_base.add(layers.Flatten())

old = models.Sequential([conv_base, layers.Dense(6, activation='softmax')])
old.compile(optimizer=optimizers.Adam(lr=0.005), loss='sparse_categorical_crossentropy', metrics=['acc'])
train_datagen = ImageDataGenerator(rescale=1. / 255, rotation_range=8, width_shift_range=0.08,
                                   height_shift_range=0.08, shear_range=0.05, zoom_range=0.1,
                                   fill_mode='nearest')
test_datagen = ImageDataGenerator(rescale=1. / 255)
train_generator = train_datagen.flow(x[first], y[first], batch_size=32)
old.fit_generator(train_generator, steps_per_epoch=30, epochs=3, verbose=0)
print('steps', int(backend.get_value(old.optimizer.iterations)))

conv_base.trainable = False
model = models.Sequential()
model.add(conv_base)
model.add(layers.Dense(16, activation='relu'))
model.add(layers.Dropout(0.2))
model.add(layers.Dense(4, activation='softmax'))
frozen = len(model.trainable_weights)
model.compile(loss='categorical_crossentropy', optimizer=optimizers.RMSprop(lr=5e-3), metrics=['acc'])
labels = to_categorical(y[second] - 6, num_classes=4)
history = model.fit_generator(
    train_datagen.flow(x[second][:500], labels[:500], batch_size=20),
    steps_per_epoch=25, epochs=6, verbose=0,
    validation_data=test_datagen.flow(x[second][500:], labels[500:], batch_size=20, shuffle=False),
    validation_steps=10,
    callbacks=[ReduceLROnPlateau(monitor='val_loss', factor=0.5, patience=2, verbose=0), CSVLogger('log.csv')])

conv_base.trainable = True
set_trainable = False
for layer in conv_base.layers:
    if layer.name == 'block2_conv1':
        set_trainable = True
    layer.trainable = set_trainable
model.compile(loss='categorical_crossentropy', optimizer=optimizers.RMSprop(lr=1e-4), metrics=['acc'])
model.fit_generator(train_datagen.flow(x[second], labels, batch_size=20), steps_per_epoch=5, epochs=1, verbose=0)
test = model.evaluate_generator(test_datagen.flow(x[second][500:], labels[500:], batch_size=20), steps=10)

with open('log.csv') as f:
    header = f.readline().strip().split(',')
print('frozen', frozen, len(model.trainable_weights))
print('keys', *sorted(k for k in history.history if 'acc' in k or 'loss' in k))
print('logged', *[name for name in header if 'acc' in name or 'loss' in name])
print('accuracy', test[1])
