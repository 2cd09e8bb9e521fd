'''What the layers of a convnet see: activations by K.function, the filter's picture by gradient ascent, a heat map.'''
import numpy as np
from keras import backend as K
from keras import layers, models
from sklearn.datasets import load_digits

np.random.seed(31)
digits = load_digits()
x = (digits.images[..., None] / 16).astype('float32')

model = models.Sequential()
model.add(layers.Conv2D(8, (3, 3), padding='same', activation='relu', input_shape=(8, 8, 1), name='conv1'))
model.add(layers.MaxPooling2D((2, 2), name='pool1'))
model.add(layers.Conv2D(12, (3, 3), padding='same', activation='relu', name='conv2'))
model.add(layers.Flatten())
model.add(layers.Dropout(0.5, name='drop'))
model.add(layers.Dense(10, activation='softmax', name='predictions'))
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['acc'])
model.fit(x, digits.target, epochs=4, batch_size=64, verbose=0)

layer_outputs = [layer.output for layer in model.layers[:3]]
activation_model = models.Model(inputs=model.input, outputs=layer_outputs)
activations = activation_model.predict(x[:1])
print('activations', *[a.shape for a in activations])

get_features = K.function([model.layers[0].input, K.learning_phase()], [model.get_layer('drop').output])
test_time, train_time = get_features([x[:4], 0])[0], get_features([x[:4], 1])[0]
print('phase', (test_time == 0).mean() < (train_time == 0).mean())


def generate_pattern(layer_name, filter_index):
    layer_output = model.get_layer(layer_name).output
    loss = K.mean(layer_output[:, :, :, filter_index])
    grads = K.gradients(loss, model.input)[0]
    grads /= (K.sqrt(K.mean(K.square(grads))) + 1e-5)
    iterate = K.function([model.input], [loss, grads])
    input_img_data = np.random.random((1, 8, 8, 1)) * 0.1 + 0.5
    values = []
    for i in range(15):
        loss_value, grads_value = iterate([input_img_data])
        input_img_data += grads_value * 0.5
        values.append(loss_value)
    return values, input_img_data[0]


liveliest = int(activations[2].mean(axis=(0, 1, 2)).argmax())
values, pattern = generate_pattern('conv2', liveliest)
print('rises', values[-1] > values[0], pattern.shape)

# the heat map of class activation
output = model.output[:, 3]
last_conv_layer = model.get_layer('conv2')
grads = K.gradients(output, last_conv_layer.output)[0]
pooled_grads = K.mean(grads, axis=(0, 1, 2))
iterate = K.function([model.input], [pooled_grads, last_conv_layer.output[0]])
pooled_grads_value, conv_layer_output_value = iterate([x[3:4]])
for i in range(12):
    conv_layer_output_value[:, :, i] *= pooled_grads_value[i]
heatmap = np.maximum(np.mean(conv_layer_output_value, axis=-1), 0)
print('heatmap', heatmap.shape, np.isfinite(heatmap).all())
print('accuracy', model.evaluate(x, digits.target, verbose=0)[1])
