"""A training that may be killed: program.py FOLDER SAVE_FREQ KIND. A SAVE_FREQ of 0: no backup.

Writes to log.txt a line for each step it has done, and to result.json what it ends with.
"""

import json
import os
import sys
import time

import numpy as np

import cornu
from cornu import layers

FOLDER, FREQ = sys.argv[1], sys.argv[2]
LINES = os.open(os.path.join(FOLDER, "log.txt"), os.O_CREAT | os.O_WRONLY | os.O_APPEND)


class Tell(cornu.callbacks.Callback):
    """Tells of each step, and takes its time."""

    def on_train_batch_end(self, batch, logs=None):
        os.write(LINES, b"done\n")
        time.sleep(0.005)


def main():
    cornu.utils.set_random_seed(4)
    cornu.distribution.set_distribution(cornu.distribution.FullySharded(min_size=64))
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 8)).astype("float32"), rng.integers(0, 4, 80)
    hidden = [layers.Dense(64, "relu"), layers.BatchNormalization(), layers.Dropout(0.2)]
    model = cornu.Sequential([layers.Input((8,)), *hidden, layers.Dense(4, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    plateau = cornu.callbacks.ReduceLROnPlateau("loss", patience=1, factor=0.7)
    callbacks = [plateau, Tell()]
    if FREQ != "0":
        freq = FREQ if FREQ == "epoch" else int(FREQ)
        callbacks.append(cornu.callbacks.BackupAndRestore(os.path.join(FOLDER, "backup"), freq))
    history = model.fit(x, y, batch_size=16, epochs=12, callbacks=callbacks, verbose=0)
    arrays = [*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)]
    split = [v.path for v in model.weights if not v.value.sharding.is_fully_replicated]
    ends = {"history": history.history, "arrays": [a.tobytes().hex() for a in arrays], "split": split}
    with open(os.path.join(FOLDER, "result.json"), "w") as file:
        json.dump(ends, file)


main()
