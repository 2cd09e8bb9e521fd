"""`tf.summary`, and the hyperparameters of TensorBoard's own package, which ask for it."""

import numpy as np
import pytest

import cornu
import cornu.compat.tensorflow as tf
from tests.compat.process import python
from tests.training.board_files import hparams_pages, read

pytest.importorskip("tensorboard")


def test_what_is_written_within_the_block_of_a_writer(tmp_path):
    writer = tf.summary.create_file_writer(
        str(tmp_path), max_queue=1, flush_millis=10, filename_suffix=".a"
    )
    assert tf.summary.scalar("nowhere", 1.0, step=0) is False
    with writer.as_default():
        for epoch in range(3):
            assert tf.summary.scalar("loss", tf.constant(epoch / 2), step=epoch)
        with tf.name_scope("part"):
            tf.summary.histogram("numbers", tf.range(6), step=tf.constant(4), buckets=3)
        tf.summary.image("picture", tf.ones((5, 2, 2, 1)), step=0, max_outputs=4)
        tf.summary.text("words", "*a*", step=0, description="said")
    assert tf.summary.scalar("nowhere", 1.0, step=0) is False
    values, kinds = read(tmp_path)
    assert kinds == {
        "loss": "scalars",
        "part/numbers": "histograms",
        "picture": "images",
        "words": "text",
    }
    assert [(step, float(value)) for step, value in values["loss"]] == [(0, 0.0), (1, 0.5), (2, 1.0)]
    assert values["part/numbers"][0][0] == 4
    assert values["part/numbers"][0][1][:, 2].tolist() == [2, 2, 2]
    assert len(values["picture"][0][1]) == 2 + 4
    assert next(tmp_path.iterdir()).name.endswith(".a")


def test_the_step_may_be_set_before(tmp_path):
    with tf.summary.create_file_writer(tmp_path).as_default(step=7):
        tf.summary.scalar("a", 1.0)
        tf.summary.experimental.set_step(8)
        tf.summary.scalar("a", 2.0)
    assert tf.summary.experimental.get_step() is None
    assert [step for step, _ in read(tmp_path)[0]["a"]] == [7, 8]
    with tf.summary.create_file_writer(tmp_path / "b").as_default():
        with pytest.raises(ValueError, match=r"scalar\('a'\) does not know the step. Write step=epoch"):
            tf.summary.scalar("a", 1.0)
        assert not (tmp_path / "b").exists()


def test_writers_within_writers_and_conditions(tmp_path):
    outer, inner = (tf.summary.create_file_writer(tmp_path / name) for name in ("outer", "inner"))
    outer.init()
    outer.set_as_default(step=0)
    with inner.as_default():
        tf.summary.scalar("x", 1.0)
    with tf.summary.record_if(False):
        assert not tf.summary.should_record_summaries()
        assert tf.summary.scalar("x", 2.0) is False
    with tf.summary.record_if(lambda: True):
        assert tf.summary.scalar("x", 3.0)
    tf.summary.flush()
    outer.close()
    tf.summary._State.writers, tf.summary._State.step = (), None
    assert [float(value) for _, value in read(tmp_path / "inner")[0]["x"]] == [1.0]
    assert [float(value) for _, value in read(tmp_path / "outer")[0]["x"]] == [3.0]


def test_within_a_function_each_call_is_written(tmp_path):
    @tf.function
    def double(x, epoch):
        tf.summary.scalar("loss", x * 2, step=epoch)
        tf.summary.scalar("constant", 0.5, step=epoch)
        return x * 2

    with tf.summary.create_file_writer(tmp_path).as_default():
        for epoch in range(3):
            assert double(tf.constant(epoch + 0.5), tf.constant(epoch)).numpy() == 2 * epoch + 1
    values, _ = read(tmp_path)
    assert [(step, float(value)) for step, value in values["loss"]] == [(0, 1.0), (1, 3.0), (2, 5.0)]
    assert [step for step, _ in values["constant"]] == [0, 1, 2]


def test_what_cannot_be_written_is_told(tmp_path):
    @cornu.jit
    def double(x):
        tf.summary.scalar("loss", 0.5, step=0)
        return x * 2

    with tf.summary.create_file_writer(tmp_path).as_default():
        with pytest.raises(ValueError, match=r"within a compiled function.*Return the value, and write"):
            double(1.0)
        with pytest.raises(NotImplementedError, match=r"trace_on: .*Write TensorBoard\(log_dir"):
            tf.summary.trace_on(graph=True)


def test_protocols():
    table = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(tf.make_ndarray(tf.make_tensor_proto(table)), table)
    assert tf.compat.v1.Summary().value is not None


def test_the_hyperparameters_of_tensorboards_own_package(tmp_path):
    """The program of its documentation, where neither Keras nor TensorFlow can be imported."""
    program = """
import cornu.compat; cornu.compat.install()
import numpy as np
import tensorflow as tf
from tensorboard.plugins.hparams import api as hp

UNITS = hp.HParam("units", hp.Discrete([2, 4]))
with tf.summary.create_file_writer("logs").as_default():
    hp.hparams_config(hparams=[UNITS], metrics=[hp.Metric("epoch_loss", group="train")])
for units in UNITS.domain.values:
    model = tf.keras.Sequential([tf.keras.layers.Dense(units), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    folder = f"logs/{units}"
    callbacks = [tf.keras.callbacks.TensorBoard(folder), hp.KerasCallback(folder, {UNITS: units})]
    model.fit(np.ones((4, 2)), np.ones(4), verbose=0, callbacks=callbacks)
with tf.summary.create_file_writer("logs/9").as_default():
    hp.hparams({UNITS: 9})
    tf.summary.scalar("accuracy", 0.5, step=1)
"""
    done = python("-c", program, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    experiment, groups = hparams_pages(tmp_path / "logs")
    assert [info.name for info in experiment.hparam_infos] == ["units"]
    assert [group.hparams["units"].number_value for group in groups] == [2, 4, 9]
    assert [len(group.sessions[0].metric_values) for group in groups] == [1, 1, 0]
