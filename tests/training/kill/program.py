"""A training that may be killed: program.py FOLDER SAVE_FREQ LOG RESULT [SOURCE].

Writes to LOG where it begins and each step it has done, and to RESULT what it ends with. With a
SAVE_FREQ of 0 there is no backup. SOURCE is what batches come from: arrays, sequence, dataset, half.
"""

import json
import os
import sys
import time

import numpy as np

import cornu

FOLDER, FREQ, LOG, RESULT = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4]
SOURCE = sys.argv[5] if len(sys.argv) > 5 else "arrays"
EPOCHS, STEPS = 30, 10
LINES = os.open(LOG, os.O_CREAT | os.O_WRONLY | os.O_APPEND)


def tell(*words):
    """One line, which is in the file when this returns, whatever happens then."""
    os.write(LINES, (" ".join(map(str, words)) + "\n").encode())


class Tell(cornu.callbacks.Callback):
    """Tells where training is, and looks at each batch: so steps are taken one by one."""

    def on_train_begin(self, logs=None):
        self.epoch = 0
        tell("begin")

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        tell("at", self.epoch * STEPS + batch)

    def on_train_batch_end(self, batch, logs=None):
        tell("done", self.epoch * STEPS + batch + 1)
        time.sleep(0.002)


class Noise(cornu.callbacks.Callback):
    """Decides by numbers that it has gathered and by random ones, and changes weights."""

    def __init__(self):
        super().__init__()
        self.gathered, self.least = [], np.full(2, np.inf)

    def on_epoch_begin(self, epoch, logs=None):
        rate = self.model.optimizer.learning_rate
        self.model.optimizer.learning_rate = 0.97 * float(rate)  # done twice, it is another one

    def on_epoch_end(self, epoch, logs=None):
        self.gathered.append(logs["loss"])
        self.least[epoch % 2] = min(self.gathered)
        if np.random.uniform() < 0.3:
            bias = self.model.layers[-1].bias
            bias.assign(bias.numpy() + self.least.sum() * 1e-3 + cornu.random.normal((1,)) * 1e-3)


class Sequence(cornu.utils.PyDataset):
    """Shuffles its rows by NumPy's generator and adds noise by one of its own."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y, self.order = x, y, np.arange(len(x))
        self.noise = np.random.default_rng(6)

    def __len__(self):
        return len(self.x) // 4

    def __getitem__(self, index):
        rows = self.order[4 * index : 4 * index + 4]
        return self.x[rows] + self.noise.normal(size=(4, 4)).astype("float32") / 10, self.y[rows]

    def on_epoch_end(self):
        np.random.shuffle(self.order)


def data(x, y):
    """What fit is given: batches of 40 rows, and 4 rows to validate on."""
    if SOURCE == "arrays":
        return {"x": x, "y": y, "batch_size": 4, "validation_split": 0.1}
    kept, rest = (x[:40], y[:40]), (x[40:], y[40:])
    if SOURCE == "sequence":
        return {"x": Sequence(*kept), "validation_data": Sequence(*rest)}
    if SOURCE == "half":  # twenty batches, so that an epoch is half a time through them
        twice = tuple(np.concatenate([each, each]) for each in kept)
        return {"x": Sequence(*twice), "steps_per_epoch": STEPS, "validation_data": rest}
    rows = cornu.utils.Dataset.from_tensor_slices(kept).cache().shuffle(30).batch(4).prefetch(2)
    return {"x": rows, "validation_data": rest}


def main():
    cornu.utils.set_random_seed(4)
    x = np.random.default_rng(0).normal(size=(44, 4)).astype("float32")
    y = np.abs(x.sum(axis=1))
    hidden = [
        cornu.layers.Dense(8, "relu"),
        cornu.layers.BatchNormalization(),
        cornu.layers.Dropout(0.2),
    ]
    model = cornu.Sequential([cornu.Input((4,)), *hidden, cornu.layers.Dense(1)])
    model.compile(cornu.optimizers.Adam(0.05), "mse", metrics=["mae"])
    stop = cornu.callbacks.EarlyStopping(patience=EPOCHS - 4, restore_best_weights=True)
    plateau = cornu.callbacks.ReduceLROnPlateau("loss", patience=1, factor=0.7)
    best = os.path.join(FOLDER, "best.keras")
    checkpoint = cornu.callbacks.ModelCheckpoint(best, save_best_only=True)
    callbacks = [Noise(), stop, plateau, checkpoint, Tell()]
    if FREQ != "0":
        freq = FREQ if FREQ == "epoch" else int(FREQ)
        backup = os.path.join(FOLDER, "backup")
        callbacks.insert(0, cornu.callbacks.BackupAndRestore(backup, freq, double_checkpoint=freq == 3))
    history = model.fit(**data(x, y), callbacks=callbacks, epochs=EPOCHS, verbose=0)
    assert (callbacks[-1].epoch + 1) * STEPS <= EPOCHS * STEPS
    arrays = [*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)]
    ends = {
        "history": history.history,
        "epochs": history.epoch,
        "best": [stop.best, stop.best_epoch, stop.wait, checkpoint.best],
        "drawn": np.random.uniform(),
        "arrays": [array.tobytes().hex() for array in arrays],
        "files": sorted(os.listdir(FOLDER)),
    }
    with open(RESULT, "w") as file:
        json.dump(ends, file)


main()
