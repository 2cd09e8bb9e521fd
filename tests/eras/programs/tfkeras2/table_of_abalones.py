"""A table with words and numbers: functional inputs, StringLookup, a DataFrame, early stopping and checkpoints."""
import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.callbacks import EarlyStopping, ModelCheckpoint, TensorBoard
from sklearn.model_selection import train_test_split

tf.random.set_seed(0)
dataframe = pd.read_csv('abalone.csv', names=['Sex', 'Length', 'Diameter', 'Height', 'Whole', 'Shucked', 'Viscera', 'Shell', 'Age'])
dataframe = dataframe.sample(n=1200, random_state=1)
dataframe['target'] = np.where(dataframe['Age'] > 9, 1, 0)
train, test = train_test_split(dataframe, test_size=0.2, random_state=0)
numbers = ['Length', 'Diameter', 'Height', 'Whole', 'Shucked', 'Viscera', 'Shell']


def df_to_dataset(dataframe, shuffle=True, batch_size=32):
    df = dataframe.copy()
    labels = df.pop('target')
    df = {key: np.array(value)[:, tf.newaxis] for key, value in df.items()}
    ds = tf.data.Dataset.from_tensor_slices((dict(df), labels))
    if shuffle:
        ds = ds.shuffle(buffer_size=len(dataframe))
    return ds.batch(batch_size).prefetch(batch_size)


columns = ['Sex', *numbers, 'target']
train_ds = df_to_dataset(train[columns])
test_ds = df_to_dataset(test[columns], shuffle=False)

all_inputs, encoded_features = {}, []
for name in numbers:
    numeric = tf.keras.Input(shape=(1,), name=name)
    normalization = layers.Normalization(axis=None)
    normalization.adapt(train_ds.map(lambda x, y: x[name]))
    all_inputs[name] = numeric
    encoded_features.append(normalization(numeric))
sex = tf.keras.Input(shape=(1,), name='Sex', dtype='string')
lookup = layers.StringLookup(max_tokens=5)
lookup.adapt(train_ds.map(lambda x, y: x['Sex']))
encoded = layers.CategoryEncoding(num_tokens=lookup.vocabulary_size())(lookup(sex))
all_inputs['Sex'] = sex
encoded_features.append(encoded)

x = tf.keras.layers.concatenate(encoded_features)
x = tf.keras.layers.Dense(16, activation='relu')(x)
x = tf.keras.layers.Dropout(0.1)(x)
output = tf.keras.layers.Dense(1)(x)
model = tf.keras.Model(all_inputs, output)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss=tf.keras.losses.BinaryCrossentropy(from_logits=True),
              metrics=['accuracy', tf.keras.metrics.AUC(from_logits=True, name='auc')])
history = model.fit(train_ds, epochs=6, validation_data=test_ds, verbose=0,
                    callbacks=[EarlyStopping(monitor='val_auc', mode='max', patience=4, restore_best_weights=True)])
loss, accuracy, auc = model.evaluate(test_ds, verbose=0)

sample = {'Sex': 'M', 'Length': 0.7, 'Diameter': 0.55, 'Height': 0.2, 'Whole': 1.9, 'Shucked': 0.8, 'Viscera': 0.4, 'Shell': 0.55}
input_dict = {name: tf.convert_to_tensor([[value]]) for name, value in sample.items()}
prob = tf.nn.sigmoid(model.predict(input_dict))
print('sexes', lookup.vocabulary_size(), *sorted(lookup.get_vocabulary()))
print('keys', *sorted(history.history))
print('accuracy', accuracy)
print('auc', auc)
print('old', prob.shape, float(prob[0][0]) > 0.5)
