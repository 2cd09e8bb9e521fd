"""The public names, as Keras has them, and what is said about wrong arguments."""

import re
import warnings
from typing import Any

import jax
import keras
import numpy as np
import pytest

import cornu
from cornu import distribution, layers
from cornu.distribution import DataParallel, DeviceMesh, FullySharded, LayoutMap, ModelParallel
from cornu.distribution import TensorLayout as Layout

LIBRARIES = pytest.mark.parametrize("library", [keras, cornu], ids=["keras", "cornu"])


def grid(library: Any = cornu) -> Any:
    return library.distribution.DeviceMesh((4, 2), ["batch", "model"])


def dense_model() -> Any:
    model = cornu.Sequential([layers.Dense(16, "relu", input_shape=(8,)), layers.Dense(4)])
    model.compile("sgd", "mse")
    return model


# ------------------------------------------------------------------------------------- as Keras has it


def test_every_public_name_is_there() -> None:
    theirs = {name for name in dir(keras.distribution) if not name.startswith("_")}
    assert theirs - set(distribution.__all__) == set()
    assert set(distribution.__all__) - theirs == {"Distribution", "FullySharded", "communication"}


@LIBRARIES
def test_devices_are_listed_by_type(library: Any) -> None:
    assert library.distribution.list_devices() == [f"cpu:{i}" for i in range(8)]
    assert library.distribution.list_devices("cpu") == [f"cpu:{i}" for i in range(8)]
    assert library.distribution.get_device_count() == 8


@LIBRARIES
def test_a_mesh_names_its_devices(library: Any) -> None:
    mesh = library.distribution.DeviceMesh((2, 3), ["a", "b"], [f"cpu:{i}" for i in range(6)])
    assert tuple(mesh.shape) == (2, 3)
    assert list(mesh.axis_names) == ["a", "b"]
    assert mesh.devices.tolist() == [["cpu:0", "cpu:1", "cpu:2"], ["cpu:3", "cpu:4", "cpu:5"]]
    assert mesh.backend_mesh.shape == {"a": 2, "b": 3}


@LIBRARIES
def test_a_layout_map_finds_by_path_and_by_pattern(library: Any) -> None:
    layout_map = library.distribution.LayoutMap(grid(library))
    layout_map[".*dense.*kernel"] = (None, "model")
    layout_map["out/bias"] = library.distribution.TensorLayout(["model"])
    assert layout_map["net/dense_1/kernel"].axes == (None, "model")
    assert layout_map["net/dense_1/kernel"].device_mesh is layout_map.device_mesh
    assert layout_map["out/bias"].axes == ("model",)
    assert layout_map["net/out/bias"] is None  # a key fits the whole path, or not at all
    assert len(layout_map) == 2
    assert list(layout_map) == [".*dense.*kernel", "out/bias"]
    del layout_map["out/bias"]
    assert layout_map["out/bias"] is None
    with pytest.raises(ValueError, match="already"):
        layout_map[".*dense.*kernel"] = (None, None)
    layout_map[".*/kernel"] = ("model", None)
    with pytest.raises(ValueError, match=r"dense.*kernel"):
        layout_map["net/dense_1/kernel"]


@LIBRARIES
def test_a_tensor_is_distributed(library: Any) -> None:
    layout = library.distribution.TensorLayout(["batch", None], grid(library))
    array = library.distribution.distribute_tensor(jax.numpy.ones((8, 3)), layout)
    assert array.sharding.spec == jax.sharding.PartitionSpec("batch", None)
    doubled = jax.jit(lambda x: 2 * library.distribution.distribute_tensor(x, layout))(np.ones((8, 3)))
    assert doubled.sharding.is_equivalent_to(layout.backend_layout, 2)
    symbolic = library.Input((3,))
    assert library.distribution.distribute_tensor(symbolic, layout) is symbolic


@LIBRARIES
def test_strategies_say_how_arrays_lie(library: Any) -> None:
    dist = library.distribution
    data = dist.DataParallel()
    assert data.get_data_layout((16, 3)).axes == ("batch", None)
    assert data.get_variable_layout(library.Variable(np.ones((2, 2)))).axes == (None, None)
    assert data.get_tensor_layout("dense/output") is None
    assert (data.num_model_replicas, data.batch_dim_name, data.auto_shard_dataset) == (8, "batch", True)
    few = dist.DataParallel(devices=["cpu:0", "cpu:1"], auto_shard_dataset=False)
    assert (few.num_model_replicas, few.auto_shard_dataset) == (2, False)
    layout_map = dist.LayoutMap(grid(library))
    layout_map["kernel"] = (None, "model")
    layout_map["dense/output"] = ("batch", "model")
    parts = dist.ModelParallel(layout_map=layout_map, batch_dim_name="batch")
    assert parts.num_model_replicas == 4
    kernel = library.Variable(np.ones((2, 2)), name="kernel")
    other = library.Variable(np.ones((2, 2)), name="other")
    assert parts.get_variable_layout(kernel).axes == (None, "model")
    assert parts.get_variable_layout(other).axes == (None, None)
    assert parts.get_tensor_layout("dense/output").axes == ("batch", "model")
    assert parts.get_data_layout((8, 2, 2)).axes == ("batch", None, None)
    with parts.scope():
        assert dist.distribution() is parts
    assert dist.distribution() is None
    dist.set_distribution(data)
    assert dist.distribution() is data
    dist.set_distribution(None)


def test_a_mesh_of_more_axes_is_for_model_parallel() -> None:
    with pytest.warns(UserWarning, match="splits the batch along the first axis 'batch'"):
        assert DataParallel(grid()).num_model_replicas == 4


# ------------------------------------------------------------------------------------ what it does


def test_what_a_layer_gives_lies_as_the_map_says() -> None:
    layout_map = LayoutMap(grid())
    layout_map["wide/output"] = ("batch", "model")
    with ModelParallel(layout_map=layout_map).scope():
        layer = layers.Dense(6, name="wide")
        found = layer(np.ones((8, 3), "float32"))
        spec = found.sharding.spec
        assert spec == jax.sharding.PartitionSpec("batch", "model")
        assert cornu.jit(lambda x: layer(x))(np.ones((8, 3), "float32")).sharding.spec == spec


def test_a_variable_may_say_itself_how_it_lies() -> None:
    class Split(layers.Layer):
        def build(self, shape: Any) -> None:
            layout = Layout([None, "model"], grid())
            self.kernel = self.add_weight((shape[-1], 4), name="kernel", layout=layout)

        def call(self, x: Any) -> Any:
            return x @ self.kernel

    layout_map = LayoutMap(grid())
    with ModelParallel(layout_map=layout_map).scope():
        model = cornu.Sequential([layers.Input((3,)), Split()])
        model.compile("adam", "mse")
        model.fit(np.ones((8, 3)), np.ones((8, 4)), batch_size=8, verbose=0)
    kernel, momentum = model.weights[0], model.optimizer.variables[2]
    for variable in (kernel, momentum):
        assert variable.value.sharding.spec == jax.sharding.PartitionSpec(None, "model")


def test_a_model_made_before_is_laid_out_when_it_trains() -> None:
    model, x = dense_model(), np.ones((16, 8), "float32")
    before = model.predict(x, verbose=0)
    with FullySharded(min_size=16).scope():
        np.testing.assert_allclose(model.predict(x, verbose=0), before, rtol=1e-6)
        model.fit(x, np.ones((16, 4)), batch_size=16, verbose=0)
        assert not model.weights[0].value.sharding.is_fully_replicated
        assert np.isfinite(model.evaluate(x, np.ones((16, 4)), batch_size=16, verbose=0))
        assert np.isfinite(model.train_on_batch(x[:3], np.ones((3, 4))))  # whole on every device
    assert model.get_weights()[0].shape == (8, 16)
    model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])
    assert not model.weights[0].value.sharding.is_fully_replicated
    with DataParallel().scope():
        model.fit(x, np.ones((16, 4)), batch_size=16, verbose=0)
        assert model.weights[0].value.sharding.is_fully_replicated


def test_after_the_distribution_one_device_works_again() -> None:
    model, x = dense_model(), np.ones((16, 8), "float32")
    with DataParallel().scope():
        model.fit(x, np.ones((16, 4)), batch_size=16, verbose=0)
    model.fit(x, np.ones((16, 4)), batch_size=6, verbose=0)
    assert np.isfinite(model.predict(x[:5], verbose=0)).all()


def test_a_fully_sharded_weight_is_split_along_its_longest_axis() -> None:
    layout = FullySharded(min_size=64).get_variable_layout
    shapes = {(16, 64): (None, "batch"), (64, 16): ("batch", None), (7, 24): (None, "batch")}
    shapes |= {(9, 9): (None, None), (8, 7): (None, None), (63,): (None,), (64,): ("batch",)}
    for shape, axes in shapes.items():
        assert layout(cornu.Variable(np.zeros(shape, "float32"))).axes == axes, shape


# ----------------------------------------------------------------------------------------- bad input


def test_batches_that_the_devices_do_not_divide() -> None:
    model, x, y = dense_model(), np.ones((40, 8)), np.ones((40, 4))
    with DataParallel().scope():
        with pytest.raises(ValueError, match=r"batch_size=10 cannot be split evenly among 8 devices. Wr"
                           r"ite batch_size=8 or batch_size=16."):  # fmt: skip
            model.fit(x, y, batch_size=10, verbose=0)
        with pytest.raises(
            ValueError, match="batch_size=3 is less than the 8 devices of the batch: wri"
        ):
            model.fit(x, y, batch_size=3, verbose=0)
        model.fit(x[:5], y[:5], verbose=0)  # a single batch, which every device computes


def test_layouts_for_what_does_not_exist() -> None:
    layout_map = LayoutMap(grid())
    layout_map["sequential/dense/kernal"] = (None, "model")
    with ModelParallel(layout_map=layout_map).scope():
        model = dense_model()
        wanted = 'has the path "sequential/dense/kernal". Did you mean "sequential/dense/kernel"?'
        with pytest.raises(ValueError, match=re.escape(wanted)):
            model.fit(np.ones((8, 8)), np.ones((8, 4)), verbose=0)
    layout_map = LayoutMap(grid())
    layout_map["conv2d.*kernel"] = (None, None, None, "model")
    with ModelParallel(layout_map=layout_map).scope(), pytest.warns(UserWarning, match="conv2d"):
        dense_model().fit(np.ones((8, 8)), np.ones((8, 4)), batch_size=8, verbose=0)


def test_layouts_that_do_not_fit_the_variable() -> None:
    for axes, message in (
        (
            (None, None, "model"),
            r"layout \(None, None, 'model'\) for \"sequential.*/kernel\" has 3 axes",
        ),
        (("odd", None), "its axis 0 of size 8 cannot be split evenly among the 3 devices of mesh axis"),
    ):
        layout_map = LayoutMap(DeviceMesh((2, 3), ["odd", "model"], [f"cpu:{i}" for i in range(6)]))
        layout_map[".*/kernel"] = axes if "odd" not in axes else ("model", None)
        with ModelParallel(layout_map=layout_map).scope(), pytest.raises(ValueError, match=message):
            dense_model().fit(np.ones((6, 8)), np.ones((6, 4)), batch_size=6, verbose=0)


class Other:
    """A device of another kind."""

    platform, id, device_kind = "gpu", 0, "H200"


def test_wrong_arguments_are_said_plainly() -> None:
    mesh = grid()
    one = DeviceMesh((8,), ["batch"])
    for make, error, message in (
        (lambda: distribution.list_devices("gqu"), ValueError, 'no device of type "gqu"'),
        (lambda: distribution.get_device_count("tpu"), ValueError, 'get_device_count: .*type "tpu"'),
        (lambda: DeviceMesh((2, 4), ["batch"]), ValueError, r"has 2 axes, but axis_names=\['batch'\]"),
        (lambda: DeviceMesh((3,), ["batch"]), ValueError, r"needs 3 devices, but there are 8. Write"),
        (lambda: DeviceMesh((1,), ["a"], ["cpu:9"]), ValueError, 'no device "cpu:9"'),
        (lambda: DeviceMesh((2,), ["a"], ["cpu:1", "cpu:1"]), ValueError, '"cpu:1" is listed twice'),
        (
            lambda: DeviceMesh((2,), ["a"], [jax.devices()[0], Other()]),
            ValueError, r"of different kinds \(H200, cpu\)",
        ),
        (lambda: Layout(["modle"], mesh), ValueError, "no axis 'modle'. Did you mean \"model\""),
        (lambda: Layout(["model", "model"], mesh), ValueError, "'model' stands twice"),
        (lambda: Layout([None]).backend_layout, ValueError, "has no device_mesh yet"),
        (lambda: setattr(Layout([None], mesh), "device_mesh", one), ValueError, "cannot be changed"),
        (lambda: distribution.distribute_tensor(np.ones(3), Layout(["batch"], mesh)), ValueError,
         "axis 0 of size 3 cannot be split evenly among the 4 devices"),
        (lambda: distribution.distribute_tensor(np.ones(8), Layout(["batch", None], mesh)), ValueError,
         r"a layout of 2 axes .* got shape \(8,\)"),
        (lambda: distribution.distribute_tensor(np.ones(8), "batch"), TypeError, "takes a TensorLayout"),
        (lambda: ModelParallel(), ValueError, "needs layout_map=..., a LayoutMap, got None"),
        (lambda: ModelParallel(layout_map=LayoutMap(mesh), batch_dim_name="bach"), ValueError,
         'Did you mean "batch"'),
        (lambda: DataParallel("cpu"), ValueError, r"DataParallel\(device_mesh=...\) takes a DeviceMesh"),
        (lambda: LayoutMap("cpu"), ValueError, r"LayoutMap\(device_mesh=...\) takes a DeviceMesh"),
        (lambda: LayoutMap(mesh).__setitem__("a", "model"), ValueError, "a layout is a TensorLayout"),
        (lambda: LayoutMap(mesh).__setitem__("a(", (None,)), ValueError, "is no regular expression"),
        (lambda: distribution.set_distribution("all"), TypeError, "takes a distribution such as"),
    ):  # fmt: skip
        with warnings.catch_warnings(), pytest.raises(error, match=message):
            make()
