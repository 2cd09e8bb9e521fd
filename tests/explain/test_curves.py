"""History.plot, explain.curves, explain.overfitting: values by epoch, the best one, faults in words."""

import sys

import numpy as np
import pandas as pd
import pytest

import cornu
from cornu import explain, layers

#: The validation loss of the lecture on IMDB turns at its fourth epoch.
IMDB = {
    "accuracy": [0.74, 0.89, 0.92, 0.94, 0.95, 1.0],
    "loss": [0.5834, 0.3364, 0.25, 0.2, 0.1, 0.0043],
    "val_accuracy": [0.8386, 0.8817, 0.886, 0.888, 0.88, 0.8699],
    "val_loss": [0.4437, 0.3136, 0.29, 0.28, 0.35, 0.5788],
}


@pytest.fixture(scope="module")
def history():
    model = cornu.Sequential([cornu.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    reduce = cornu.callbacks.ReduceLROnPlateau("loss")
    x, y = np.random.default_rng(0).normal(size=(20, 2)), np.ones(20)
    return model.fit(
        x, y, epochs=6, validation_split=0.2, validation_freq=2, verbose=0, callbacks=[reduce]
    )


def _drawn(axes):
    return {line.get_label(): line.get_xydata() for line in axes.lines}


def test_a_history_draws_its_logs_with_validation_where_it_was_made(history):
    plot = history.plot()
    titles = [axes.get_title() for axes in plot.figure.axes]
    assert titles[0] == "loss"
    assert titles[-1] == "learning rate"
    assert set(titles) == {"loss", "mae", "learning rate"}
    curves = _drawn(plot.figure.axes[0])
    np.testing.assert_array_equal(curves["training"][:, 0], [1, 2, 3, 4, 5, 6])
    np.testing.assert_allclose(curves["training"][:, 1], history.history["loss"])
    np.testing.assert_array_equal(curves["validation"][:, 0], [2, 4, 6])
    np.testing.assert_allclose(curves["validation"][:, 1], history.history["val_loss"])


def test_rows_have_the_first_the_last_and_the_best_value():
    rows = {row["log"]: row for row in explain.curves(IMDB).rows}
    assert rows["val_loss"]["best"] == 0.28
    assert rows["val_loss"]["best_epoch"] == 4
    assert rows["val_accuracy"]["best"] == 0.888
    assert rows["loss"]["first"] == 0.5834
    assert rows["loss"]["last"] == 0.0043


def test_several_histories_are_compared_in_the_same_panels(history):
    plot = explain.curves(history, IMDB, names=["mine", "theirs"], metrics=["loss"], log_scale=True)
    (axes,) = plot.figure.axes
    assert set(_drawn(axes)) == {"mine", "mine, validation", "theirs", "theirs, validation"}
    assert axes.get_yscale() == "log"
    assert "theirs   val_loss       6  0.4437  0.5788    0.28         4" in str(plot)


def test_a_log_of_csv_is_a_history_too():
    plot = explain.curves(pd.DataFrame(IMDB), metrics=["val_acc"])
    assert [row["log"] for row in plot.rows] == ["accuracy", "val_accuracy"]


def test_a_loss_that_is_no_number_is_said_and_leaves_a_gap():
    plot = explain.curves({"loss": [1.0, np.inf, np.nan], "gain": [1, 2, 3]})
    assert "loss of the history is no number from epoch 2 on: try a smaller learning rate" in str(plot)
    assert plot.rows[0]["best"] == 1.0
    assert plot.rows[1]["best"] is None  # who knows whether more gain is better
    np.testing.assert_array_equal(plot.figure.axes[0].lines[0].get_ydata(), [1, np.nan, np.nan])


def test_faults_of_histories_are_named(history):
    with pytest.raises(TypeError, match=r"what model.fit\(...\) returned, or a dict of lists"):
        explain.curves([1, 2])
    with pytest.raises(TypeError, match=r"Sequential, which is a model. Its last one is model.history"):
        explain.curves(history.model)
    with pytest.raises(TypeError, match="got nothing"):
        explain.curves()
    with pytest.raises(ValueError, match=r"has no epochs. Train first: history = model.fit"):
        cornu.callbacks.History().plot()
    with pytest.raises(
        TypeError, match=r'log "loss" of the history holds \[\'a\'\]; a list with a number'
    ):
        explain.curves({"loss": ["a"]})
    with pytest.raises(ValueError, match=r'no log "los". Did you mean "loss"'):
        history.plot(["los"])
    with pytest.raises(ValueError, match="one name for each of the 2 histories is needed, got 1 names"):
        explain.curves(IMDB, IMDB, names=["a"])
    with pytest.raises(ValueError, match="name a log to draw"):
        explain.curves(IMDB, metrics=[])


def test_without_matplotlib_the_text_stays(history, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    plot = history.plot()
    assert str(plot).startswith("                 epochs")
    with pytest.raises(ImportError, match=r'pip install "cornu\[plots\]"'):
        plot.save("never.png")


# -- overfitting -------------------------------------------------------------------------------------


def test_overfitting_marks_the_best_epoch():
    found = explain.overfitting(IMDB)
    assert (found.verdict, found.best_epoch, found.epochs_since) == ("overfitting", 4, 2)
    assert found.change == pytest.approx(0.5788 - 0.28)
    assert found.gap == pytest.approx(0.5788 - 0.0043)
    assert "EarlyStopping(monitor='val_loss', patience=3, restore_best_weights=True)" in str(found)
    marked = {line.get_label(): line for line in found.figure.axes[0].lines}["best: epoch 4"]
    assert marked.get_xydata().tolist() == [[4.0, 0.28]]


def test_of_accuracy_more_is_better():
    found = explain.overfitting(IMDB, "val_acc")
    assert (found.verdict, found.best_epoch, found.best) == ("overfitting", 4, 0.888)
    assert explain.overfitting({"val_gain": [1, 3, 2]}, "val_gain", mode="max").best_epoch == 2


@pytest.mark.parametrize(
    "loss, val_loss, verdict",
    [
        ([3, 2, 1], [3, 2, 1], "learning"),
        ([3, 2, 1, 0.9], [3, 1, 1.01, 1.02], "level"),
        ([3, 1, 2, 4], [3, 1, 2, 5], "diverging"),
        ([3, 1, np.nan, np.nan], [3, 1, np.nan, np.nan], "diverging"),
    ],
)
def test_not_all_is_overfitting(loss, val_loss, verdict):
    found = explain.overfitting({"loss": loss, "val_loss": val_loss})
    assert found.verdict == verdict
    assert ("At the end it is no number" in str(found)) == bool(np.isnan(val_loss[-1]))


def test_faults_of_overfitting_are_named():
    with pytest.raises(ValueError, match=r"no validation.*model.fit\(x, y, validation_split=0.2\)"):
        explain.overfitting({"loss": [1, 2]})
    with pytest.raises(ValueError, match=r'no log "val_los". Did you mean "val_loss"'):
        explain.overfitting(IMDB, "val_los")
    with pytest.raises(
        ValueError, match=r'measured on the training data, which cannot tell. Did you mean "val_loss"'
    ):
        explain.overfitting(IMDB, "loss")
    with pytest.raises(ValueError, match='Write mode="max" if it is'):
        explain.overfitting({"val_gain": [1, 2]}, "val_gain")
    with pytest.raises(ValueError, match=r'mode="mix"\): Did you mean "min"'):
        explain.overfitting(IMDB, mode="mix")
    with pytest.raises(ValueError, match=r'"val_loss" is no number in any epoch'):
        explain.overfitting({"loss": [1.0], "val_loss": [np.nan]})
