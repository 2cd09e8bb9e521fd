"""Datasets and the generators of Keras 2 as what fit, evaluate and predict are given."""

import numpy as np
import pytest

import cornu
from cornu.layers import Dense, Embedding, Flatten, GlobalAveragePooling1D, TextVectorization
from cornu.preprocessing.image import ImageDataGenerator
from cornu.preprocessing.sequence import TimeseriesGenerator
from cornu.utils import image_dataset_from_directory, save_img, text_dataset_from_directory
from cornu.utils.dataset import AUTOTUNE, Dataset

X = np.random.RandomState(0).uniform(size=(22, 3)).astype("float32")
Y = (X.sum(1, keepdims=True) > 1.5).astype("float32")


def model(*shape):
    cornu.utils.set_random_seed(0)
    made = cornu.Sequential([cornu.Input(shape), Flatten(), Dense(1, activation="sigmoid")])
    made.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return made


def test_a_dataset_trains_as_its_arrays_do():
    rows = Dataset.from_tensor_slices((X, Y)).batch(4)
    network, other = model(3), model(3)
    history = network.fit(rows.prefetch(AUTOTUNE), epochs=2, verbose=0, validation_data=rows.take(2))
    expected = other.fit(
        X, Y, batch_size=4, shuffle=False, epochs=2, verbose=0, validation_data=(X[:8], Y[:8])
    )
    for name, values in expected.history.items():
        np.testing.assert_allclose(history.history[name], values, rtol=1e-6)
    np.testing.assert_array_equal(network.get_weights()[0], other.get_weights()[0])
    np.testing.assert_allclose(
        network.evaluate(rows, verbose=0), other.evaluate(X, Y, verbose=0), rtol=1e-6
    )
    expected = other.predict(X, verbose=0)
    np.testing.assert_allclose(network.predict(rows.map(lambda x, y: x), verbose=0), expected, rtol=1e-6)


def test_an_endless_dataset_needs_the_number_of_steps():
    endless = Dataset.from_tensor_slices((X, Y)).repeat().batch(4)
    history = model(3).fit(endless, steps_per_epoch=3, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2


@pytest.fixture
def folder(tmp_path):
    for number in range(8):
        for name, value in (("dark", 40), ("light", 200)):
            place = tmp_path / name / f"{number}.png"
            place.parent.mkdir(exist_ok=True)
            save_img(place, np.full((6, 6, 3), value + number), scale=False)
            text = {"dark": "bad awful film", "light": "good fine film"}[name]
            place.with_suffix(".txt").write_text(text)
    return tmp_path


def test_photographs_in_folders(folder):
    train, validation = image_dataset_from_directory(
        folder,
        *("inferred", "binary"),
        image_size=(4, 4),
        batch_size=4,
        validation_split=0.25,
        subset="both",
        seed=1,
        verbose=False,
    )
    scaled = [ds.map(lambda x, y: (x / 255 - 0.5, y)).cache() for ds in (train, validation)]
    network = model(4, 4, 3)
    history = network.fit(scaled[0], validation_data=scaled[1], epochs=8, verbose=0)
    assert history.history["val_accuracy"][-1] == 1.0
    assert network.predict(scaled[1], verbose=0).shape == (4, 1)


def test_the_generator_of_keras_2(folder):
    generator = ImageDataGenerator(rescale=1 / 255, horizontal_flip=True)
    flow = generator.flow_from_directory(folder, (4, 4), class_mode="binary", batch_size=5, seed=1)
    network = model(4, 4, 3)
    assert isinstance(flow, cornu.utils.PyDataset)
    history = network.fit(flow, epochs=2, verbose=0)
    assert flow.total_batches_seen == 2 * len(flow) == 8
    assert len(history.history["loss"]) == 2
    assert network.predict(flow, verbose=0).shape == (16, 1)
    network.fit(flow, steps_per_epoch=2, epochs=1, verbose=0)


def test_windows_of_a_series():
    windows = TimeseriesGenerator(X, Y, length=4, batch_size=6, workers=2)
    history = model(4, 3).fit(windows, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2


def test_texts_in_folders(folder):
    texts = text_dataset_from_directory(folder, batch_size=4, seed=0, verbose=False)
    layer = TextVectorization(max_tokens=20, output_sequence_length=3)
    layer.adapt(texts.map(lambda x, y: x))
    head = [Embedding(20, 4), GlobalAveragePooling1D(), Dense(1, activation="sigmoid")]
    numbers = texts.map(lambda x, y: (layer(x), y), num_parallel_calls=2).cache()
    network = cornu.Sequential(head)
    network.compile(cornu.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
    assert network.fit(numbers, epochs=8, verbose=0).history["accuracy"][-1] == 1.0
    whole = cornu.Sequential([cornu.Input((), dtype="string"), layer, network])
    whole.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    assert whole.evaluate(texts, verbose=0, return_dict=True)["accuracy"] == 1.0
