'''A Siamese MLP on pairs of digits, with a contrastive loss and a shared base network.'''
import numpy as np
np.random.seed(1337)
import random
random.seed(1337)

from keras.models import Sequential, Model
from keras.layers import Dense, Dropout, Input, Lambda
from keras.optimizers import RMSprop
from keras import backend as K
from sklearn.datasets import load_digits


def euclidean_distance(vects):
    x, y = vects
    return K.sqrt(K.maximum(K.sum(K.square(x - y), axis=1, keepdims=True), K.epsilon()))


def eucl_dist_output_shape(shapes):
    shape1, shape2 = shapes
    return (shape1[0], 1)


def contrastive_loss(y_true, y_pred):
    margin = 1
    return K.mean(y_true * K.square(y_pred) + (1 - y_true) * K.square(K.maximum(margin - y_pred, 0)))


def create_pairs(x, digit_indices):
    pairs, labels = [], []
    n = min([len(digit_indices[d]) for d in range(10)]) - 1
    for d in range(10):
        for i in range(n):
            z1, z2 = digit_indices[d][i], digit_indices[d][i + 1]
            pairs += [[x[z1], x[z2]]]
            dn = (d + random.randrange(1, 10)) % 10
            z1, z2 = digit_indices[d][i], digit_indices[dn][i]
            pairs += [[x[z1], x[z2]]]
            labels += [1, 0]
    return np.array(pairs), np.array(labels)


def create_base_network(input_dim):
    seq = Sequential()
    seq.add(Dense(48, input_shape=(input_dim,), activation='relu'))
    seq.add(Dropout(0.1))
    seq.add(Dense(32, activation='relu'))
    return seq


def compute_accuracy(predictions, labels):
    # true positives among what was called the same
    return labels[predictions.ravel() < 0.5].mean()


digits = load_digits()
X = digits.data.astype('float32') / 16
y = digits.target
tr_pairs, tr_y = create_pairs(X[:1400], [np.where(y[:1400] == i)[0] for i in range(10)])
te_pairs, te_y = create_pairs(X[1400:], [np.where(y[1400:] == i)[0] for i in range(10)])

base_network = create_base_network(64)
input_a = Input(shape=(64,))
input_b = Input(shape=(64,))
processed_a = base_network(input_a)
processed_b = base_network(input_b)
distance = Lambda(euclidean_distance, output_shape=eucl_dist_output_shape)([processed_a, processed_b])
model = Model(input=[input_a, input_b], output=distance)

model.compile(loss=contrastive_loss, optimizer=RMSprop())
model.fit([tr_pairs[:, 0], tr_pairs[:, 1]], tr_y, verbose=0,
          validation_data=([te_pairs[:, 0], te_pairs[:, 1]], te_y),
          batch_size=64, nb_epoch=8)

pred = model.predict([te_pairs[:, 0], te_pairs[:, 1]])
print('pairs', tr_pairs.shape[1:], len(model.get_weights()))
print('shape', model.output_shape)
print('accuracy', compute_accuracy(pred, te_y))
