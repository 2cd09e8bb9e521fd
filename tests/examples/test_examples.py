"""The programs in `examples/`, each run as a process of its own, as a user would."""

import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(name, *arguments, **environment):
    """What the program has printed, after it has ended well."""
    done = start(name, *arguments, **environment)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return done.stdout


def start(name, *arguments, **environment):
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, ROOT / "examples" / name, *map(str, arguments)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "PYTHONIOENCODING": "utf-8",
            **{key: str(value) for key, value in environment.items()},
        },
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def number(pattern, text):
    """The number that the pattern's group finds in the text."""
    found = re.search(pattern, text)
    assert found, f"no {pattern!r} in:\n{text}"
    return float(found[1])


def assert_is_picture(path, width, height):
    """The file is an image of this size, and not of one colour."""
    pixels = matplotlib.image.imread(path)
    assert pixels.shape[:2] == (height, width)
    assert pixels[..., :3].std() > 0.05


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Output and folder of a run of digits.py."""
    folder = tmp_path_factory.mktemp("digits") / "new" / "folder"
    return run("digits.py", "--out", folder), folder


class TestDigits:
    def test_recognizes_digits_it_has_not_seen(self, digits):
        assert number(r"Test accuracy: ([\d.]+)", digits[0]) >= 0.96

    def test_shows_progress(self, digits):
        assert "Epoch 1/60" in digits[0]
        assert "val_accuracy: " in digits[0]

    def test_the_confusion_matrix_holds_all_of_the_test_set(self, digits):
        rows = re.findall(r"^ {6}\d ((?: +[\d.]+){10})$", digits[0], re.MULTILINE)
        counts = [[0 if n == "." else int(n) for n in row.split()] for row in rows]
        right = sum(row[digit] for digit, row in enumerate(counts))
        assert len(counts) == 10
        assert sum(map(sum, counts)) == 360
        printed = number(r"Test accuracy: ([\d.]+)", digits[0])
        assert right / 360 == pytest.approx(printed, abs=1e-4)

    def test_prints_digits_and_what_they_were_taken_for(self, digits):
        captions = re.findall(r"pred (\d) / true (\d)", digits[0])
        assert "█" in digits[0]
        assert [p == t for p, t in captions[:4]] == [True] * 4
        assert len(captions) > 4
        assert all(p != t for p, t in captions[4:])

    def test_draws_training_and_predictions(self, digits):
        text, folder = digits
        assert_is_picture(folder / "digits-training.png", 1400, 440)
        assert_is_picture(folder / "digits-predictions.png", 1000, 480)
        assert str(folder / "digits-training.png") in text
        assert str(folder / "digits-predictions.png") in text

    def test_the_same_seed_gives_the_same_result_and_another_another(self, digits, tmp_path):
        assert _result(run("digits.py", "--out", tmp_path)) == _result(digits[0])
        assert _losses(run("digits.py", "--out", tmp_path, "--seed", 2)) != _losses(digits[0])

    @pytest.mark.wide
    @pytest.mark.parametrize("seed", [0, 4, 8])
    def test_the_result_is_no_matter_of_luck(self, seed, tmp_path):
        text = run("digits.py", "--out", tmp_path, "--seed", seed)
        assert number(r"Test accuracy: ([\d.]+)", text) >= 0.96

    def test_a_terminal_without_block_characters_is_enough(self, tmp_path):
        assert "pred " in run("digits.py", "--out", tmp_path, PYTHONIOENCODING="ascii")


def _result(text):
    """What digits.py says after training, without times and paths."""
    return text.partition("Test accuracy")[2].partition("Pictures")[0]


def _losses(text):
    return re.findall(r" loss: ([\d.e-]+)", text)


@pytest.fixture(scope="module")
def pima(data_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pima")
    return run("pima.py", "--out", folder, CORNU_DATA=data_dir), folder


class TestPima:
    def test_as_printed(self, pima):
        assert 74 < number(r"As printed: accuracy ([\d.]+)%", pima[0]) < 82

    def test_scaled_inputs_do_better(self, pima):
        unscaled = number(r"Mean validation accuracy, unscaled inputs: ([\d.]+)", pima[0])
        scaled = number(r"Mean validation accuracy, scaled inputs: ([\d.]+)", pima[0])
        assert scaled > 0.75
        assert scaled > unscaled + 0.02

    def test_every_training_has_its_line(self, pima):
        assert len(re.findall(r"^ +\d+( +[\d.]+% \([\d.]+%\)){2}$", pima[0], re.MULTILINE)) == 5

    def test_draws_the_curves(self, pima):
        assert_is_picture(pima[1] / "pima.png", 1100, 440)


@pytest.fixture(scope="module")
def banknotes(data_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("banknotes")
    path = data_dir / "banknote_authentication.csv"
    return run("banknotes.py", path, "--out", folder), folder


class TestBanknotes:
    def test_a_hidden_layer_does_better_than_a_straight_line(self, banknotes):
        line = number(r"No hidden layer: test accuracy ([\d.]+)", banknotes[0])
        curve = number(r"8 hidden units: test accuracy ([\d.]+)", banknotes[0])
        assert 0.6 < line < 0.75
        assert curve > 0.83

    def test_one_neuron_agrees_with_logistic_regression(self, banknotes, data_dir):
        linear_model = pytest.importorskip("sklearn.linear_model")
        table = np.loadtxt(data_dir / "banknote_authentication.csv", delimiter=",")
        expected = linear_model.LogisticRegression(C=1e6).fit(table[:, [1, 3]], table[:, 4])
        shown = re.search(r"sigmoid\((\S+) (\S+) x1 (\S+) x2\)", banknotes[0])
        weights = [float(weight) for weight in shown.groups()]
        # The program has learnt from four fifths of the rows: hence about the same.
        assert weights == pytest.approx([*expected.intercept_, *expected.coef_[0]], abs=0.12)

    def test_draws_both_boundaries(self, banknotes):
        assert_is_picture(banknotes[1] / "banknotes.png", 1200, 500)


@pytest.fixture(scope="module")
def backprop():
    return run("backprop.py")


class TestBackprop:
    def test_the_numbers_of_the_slide(self, backprop):
        # forward values and gradients of f = x * y + z at (2, -3, 4), as the lecture has them
        rows = re.findall(r"^ +([xyzqf]) +(-?\d+) +(-?\d+)$", backprop, re.MULTILINE)
        assert rows == [
            *(("x", "2", "-3"), ("y", "-3", "2"), ("z", "4", "1"), ("q", "-6", "1"), ("f", "-2", "1"))
        ]
        assert "f = -2, df/dx = -3, df/dy = 2, df/dz = 1" in backprop

    def test_patterns_in_the_backward_flow(self, backprop):
        rows = re.findall(r"^  (.*?) +da = +(-?\d+), db = +(-?\d+) ", backprop, re.MULTILINE)
        assert rows == [
            *(
                ("a + b", "2", "2"),
                ("a * b", "-8", "6"),
                ("max(a, b)", "2", "0"),
                ("a + a * b", "-6", "6"),
            )
        ]

    def test_the_sigmoid_and_the_jacobian(self, backprop):
        # σ(1) (1 - σ(1)) by 1 / (1 + exp(-1)); 2 diag(W x) W by hand
        assert "s (1 - s) = 0.196612, derivative 0.196612" in backprop
        assert "chain rule [[5.0, -10.0], [6.0, 1.0]], at once [[5.0, -10.0], [6.0, 1.0]]" in backprop


@pytest.fixture(scope="module")
def by_hand(data_dir):
    return run("by_hand.py", CORNU_DATA=data_dir)


class TestByHand:
    def test_the_linear_regression_finds_the_least_squares(self, by_hand, data_dir):
        linear_model = pytest.importorskip("sklearn.linear_model")
        table = np.loadtxt(data_dir / "winequality-red.csv", delimiter=",")
        x, y = table[:, :-1], table[:, -1]
        residues = y - linear_model.LinearRegression().fit(x, y).predict(x)
        assert number(r"mean squared error ([\d.]+)", by_hand) == pytest.approx(
            (residues**2).mean(), abs=1e-4
        )
        assert number(r"least squares of NumPy: ([\d.]+)", by_hand) < 1e-4

    def test_the_logistic_regression_finds_that_of_scikit_learn(self, by_hand, data_dir):
        linear_model = pytest.importorskip("sklearn.linear_model")
        table = np.loadtxt(data_dir / "pima-indians-diabetes.csv", delimiter=",")
        x, y = table[:, :-1], table[:, -1]
        expected = linear_model.LogisticRegression(C=1e6).fit((x - x.mean(axis=0)) / x.std(axis=0), y)
        shown = re.search(r"weights (.+); bias (\S+)", by_hand)
        weights = [float(weight) for weight in shown[1].split(", ")]
        assert weights == pytest.approx(expected.coef_[0], abs=0.02)
        assert float(shown[2]) == pytest.approx(expected.intercept_[0], abs=0.02)
        assert number(r"people: accuracy ([\d.]+)%", by_hand) > 77

    @pytest.mark.parametrize("given", ["folder", "variable"])
    def test_says_what_is_missing(self, given, tmp_path):
        arguments = [tmp_path] if given == "folder" else []
        done = start("by_hand.py", *arguments, CORNU_DATA=tmp_path)
        assert done.returncode == 1
        assert f"There is no file {(tmp_path / 'winequality-red.csv').resolve()}" in done.stderr
        assert "set CORNU_DATA to the folder that holds winequality-red.csv" in done.stderr
        assert "Traceback" not in done.stderr


class TestMissingData:
    @pytest.mark.parametrize(
        "program, file",
        [("pima.py", "pima-indians-diabetes.csv"), ("banknotes.py", "banknote_authentication.csv")],
    )
    @pytest.mark.parametrize("given", ["path", "variable"])
    def test_says_what_is_missing_and_where_to_get_it(self, program, file, given, tmp_path):
        if given == "path":
            done = start(program, tmp_path / file, "--out", tmp_path / "out")
        else:
            done = start(program, "--out", tmp_path / "out", CORNU_DATA=tmp_path)
        assert done.returncode == 1
        assert f"There is no file {(tmp_path / file).resolve()}" in done.stderr
        assert f"set CORNU_DATA to the folder that holds {file}" in done.stderr
        assert "You find it at https://" in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def tables():
    """The columns 'output' and 'rounded' of each truth table, by the first word that names it."""
    text = run("xor.py")
    names = ("x1 AND", "x1 OR", "NOT x1", "x1 XNOR", "XOR,", "XNOR,")
    return {name: _columns(text.partition(f"\n{name}")[2]) for name in names}


class TestXor:
    @pytest.mark.parametrize(
        "name, rounded",
        [
            ("x1 AND", [0, 0, 0, 1]),
            ("x1 OR", [0, 1, 1, 1]),
            ("NOT x1", [1, 0]),
            ("x1 XNOR", [1, 0, 0, 1]),
            ("XOR,", [0, 1, 1, 0]),
            ("XNOR,", [1, 0, 0, 1]),
        ],
    )
    def test_truth_tables(self, tables, name, rounded):
        assert tables[name][1] == rounded
        assert tables[name][0] == pytest.approx(rounded, abs=0.05)

    def test_and_is_the_sigmoid_of_the_weighted_sum(self, tables):
        # f(-30), f(-10), f(-10), f(10), worked with 1 / (1 + exp(-z))
        assert tables["x1 AND"][0] == pytest.approx([0, 0.000045, 0.000045, 0.999955], abs=1e-6)

    @pytest.mark.slow
    @pytest.mark.parametrize("seed", [0, 4, 8])
    def test_learns_whatever_the_seed(self, seed):
        losses = re.findall(r"accuracy 1.0000, loss ([\d.]+)", run("xor.py", "--seed", seed))
        assert len(losses) == 2
        assert all(float(loss) < 0.05 for loss in losses)


def _columns(table):
    """Output and rounded output, from the lines after the heading up to a line that is no row."""
    rows = []
    for line in table.splitlines()[2:]:
        row = re.fullmatch(r"(?: +[01])+ +([\d.]+) +([01])", line)
        if row is None:
            break
        rows.append(row.groups())
    return [float(output) for output, _ in rows], [int(rounded) for _, rounded in rows]
