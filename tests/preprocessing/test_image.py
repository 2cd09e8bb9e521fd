"""ImageDataGenerator and the transformations of Keras 2, against what Keras 3.15 still has of them: the
same numbers from the same seed of NumPy."""

import importlib
import sys

import numpy as np
import pytest

from cornu.core.errors import CornuWarning
from cornu.preprocessing import image

IMAGES = np.random.RandomState(0).uniform(0, 255, (7, 6, 5, 3)).astype("float32")
LABELS = np.array([0, 1, 0, 1, 0, 1, 0])


def theirs():
    """Keras's module, whose name for SciPy's transformation is from before SciPy 2."""
    from scipy import ndimage

    module = importlib.import_module("keras.src.legacy.preprocessing.image")
    name = "scipy.ndimage.interpolation"
    old = type(sys)(name)
    old.affine_transform = ndimage.affine_transform
    module.scipy = type("SciPy", (), {"ndimage": type("N", (), {"interpolation": old})})
    return module


def of_both(function, seed=0):
    """What a function makes of our module and of Keras's, from the same random numbers."""
    found = []
    for module in (image, theirs()):
        np.random.seed(seed)
        found.append(function(module))
    return found


LAST = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
TRANSFORMS = {
    "rotation": lambda m: m.random_rotation(IMAGES[0], 40, **LAST),
    "rotation, first": lambda m: m.random_rotation(
        IMAGES[0].transpose(2, 0, 1), 40, fill_mode="reflect"
    ),
    "shift": lambda m: m.random_shift(IMAGES[0], 0.3, 0.2, **LAST, fill_mode="constant", cval=7.0),
    "shear": lambda m: m.random_shear(IMAGES[0], 30, **LAST, fill_mode="wrap"),
    "zoom": lambda m: m.random_zoom(IMAGES[0], (0.5, 1.5), **LAST, interpolation_order=3),
    "no zoom": lambda m: m.random_zoom(IMAGES[0], (1, 1), **LAST),
    "channels": lambda m: m.random_channel_shift(IMAGES[0], 50.0, channel_axis=2),
    "brightness": lambda m: m.random_brightness(IMAGES[0], (0.2, 2.0)),
    "brightness, own range": lambda m: m.apply_brightness_shift(IMAGES[0] * 3 - 9, 1.5, scale=False),
    "all": lambda m: m.apply_affine_transform(IMAGES[0], 30, 1, -2, 10, 0.8, 1.3, **LAST),
}


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:'mode' parameter:DeprecationWarning")
@pytest.mark.parametrize("name", TRANSFORMS)
def test_one_image_is_transformed_as_by_keras(name):
    found, expected = of_both(TRANSFORMS[name])
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-4)
    assert found.shape == expected.shape


SETTINGS = {
    "nothing": {},
    "geometry": {
        "rotation_range": 30,
        "width_shift_range": 0.2,
        "height_shift_range": 0.3,
        "shear_range": 10.0,
        "zoom_range": 0.3,
        "horizontal_flip": True,
        "vertical_flip": True,
    },
    "pixels": {
        "width_shift_range": 2,
        "height_shift_range": [0, 1, 2],
        "fill_mode": "constant",
        "cval": 3.0,
    },
    "colours": {"brightness_range": (0.5, 1.5), "channel_shift_range": 40.0, "zoom_range": (0.8, 1.2)},
    "samplewise": {"samplewise_center": True, "samplewise_std_normalization": True, "rescale": 1 / 255},
    "featurewise": {"featurewise_center": True, "featurewise_std_normalization": True, "rescale": 0.1},
    "own function": {"preprocessing_function": lambda x: x[::-1] * 2, "dtype": "float64"},
}


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:'mode' parameter:DeprecationWarning")
@pytest.mark.parametrize("name", SETTINGS)
def test_batches_of_an_array_are_those_of_keras(name):
    def batches(module):
        generator = module.ImageDataGenerator(**SETTINGS[name])
        generator.fit(IMAGES, augment=name == "featurewise", rounds=2, seed=1)
        flow = generator.flow(IMAGES, LABELS, batch_size=3, seed=4, sample_weight=LABELS + 1.0)
        rows = [next(flow) for _ in range(4)] + [flow[i] for i in range(len(flow))]
        return [part for batch in rows for part in batch]

    for mine, expected in zip(*of_both(batches), strict=True):
        assert mine.dtype == expected.dtype
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parity
def test_whitening_is_that_of_keras():
    def whitened(module):
        generator = module.ImageDataGenerator(featurewise_center=True, zca_whitening=True)
        generator.fit(IMAGES[:, :3, :3])
        return generator.standardize(IMAGES[:2, :3, :3].copy()) @ np.eye(3)

    found, expected = of_both(whitened)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parity
def test_other_inputs_subsets_and_the_order_of_batches():
    def batches(module):
        generator = module.ImageDataGenerator(validation_split=0.4)
        flow = generator.flow(
            (IMAGES, [LABELS * 2]), LABELS, batch_size=2, subset="training", shuffle=False
        )
        validation = generator.flow(IMAGES, LABELS, batch_size=2, subset="validation", shuffle=True)
        alone = generator.flow(IMAGES, batch_size=4, shuffle=False)
        (x, other), y = next(flow)
        return [x, other, y, flow.n, len(flow), *next(validation), validation.n, next(alone)]

    for mine, expected in zip(*of_both(batches), strict=True):
        np.testing.assert_array_equal(mine, expected)


@pytest.fixture
def folder(tmp_path):
    for number in range(8):
        place = tmp_path / ("cat", "dog")[number % 2] / ("deep" if number == 5 else "")
        place.mkdir(parents=True, exist_ok=True)
        image.save_img(place / f"{number}.png", IMAGES[number % 7])
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    return tmp_path


FOLDERS = {
    "categorical": {},
    "binary": {"class_mode": "binary", "color_mode": "grayscale", "shuffle": False},
    "sparse": {"class_mode": "sparse", "classes": ["dog", "cat"], "subset": "training"},
    "input": {"class_mode": "input", "interpolation": "bilinear", "keep_aspect_ratio": True},
    "none": {"class_mode": None, "color_mode": "rgba", "subset": "validation"},
}


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:'mode' parameter:DeprecationWarning")
@pytest.mark.parametrize("name", FOLDERS)
def test_batches_of_a_folder_are_those_of_keras(folder, name, capsys):
    def batches(module):
        generator = module.ImageDataGenerator(
            validation_split=0.3, rotation_range=20, horizontal_flip=True
        )
        flow = generator.flow_from_directory(
            str(folder), target_size=(4, 6), batch_size=3, seed=2, **FOLDERS[name]
        )
        told = [flow.class_indices, flow.filenames, flow.samples, flow.num_classes, flow.image_shape]
        return [told, flow.classes, capsys.readouterr().out, *(next(flow) for _ in range(3))]

    found, expected = of_both(batches)
    assert (found[0], found[2]) == (expected[0], expected[2])
    np.testing.assert_array_equal(found[1], expected[1])
    for mine, wanted in zip(found[3:], expected[3:], strict=True):
        pair = (mine, wanted) if isinstance(mine, tuple) else ([mine], [wanted])
        for part, other in zip(*pair, strict=True):
            np.testing.assert_allclose(part, other, rtol=1e-5, atol=1e-3)


def table(folder):
    import pandas

    names = [f"{('cat', 'dog')[n % 2]}/{n}.png" for n in range(5)]
    return pandas.DataFrame(
        {
            "filename": names,
            "class": ["cat", "dog"] * 2 + ["cat"],
            "tags": [["a"], ["a", "b"], ["b"], ["c"], ["c", "a"]],
            "height": [1.0, 2.0, 3.0, 4.0, 5.0],
            "width": [5, 4, 3, 2, 1],
            "weight": [0.1, 0.2, 0.3, 0.4, 0.5],
        }
    )


TABLES = {
    "categorical": {},
    "several classes": {"y_col": "tags", "weight_col": "weight"},
    "some classes": {"y_col": "tags", "classes": ["a", "c"]},
    "binary": {"class_mode": "binary", "subset": "training", "shuffle": False},
    "raw": {"class_mode": "raw", "y_col": ["height", "width"]},
    "several outputs": {"class_mode": "multi_output", "y_col": ["height", "width"]},
    "none": {"class_mode": None, "validate_filenames": False},
}


@pytest.mark.parity
@pytest.mark.parametrize("name", TABLES)
def test_batches_of_a_table_are_those_of_keras(folder, name, capsys):
    def batches(module):
        generator = module.ImageDataGenerator(validation_split=0.2)
        flow = generator.flow_from_dataframe(
            table(folder), str(folder), target_size=(4, 5), batch_size=2, seed=3, **TABLES[name]
        )
        return [flow.filenames, capsys.readouterr().out, *(next(flow) for _ in range(3))]

    found, expected = of_both(batches)
    assert found[:2] == expected[:2]
    for mine, wanted in zip(found[2:], expected[2:], strict=True):
        pair = (mine, wanted) if isinstance(mine, tuple) else ([mine], [wanted])
        for part, other in zip(*pair, strict=True):
            np.testing.assert_array_equal(part, other)


def test_transformed_images_are_saved(tmp_path):
    flow = image.ImageDataGenerator().flow(
        IMAGES, batch_size=3, save_to_dir=tmp_path, save_prefix="x", save_format="jpeg"
    )
    next(flow)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 3
    assert all(name.startswith("x_") and name.endswith(".jpeg") for name in names)


def test_an_iterator_has_the_attributes_that_programs_use(folder):
    flow = image.ImageDataGenerator().flow_from_directory(folder, batch_size=3, target_size=(4, 4))
    assert (flow.n, flow.samples, flow.batch_size, len(flow)) == (8, 8, 3, 3)
    x, y = flow.next()
    assert (x.shape, y.shape, flow.batch_index, flow.total_batches_seen) == ((3, 4, 4, 3), (3, 2), 1, 1)
    flow.reset()
    assert flow.batch_index == 0
    assert flow.filepaths[0].startswith(str(folder))
    with pytest.raises(IndexError, match="There are 3 batches, so there is no batch 3"):
        flow[3]
    flow.on_epoch_end()
    assert sorted(flow.index_array) == list(range(8))


def missing(folder):
    found = table(folder)
    found.loc[0, "filename"] = "cat/none.png"
    return found


def numbers(folder):
    found = table(folder)
    found["class"] = [0, 1, 0, 1, 0]
    return found


make = image.ImageDataGenerator
WRONG = [
    (lambda f: make(zoom_range=(1, 2, 3)), ValueError, "zoom_range must be a pair of numbers"),
    (lambda f: make(brightness_range=2), ValueError, "brightness_range must be a pair of numbers"),
    (lambda f: make(validation_split=1.5), ValueError, "validation_split must be between 0 and 1"),
    (lambda f: make(data_format="last"), ValueError, "ImageDataGenerator: data_format must be"),
    (lambda f: make().fit(IMAGES[0]), ValueError, r"four axes, got an array of shape \(6, 5, 3\)"),
    (lambda f: make().flow(IMAGES[0]), ValueError, r"four axes, got an array of shape \(6, 5, 3\)"),
    (lambda f: make().flow(IMAGES, LABELS[:3]), ValueError, "x has 7 images, but y has 3 rows"),
    (lambda f: make().flow(IMAGES, subset="train"), ValueError, 'Did you mean "training"'),
    (
        lambda f: make(validation_split=0.3).flow(IMAGES, np.sort(LABELS), subset="training"),
        ValueError,
        "have different classes, perhaps because the rows are sorted",
    ),
    (lambda f: make().flow_from_directory(f / "none"), NotADirectoryError, "there is no folder"),
    (lambda f: make().flow_from_directory(f / "cat" / "none"), NotADirectoryError, "there is no folder"),
    (
        lambda f: make().flow_from_directory(f / "cat"),
        ValueError,
        "found no images .* one folder deeper",
    ),
    (
        lambda f: make().flow_from_directory(f, classes=["cat", "dogs"]),
        NotADirectoryError,
        'classes has "dogs", but .* Did you mean "dog"',
    ),
    (
        lambda f: make().flow_from_directory(f, class_mode="raw"),
        ValueError,
        "class_mode='raw' is not known",
    ),
    (lambda f: make().flow_from_directory(f, color_mode="gray"), ValueError, 'Did you mean "grayscale"'),
    (
        lambda f: make().flow_from_dataframe(table(f), f, x_col="file"),
        ValueError,
        'no column x_col="file". Did you mean "filename"',
    ),
    (
        lambda f: make().flow_from_dataframe(numbers(f), f),
        TypeError,
        r"must hold strings, names of classes .* dataframe\['class'\].astype\(str\)",
    ),
    (
        lambda f: make().flow_from_dataframe(table(f), f, class_mode="multi_output"),
        TypeError,
        "takes a list of columns",
    ),
    (
        lambda f: make().flow_from_dataframe(table(f), f, class_mode="binary", classes=["cat"]),
        ValueError,
        "needs 2 classes, but there are 1",
    ),
    (
        lambda f: make().flow_from_dataframe(table(f), f, weight_col="class"),
        TypeError,
        "must hold numbers",
    ),
    (lambda f: make().flow_from_dataframe(table(f), f, columns=3), TypeError, "no argument 'columns'"),
    (lambda f: image.random_zoom(IMAGES[0], 2, **LAST), ValueError, "zoom_range must be a pair"),
    (lambda f: image.apply_affine_transform(IMAGES, 1), ValueError, "one image with three axes"),
    (
        lambda f: image.apply_affine_transform(IMAGES[0], 1, channel_axis=1),
        ValueError,
        "must be 0, 1 and 2",
    ),
    (
        lambda f: image.Iterator(2, 1, False, None).next(),
        NotImplementedError,
        "needs a method _get_batches",
    ),
]


@pytest.mark.parametrize("call, error, words", WRONG)
def test_wrong_arguments_are_named(folder, call, error, words):
    with pytest.raises(error, match=words):
        call(folder)


@pytest.mark.filterwarnings("ignore:.*leaves out 5:cornu.core.errors.CornuWarning")
def test_a_table_without_files_is_named(folder):
    with pytest.raises(ValueError, match=r"none of the files that the table names is an image"):
        make().flow_from_dataframe(table(folder), folder / "cat")


WARNED = [
    (lambda f: make(zca_whitening=True), "needs featurewise_center, which is now True"),
    (
        lambda f: make(zca_whitening=True, featurewise_center=True, featurewise_std_normalization=True),
        "replaces featurewise_std_normalization, which is now False",
    ),
    (lambda f: make(samplewise_std_normalization=True), "needs samplewise_center"),
    (
        lambda f: make(featurewise_center=True).standardize(IMAGES[0].copy()),
        "knows nothing of the data yet",
    ),
    (lambda f: make().fit(IMAGES.repeat(2, -1)), "expects 1, 3 or 4 channels on axis 3"),
    (lambda f: make().flow(IMAGES.repeat(2, -1)), "expects 1, 3 or 4 channels on axis 3"),
    (lambda f: make().flow_from_dataframe(missing(f), f), 'leaves out 1 of the files .*"cat/none.png"'),
    (lambda f: make().flow_from_dataframe(table(f), f, has_ext=True), "has_ext has no effect any more"),
    (
        lambda f: make().flow_from_dataframe(table(f), f, class_mode="other", y_col="height"),
        'now called "raw"',
    ),
    (
        lambda f: make().flow_from_dataframe(table(f), f, class_mode=None, classes=["cat"]),
        "classes has no effect",
    ),
]


@pytest.mark.parametrize("call, words", WARNED)
def test_what_is_changed_silently_elsewhere_is_said(folder, call, words):
    with pytest.warns(CornuWarning, match=words):
        call(folder)


def test_without_scipy_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.ndimage", None)
    with pytest.raises(ImportError, match="need SciPy: pip install scipy"):
        image.random_rotation(IMAGES[0], 10, **LAST)
