"""Letters by an RNN: ids, batches of sequences from tf.data, tf.random.categorical for the writing."""
import tensorflow as tf
import numpy as np

tf.random.set_seed(5)
text = 'she sells sea shells by the sea shore, the shells she sells are sea shells. ' * 25
vocab = sorted(set(text))
char2idx = {u: i for i, u in enumerate(vocab)}
idx2char = np.array(vocab)
text_as_int = np.array([char2idx[c] for c in text])

seq_length = 20
char_dataset = tf.data.Dataset.from_tensor_slices(text_as_int)
sequences = char_dataset.batch(seq_length + 1, drop_remainder=True)


def split_input_target(chunk):
    input_text = chunk[:-1]
    target_text = chunk[1:]
    return input_text, target_text


BATCH_SIZE = 10
dataset = sequences.map(split_input_target).shuffle(100).batch(BATCH_SIZE, drop_remainder=True)


def build_model(vocab_size, embedding_dim, rnn_units, batch_size):
    return tf.keras.Sequential([
        tf.keras.layers.Embedding(vocab_size, embedding_dim, batch_input_shape=[batch_size, None]),
        tf.keras.layers.GRU(rnn_units, return_sequences=True, stateful=True,
                            recurrent_initializer='glorot_uniform'),
        tf.keras.layers.Dense(vocab_size)
    ])


model = build_model(len(vocab), 12, 48, BATCH_SIZE)
for input_example_batch, target_example_batch in dataset.take(1):
    example_batch_predictions = model(input_example_batch)
    shape = example_batch_predictions.shape


def loss(labels, logits):
    return tf.keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)


model.compile(optimizer=tf.keras.optimizers.Adam(0.01), loss=loss)
history = model.fit(dataset, epochs=15, verbose=0)
model.save_weights('writer.h5')

one = build_model(len(vocab), 12, 48, batch_size=1)
one.load_weights('writer.h5')
one.build(tf.TensorShape([1, None]))


def generate_text(model, start_string, num_generate=40, temperature=0.3):
    input_eval = [char2idx[s] for s in start_string]
    input_eval = tf.expand_dims(input_eval, 0)
    text_generated = []
    model.reset_states()
    for i in range(num_generate):
        predictions = model(input_eval)
        # remove the batch dimension
        predictions = tf.squeeze(predictions, 0)
        predictions = predictions / temperature
        predicted_id = tf.random.categorical(predictions, num_samples=1)[-1, 0].numpy()
        # pass the predicted character as the next input, along with the previous hidden state
        input_eval = tf.expand_dims([predicted_id], 0)
        text_generated.append(idx2char[predicted_id])
    return start_string + ''.join(text_generated)


written = generate_text(one, start_string='she ')
words = written.split()[:-1]
print('batch', tuple(shape), len(vocab))
print('loss', history.history['loss'][-1])
print('text', written)
print('words', sum(word in text.split() for word in words) / len(words))
