"""Programs in the style of four eras of Keras, run as they are by `cornu run` without Keras.

Each prints lines of a word and what is said about it; the tables below hold what it must say: the text,
or for a number the least and the largest that is right. The programs of Keras 3 say the same under Keras
3.15 itself. One program of each era runs with the quick tests, all with the wide ones.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.compat.process import cornu

PROGRAMS = Path(__file__).resolve().parent / "programs"
FIT = "accuracy loss val_accuracy val_loss"

KERAS_1 = {
    "mnist_cnn_theano": {
        "shapes": "(None, 16, 8, 8) (None, 16, 3, 3)",
        "keys": FIT,
        "accuracy": (0.7, 1),
        "classes": "True",
    },
    "pima_dense": {"accuracy": (66, 90), "rounded": "True 768", "folds": "3", "crossval": (0.68, 0.85)},
    "two_branches_merge": {
        "merged": "(None, 32)",
        "keys": FIT,
        "accuracy": (0.75, 1),
        "proba": "(100, 3) True",
        "lr": "0.05",
    },
    "lstm_reviews": {
        "padded": "(1500, 40)",
        "keys": FIT,
        "accuracy": (0.6, 1),
        "test": (0.55, 1),
        "json": "True",
    },
    "autoencoder_functional": {
        "keys": "loss rmse val_loss val_rmse",
        "codes": "(297, 12) (297, 64)",
        "same": "True",
        "explained": (0.3, 1),
    },
    "image_generator": {
        "batches": "168",
        "keys": FIT,
        "accuracy": (0.75, 1),
        "files": "6",
        "rate": "0.01",
        "generated": "2",
    },
    "character_lstm": {"loss": (0, 0.7), "words": (0.5, 1), "text": None},
    "siamese_lambda": {"pairs": "(2, 64) 4", "shape": "(None, 1)", "accuracy": (0.8, 1)},
    "stateful_sine": {
        "falls": "True",
        "remembers": "True",
        "reset": "True",
        "distributed": "(None, 5, 3)",
    },
    "own_layer_vae": {
        "falls": "True",
        "loss": (20, 38),
        "codes": "(1792, 2) True",
        "scale": "[(None, 6), (None, 12)] 1",
        "merged": "True",
    },
}

KERAS_2 = {
    "iris_crossval": {
        "accuracy": (0.8, 1),
        "names": "Iris-setosa",
        "proba": "(2, 3)",
        "Baseline:": None,
    },
    "digits_cnn_saved": {
        "metrics": "loss accuracy",
        "epochs": "5 5",
        "accuracy": (0.7, 1),
        "again": "True",
        "bare": "True",
        "classes": "True",
    },
    "tokenizer_bilstm": {
        "words": "['the', 'room', 'it', 'was', 'great']",
        "first": "<oov> 1",
        "matrix": "(500, 30)",
        "oov": "[[1]]",
        "keys": "acc loss val_acc val_loss",
        "shape": "(500, 8) (None, 16)",
        "accuracy": (0.85, 1),
    },
    "vae_add_loss": {
        "keys": "loss val_loss",
        "loss": (15, 40),
        "falls": "True",
        "codes": "(397, 2) (1, 64)",
    },
    "multi_input_output": {
        "names": "loss main_output_loss aux_output_loss main_output_accuracy",
        "keys": "aux_output_loss loss main_output_accuracy main_output_loss",
        "scores": "4 True",
        "accuracy": (0.9, 1),
        "aux": (0.4, 1),
        "inputs": "[(None, 10), (None, 5)] [(None, 1), (None, 1)]",
    },
    "augment_transfer": {
        "steps": "90",
        "frozen": "4 6",
        "keys": "acc loss val_acc val_loss",
        "logged": "acc loss val_acc val_loss",
        "accuracy": (0.7, 1),
    },
    "filters_by_function": {
        "activations": "(1, 8, 8, 8) (1, 4, 4, 8) (1, 4, 4, 12)",
        "phase": "True",
        "rises": "True (8, 8, 1)",
        "heatmap": "(4, 4) True",
        "accuracy": (0.65, 1),
    },
    "temperature_series": {
        "keys": "loss val_loss",
        "steps": "9",
        "mae": (0, 0.55),
        "naive": (0.4, 0.6),
        "better": "True",
    },
    "gan_class": {
        "losses": "2 True True",
        "moved": "True",
        "combined": "6",
        "pictures": "(200, 8, 8, 1) True",
        "edge": (0, 0.5),
    },
    "own_everything": {
        "keys": "loss within_tenth",
        "width": "18 18",
        "norms": "12 True",
        "lr": "0.282",
        "within": (0.6, 1),
        "again": "True",
    },
}

TF_KERAS_2 = {
    "quickstart_fashion": {
        "version": "2",
        "start": "True True",
        "keys": "accuracy loss",
        "accuracy": (0.72, 1),
        "softmax": "(5, 10) True",
        "single": "True",
    },
    "tape_training": {"steps": "84", "falls": "True", "accuracy": (0.7, 1), "variables": "6 (32, 10)"},
    "linear_by_hand": {
        "square": "6.0",
        "persistent": "4.0 108.0 2.0 6.0",
        "second": "12.0 12.0",
        "w": (2.9, 3.1),
        "b": (1.9, 2.1),
        "loss": (0, 0.02),
        "matmul": "1.0 2.0 3.0 4.0 [4.0, 6.0]",
        "cast": "True (4,) 1",
        "gpus": "True",
    },
    "experimental_preprocessing": {
        "cardinality": "28",
        "keys": FIT,
        "accuracy": (0.7, 1),
        "normal": "True",
        "mae": (0, 0.5),
    },
    "text_generation": {"batch": None, "loss": (0, 0.6), "text": None, "words": (0.5, 1)},
    "dcgan_steps": {
        "steps": "84 84",
        "finite": "True",
        "pictures": "(16, 8, 8, 1) True",
        "mean": (-1, 0.3),
        "darker": "True",
    },
    "table_of_abalones": {
        "sexes": "4 F I M [UNK]",
        "keys": "accuracy auc loss val_accuracy val_auc val_loss",
        "accuracy": (0.7, 1),
        "auc": (0.78, 1),
        "old": "(1, 1) True",
    },
    "windows_lstm": {
        "rates": "3 True",
        "keys": "loss mae",
        "forecast": "(33,)",
        "mae": (0, 0.1),
        "naive": (0.1, 0.2),
    },
    "image_folder": {
        "classes": "across down",
        "batch": "(10, 16, 16, 3) True 10",
        "keys": FIT,
        "accuracy": (0.85, 1),
        "again": "True",
    },
    "wine_train_step": {
        "keys": "loss mae val_mae",
        "mae": (0, 0.65),
        "mean": (0.6, 0.8),
        "linear": "4",
        "gradient": "True",
    },
}

KERAS_3 = {
    "iris_saved": {
        "keys": FIT,
        "parameters": "172",
        "accuracy": (0.85, 1),
        "same": "True",
        "best": "True",
    },
    "own_train_step": {"keys": "loss mae norm", "mae": (0, 0.3), "falls": "True"},
    "jax_loop": {
        "steps": "84",
        "falls": "True",
        "accuracy": (0.85, 1),
        "same": "True",
        "metric": (0.8, 1),
    },
    "vae_digits": {
        "keys": "loss",
        "shapes": "(1797, 2) (1797, 2) (2, 64)",
        "falls": "True",
        "explained": (0.2, 0.7),
        "noise": "True",
        "weight": "0.001",
    },
    "gan_ring": {"frozen": "4", "finite": "True", "radius": (0, 0.5), "nearer": "True"},
    "pydataset_augmented": {"keys": FIT, "epochs": "True", "accuracy": (0.75, 1), "steady": "True True"},
    "mixed_transfer": {
        "keys": "accuracy learning_rate loss val_accuracy val_loss",
        "dtypes": "bfloat16 float32 float32",
        "trainable": "2 4",
        "unmoved": "True",
        "accuracy": (0.85, 1),
    },
    "forecast_two_heads": {
        "keys": "loss up_accuracy up_loss val_loss val_up_accuracy val_up_loss val_value_loss "
        "val_value_mae value_loss value_mae",
        "outputs": "up value (120, 1)",
        "mae": (0, 0.09),
        "naive": (0.1, 0.14),
        "accuracy": (0.75, 1),
    },
    "siamese_ops": {
        "keys": "loss nearer val_loss val_nearer",
        "shared": "4",
        "margin": "1.0",
        "accuracy": (0.8, 1),
    },
    "ensemble_regression": {"folds": "3", "epochs": "16 loss r2", "r2": (0.4, 0.55), "gap": (-0.1, 0.1)},
    "words_and_features": {
        "vocabulary": None,
        "text": (0.95, 1),
        "columns": "77",
        "table": (0.9, 1),
        "inference": "(1, 1)",
    },
}

ERAS = {"keras1": KERAS_1, "keras2": KERAS_2, "tfkeras2": TF_KERAS_2, "keras3": KERAS_3}
# What a reader has beside the program.
DATA = {
    "pima_dense": "pima-indians-diabetes.csv",
    "iris_crossval": "iris.csv",
    "temperature_series": "daily-min-temperatures.csv",
    "table_of_abalones": "abalone.csv",
    "windows_lstm": "airline-passengers.csv",
    "wine_train_step": "winequality-red.csv",
}
QUICK = ("two_branches_merge", "multi_input_output", "linear_by_hand", "own_train_step")
CHOSEN = [
    pytest.param(era, name, id=f"{era}-{name}", marks=[] if name in QUICK else pytest.mark.wide)
    for era, programs in ERAS.items()
    for name in programs
]


def check(said, expected):
    """Holds what a program prints against the table."""
    found = dict(line.split(" ", 1) for line in said.splitlines() if " " in line)
    for word, wanted in expected.items():
        assert word in found, f"{word} is missing in\n{said}"
        if isinstance(wanted, tuple):
            number = float(found[word].rstrip("%"))
            assert wanted[0] <= number <= wanted[1], f"{word} is {number}, not in {wanted}"
        elif wanted is not None:
            assert found[word] == wanted, word


def prepared(folder, data_dir, name):
    """The folder in which a program runs, with the data that it reads."""
    if name in DATA:
        (folder / DATA[name]).symlink_to(data_dir / DATA[name])
    return folder


@pytest.mark.parametrize("era, name", CHOSEN)
def test_a_program_of_its_era_runs_as_it_is(era, name, tmp_path, data_dir, monkeypatch):
    monkeypatch.setenv("CORNU_DATA", str(data_dir))
    done = cornu("run", PROGRAMS / era / f"{name}.py", folder=prepared(tmp_path, data_dir, name))
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-4000:]
    check(done.stdout, ERAS[era][name])


@pytest.mark.wide
@pytest.mark.parity
@pytest.mark.parametrize("name", [name for name in KERAS_3 if name != "words_and_features"])
def test_the_programs_of_keras_3_say_the_same_under_keras_itself(name, tmp_path):
    """All but the one with strings, for which Keras asks for TensorFlow."""
    done = subprocess.run(
        [sys.executable, PROGRAMS / "keras3" / f"{name}.py"],
        cwd=tmp_path,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    check(done.stdout, KERAS_3[name])


def test_every_program_is_in_the_table():
    for era, programs in ERAS.items():
        assert {path.stem for path in (PROGRAMS / era).glob("*.py")} == set(programs)
        assert len(programs) >= 10
    assert sum(name in programs for programs in ERAS.values() for name in QUICK) == len(QUICK)
