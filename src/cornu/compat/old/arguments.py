"""Old arguments, by what takes them: the argument of Keras 1 and 2, and what it is today.

A key is a room and a name in it ("layers.Dense"), and a method ("models.Model.fit"). An entry is today's
name, or one of the kinds in `entries.py`. Words of today that mean the same as ever are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.compat.old.actions import (
    DROP_WORDS,
    FORGET_BIAS,
    NB_VAL_SAMPLES,
    OUTPUT_SHAPE,
    RESET_METRICS,
    SAMPLES_PER_EPOCH,
    SAVE_FORMAT,
    SEQUENCES,
    SHOW_ACCURACY,
    VAL_SAMPLES,
)
from cornu.compat.old.entries import (
    CONSTRAINTS,
    DATA_FORMAT,
    INITIALIZER_WORDS,
    REGULARIZERS,
    Changed,
    Done,
    Entry,
    Gone,
    Kept,
    Places,
    Several,
    Together,
    among,
    chosen,
    constraint,
    given_weights,
    initializer,
    initializer_of_keras_1,
    regularizer,
)

Table = dict[str, str | Entry]
NOTHING = (None, False, 0, "")  # values that ask for nothing


def rows(names: str, *tables: Mapping[str, str | Entry]) -> dict[str, Table]:
    """The same entries for several names."""
    return {
        name: {word: entry for table in tables for word, entry in table.items()}
        for name in names.split()
    }


# ------------------------------------------------------------------------------------------------ layers

KERNEL: Table = {
    "init": initializer("kernel_initializer"),
    "W_regularizer": regularizer("kernel_regularizer"),
    "W_constraint": constraint("kernel_constraint"),
}
BIAS: Table = {
    "b_regularizer": regularizer("bias_regularizer"),
    "b_constraint": constraint("bias_constraint"),
    "bias": "use_bias",
}
FORMAT: Table = {"dim_ordering": DATA_FORMAT}
BORDER: Table = {"border_mode": "padding"}
IMAGES: Table = {**KERNEL, **BIAS, **BORDER, **FORMAT, "nb_filter": "filters", "subsample": "strides"}
ROWS_COLUMNS: Table = dict.fromkeys(("nb_row", "nb_col"), Together("kernel_size", ("nb_row", "nb_col")))
CUBE = ("kernel_dim1", "kernel_dim2", "kernel_dim3")

CORE: dict[str, Table] = {
    "layers.Layer": {
        "weights": Done("layer.set_weights([...]) once it is built", given_weights),
        "input_dtype": Gone(
            "the dtype of the data counts; write keras.Input(dtype=...) to say it.", None
        ),
        "activity_regularizer": regularizer(
            "activity_regularizer",
            among({word: factors for word, factors in REGULARIZERS.items() if word != "l1l2"}),
        ),
        "experimental_autocast": "autocast",
        "dynamic": Gone("write run_eagerly=True in compile to run Python in each step.", NOTHING),
    },
    "layers.Layer.add_weight": {
        "experimental_autocast": "autocast",
        "use_resource": Gone("variables are always resources here.", (None, True)),
        "partitioner": Gone("a variable is one array.", NOTHING),
        "getter": Gone("give an initializer, which makes the value.", NOTHING),
        "collections": Gone("there are no collections; keep the variable as an attribute.", NOTHING),
        "synchronization": Gone("there is one copy of each variable.", None),
    },
    "layers.Dense": {**KERNEL, **BIAS, "output_dim": "units"},
    "layers.Reshape": {"dims": "target_shape"},
    "layers.Input": {"type_spec": Gone("write shape=..., dtype=...", (None,))},
    "layers.InputLayer": {"batch_input_shape": "batch_shape", "input_dtype": "dtype"},
    **rows("layers.Dropout layers.GaussianDropout layers.SpatialDropout1D", {"p": "rate"}),
    **rows("layers.SpatialDropout2D layers.SpatialDropout3D", FORMAT, {"p": "rate"}),
    "layers.GaussianNoise": {"sigma": "stddev"},
    "layers.LeakyReLU": {"alpha": "negative_slope"},
    "layers.PReLU": {"init": initializer("alpha_initializer")},
    "layers.Embedding": {
        "init": initializer("embeddings_initializer"),
        "W_regularizer": regularizer("embeddings_regularizer"),
        "W_constraint": constraint("embeddings_constraint"),
        "dropout": DROP_WORDS,
    },
}
NO_MODE = (
    "only mode=0 is there. For mode=1 (each sample by itself) write LayerNormalization(); for mode=2 "
    "(the batch's statistics also in predict) call layer(x, training=True)."
)
NORMALIZATION: dict[str, Table] = {
    "layers.BatchNormalization": {
        "beta_init": initializer("beta_initializer"),
        "gamma_init": initializer("gamma_initializer"),
        "mode": Gone(NO_MODE, (0,)),
        "fused": Gone("the compiler decides how it is computed.", None),
        "virtual_batch_size": Gone(
            "statistics of parts of a batch are not built. Write GroupNormalization, which looks at "
            "single samples, or a smaller batch_size in fit.",
            (None,),
        ),
        "adjustment": Gone("write a layer of your own behind it.", (None,)),
    },
}

LOCAL: Table = {
    **KERNEL,
    **BIAS,
    **BORDER,
    **SEQUENCES,
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "subsample_length": "strides",
}
CONVOLUTIONS: dict[str, Table] = {
    "layers.Conv1D": {**LOCAL, "atrous_rate": "dilation_rate"},
    "layers.LocallyConnected1D": LOCAL,
    "layers.Conv2D": {**IMAGES, **ROWS_COLUMNS, "atrous_rate": "dilation_rate"},
    "layers.Conv3D": {**IMAGES, **dict.fromkeys(CUBE, Together("kernel_size", CUBE))},
    "layers.Conv2DTranspose": {**IMAGES, **ROWS_COLUMNS, "output_shape": OUTPUT_SHAPE},
    "layers.Conv3DTranspose": {
        **IMAGES,
        **dict.fromkeys(CUBE, Together("kernel_size", CUBE)),
        "output_shape": OUTPUT_SHAPE,
    },
    "layers.LocallyConnected2D": {**IMAGES, **ROWS_COLUMNS},
    "layers.SeparableConv2D": {
        **BIAS,
        **BORDER,
        **FORMAT,
        **ROWS_COLUMNS,
        "nb_filter": "filters",
        "subsample": "strides",
        "init": Several(("depthwise_initializer", "pointwise_initializer"), initializer_of_keras_1),
        "atrous_rate": "dilation_rate",
    },
    "layers.ConvLSTM2D": {},  # below
    **rows("layers.DepthwiseConv2D", BIAS, BORDER, FORMAT, {"subsample": "strides"}),
}
POOLING: dict[str, Table] = {
    **rows(
        "layers.MaxPooling1D layers.AveragePooling1D",
        BORDER,
        {"pool_length": "pool_size", "stride": "strides"},
    ),
    **rows(
        "layers.MaxPooling2D layers.AveragePooling2D layers.MaxPooling3D layers.AveragePooling3D",
        BORDER,
        FORMAT,
    ),
    **rows(
        "layers.GlobalMaxPooling2D layers.GlobalAveragePooling2D layers.GlobalMaxPooling3D "
        "layers.GlobalAveragePooling3D layers.UpSampling2D layers.UpSampling3D layers.ZeroPadding3D "
        "layers.Cropping2D layers.Cropping3D layers.Flatten",
        FORMAT,
    ),
    "layers.UpSampling1D": {"length": "size"},
}


def _sides(value: Any) -> Any:
    """Padding as Keras 1 had it: (top, bottom, left, right), or a dict of these with '_pad'."""
    if isinstance(value, dict):
        if "left_pad" in value and "top_pad" not in value and len(value) <= 2:
            return (value.get("left_pad", 0), value.get("right_pad", 0))
        top, bottom, left, right = (
            value.get(f"{side}_pad", 0) for side in ("top", "bottom", "left", "right")
        )
        return ((top, bottom), (left, right))
    return (tuple(value[:2]), tuple(value[2:]))


def _is_sides(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, (tuple, list)) and len(value) == 4)


SIDES = Changed("padding", _sides, when=_is_sides)
PADDING: dict[str, Table] = {
    "layers.ZeroPadding1D": {"padding": Changed("padding", _sides, when=lambda v: isinstance(v, dict))},
    "layers.ZeroPadding2D": {**FORMAT, "padding": SIDES},
}

GATES: Table = {
    **KERNEL,
    "output_dim": "units",
    "inner_init": initializer("recurrent_initializer"),
    "U_regularizer": regularizer("recurrent_regularizer"),
    "b_regularizer": regularizer("bias_regularizer"),
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    # One mask of dropout for all gates, or one for each.
    "consume_less": chosen("implementation", {"cpu": 1, "mem": 1, "gpu": 2}),
    "time_major": Gone(
        "the batch comes first: swap the axes before, keras.ops.swapaxes(x, 0, 1).", NOTHING
    ),
}
SEQUENTIAL: Table = {**GATES, **SEQUENCES}
INNER: Table = {"inner_activation": chosen("recurrent_activation", {"hard_sigmoid": "old_hard_sigmoid"})}
RECURRENT: dict[str, Table] = {
    "layers.SimpleRNN": SEQUENTIAL,
    "layers.GRU": {**SEQUENTIAL, **INNER},
    "layers.LSTM": {**SEQUENTIAL, **INNER, "forget_bias_init": FORGET_BIAS},
    "layers.ConvLSTM2D": {
        **{word: entry for word, entry in GATES.items() if word not in ("output_dim", "time_major")},
        **INNER,
        **BORDER,
        **FORMAT,
        **ROWS_COLUMNS,
        "nb_filter": "filters",
        "subsample": "strides",
        "forget_bias_init": FORGET_BIAS,
    },
    "layers.RNN": {"time_major": GATES["time_major"], **SEQUENCES},
}
LAYERS: dict[str, Table] = {
    **CORE, **NORMALIZATION, **CONVOLUTIONS, **POOLING, **PADDING, **RECURRENT
}  # fmt: skip

# ------------------------------------------------------------------------------------------- small nouns

RATE: Table = {
    "lr": "learning_rate",
    "decay": Kept("learning_rate=keras.optimizers.schedules.InverseTimeDecay(rate, 1, decay)"),
    "jit_compile": Gone(
        "the step is compiled with the training. For an uncompiled one: compile(jit_compile=False).",
        (None, True),
    ),
    "is_legacy_optimizer": Gone("there is one kind of optimizer.", None),
    **dict.fromkeys(
        ("gradient_aggregator", "gradient_transformers"),
        Gone("write a train_step that changes the gradients before optimizer.apply.", (None,)),
    ),
}
OPTIMIZERS: dict[str, Table] = {
    **rows(
        "optimizers.SGD optimizers.RMSprop optimizers.Adagrad optimizers.Adadelta optimizers.Adam "
        "optimizers.AdamW optimizers.Adamax optimizers.Ftrl optimizers.Lamb optimizers.Lion",
        RATE,
    ),
    "optimizers.Nadam": {
        **RATE,
        "schedule_decay": Gone("it is always 0.004, the default of its time.", (None, 0.004)),
    },
    "optimizers.Optimizer.apply_gradients": {
        "experimental_aggregate_gradients": Gone("there is one copy of each variable.", (None, True)),
        "name": Gone("operations have no names.", None),
    },
}
NO_DTYPE = Gone("the layer decides the dtype: Dense(..., dtype=...).", (None, "float32"))
NOUNS: dict[str, Table] = {
    **rows(
        "initializers.RandomNormal initializers.RandomUniform initializers.TruncatedNormal "
        "initializers.VarianceScaling initializers.Orthogonal initializers.Constant "
        "initializers.GlorotUniform initializers.GlorotNormal initializers.HeNormal "
        "initializers.HeUniform",
        {"dtype": NO_DTYPE},
    ),
    "regularizers.L1": {"l": "l1"},
    "regularizers.L2": {"l": "l2"},
    "constraints.MaxNorm": {"m": "max_value"},
    "constraints.get": {"identifier": chosen("identifier", CONSTRAINTS, among(CONSTRAINTS))},
    **OPTIMIZERS,
}
CALLBACKS: dict[str, Table] = {
    "callbacks.ModelCheckpoint": {
        "period": Kept('save_freq="epoch" or a number of batches'),
        "load_weights_on_restart": Gone("write BackupAndRestore(folder) beside it.", NOTHING),
        "options": Gone("give a path on a disk of this machine.", (None,)),
    },
    "callbacks.ReduceLROnPlateau": {"epsilon": "min_delta"},
    "callbacks.ProgbarLogger": {
        "count_mode": Gone("the bar counts steps. Leave it out.", (None, "steps")),
        "stateful_metrics": Gone("metrics say themselves how they are summed up.", (None, (), [])),
    },
}

# ------------------------------------------------------------------------------------------------ models

WORKERS: dict[str, str] = {
    "max_q_size": "max_queue_size",
    "nb_worker": "workers",
    "pickle_safe": "use_multiprocessing",
}
NO_OPTIONS: Table = {
    word: Gone("it is TensorFlow's. One file holds the model; leave it out.", values)
    for word, values in {
        "signatures": (None,),
        "options": (None,),
        "save_traces": (None, True),
    }.items()
}
SAVING: Table = {"save_format": SAVE_FORMAT, **NO_OPTIONS}
MODELS: dict[str, Table] = {
    "models.Model": {"input": "inputs", "output": "outputs"},
    "models.Model.compile": {
        "class_mode": Gone("the loss tells it, and metrics=['accuracy'] follows it.", None),
        "sample_weight_mode": Gone(
            "weights of shape (samples, steps) are weights of steps.", (None, "temporal")
        ),
        "target_tensors": Gone("give the targets to fit, or write a train_step.", NOTHING),
        "experimental_run_tf_function": Gone("there are no TensorFlow functions here.", None),
        "experimental_steps_per_execution": "steps_per_execution",
        "distribute": Gone("one device is used.", NOTHING),
        "cloning": Gone("the model itself is trained.", None),
    },
    "models.Model.fit": {
        "X": "x",
        "nb_epoch": "epochs",
        "show_accuracy": SHOW_ACCURACY,
        **WORKERS,
        "nb_val_samples": NB_VAL_SAMPLES,
    },
    "models.Model.evaluate": {"X": "x", "show_accuracy": SHOW_ACCURACY, **WORKERS},
    "models.Model.predict": {"X": "x", **WORKERS},
    **rows(
        "models.Model.train_on_batch models.Model.test_on_batch",
        {"X": "x", "accuracy": SHOW_ACCURACY, "reset_metrics": RESET_METRICS},
    ),
    "models.Model.predict_on_batch": {"X": "x"},
    "models.Model.fit_generator": {
        "samples_per_epoch": SAMPLES_PER_EPOCH,
        "nb_epoch": "epochs",
        "nb_val_samples": NB_VAL_SAMPLES,
        "show_accuracy": SHOW_ACCURACY,
        **WORKERS,
    },
    **rows(
        "models.Model.evaluate_generator models.Model.predict_generator",
        {"val_samples": VAL_SAMPLES, **WORKERS},
    ),
    "models.Model.save": SAVING,
    "models.save_model": SAVING,
    "models.load_model": {"options": NO_OPTIONS["options"]},
    "models.Model.save_weights": {"save_format": SAVE_FORMAT, "options": NO_OPTIONS["options"]},
    "models.Model.load_weights": {
        "options": NO_OPTIONS["options"],
        "reshape": Gone("give the weights their shape with numpy, and model.set_weights.", NOTHING),
    },
}

# ------------------------------------------------------------------------------- data and the functions

IMAGE: Table = {"dim_ordering": DATA_FORMAT}
AXES: Table = {"row_index": "row_axis", "col_index": "col_axis", "channel_index": "channel_axis"}
WORDS: Table = {"nb_words": "num_words"}
NO_TEST_SPLIT = Gone("the parts are fixed: load_data gives (train), (test).", (None,))
SHAPES: Table = dict.fromkeys(
    ("image_shape", "filter_shape", "volume_shape"), Gone("shapes are found by themselves.", None)
)
DATA: dict[str, Table] = {
    "utils.to_categorical": {"y": "x", "nb_classes": "num_classes"},
    "utils.normalize": {"a": "x"},
    **rows("utils.img_to_array utils.array_to_img utils.save_img", IMAGE),
    "utils.load_img": {
        "grayscale": Changed(
            "color_mode",
            lambda value: "grayscale" if value else "rgb",
            {"True": "'grayscale'", "False": "'rgb'"},
        )
    },
    "preprocessing.image.ImageDataGenerator": IMAGE,
    **rows(
        "preprocessing.image.ImageDataGenerator.flow preprocessing.image.ImageDataGenerator.fit",
        {"X": "x"},
    ),
    **rows(
        " ".join(
            f"preprocessing.image.random_{name}" for name in ("rotation", "shift", "shear", "zoom")
        ),
        AXES,
    ),
    "preprocessing.text.Tokenizer": WORDS,
    **rows(
        "preprocessing.text.text_to_word_sequence preprocessing.text.one_hot", {"text": "input_text"}
    ),
    "datasets.imdb.load_data": {**WORDS, "test_split": NO_TEST_SPLIT},
    "datasets.reuters.load_data": WORDS,
    "backend.random_normal": {"std": "stddev"},
    **rows("backend.conv2d backend.conv3d", BORDER, FORMAT, SHAPES),
    **rows("backend.pool2d backend.pool3d", BORDER, FORMAT),
    **rows(
        "backend.resize_images backend.resize_volumes backend.spatial_2d_padding "
        "backend.spatial_3d_padding",
        FORMAT,
    ),
}

#: By what takes them, old arguments and today's.
ARGUMENTS: dict[str, Table] = {**LAYERS, **NOUNS, **CALLBACKS, **MODELS, **DATA}

#: What could be left out, and its default of that time.
DEFAULTS: dict[str, dict[str, Any]] = {
    "layers.AveragePooling1D": {"pool_size": 2},
    "layers.AveragePooling2D": {"pool_size": (2, 2)},
    "layers.AveragePooling3D": {"pool_size": (2, 2, 2)},
}

# ------------------------------------------------------------------------------------ arguments by place


def _sizes(count: int) -> Any:
    """Tells Keras 1's (filters, one number for each axis): numbers, and an old word beside them."""

    def told(args: tuple[Any, ...], words: frozenset[str]) -> bool:
        numbers = len(args) > count and all(isinstance(each, int) for each in args[: count + 1])
        return numbers and bool(words - {"weights"})

    return told


SQUARE = "filters, (rows, columns)"
_AFTER = ("init", "activation", "weights", "border_mode", "subsample", "dim_ordering")
_GENERATOR = (
    *("generator", "samples_per_epoch", "nb_epoch", "verbose", "callbacks", "validation_data"),
    *("nb_val_samples", "class_weight", "max_q_size", "nb_worker", "pickle_safe", "initial_epoch"),
)


def _with_old_words(args: tuple[Any, ...], words: frozenset[str]) -> bool:
    return len(args) > 1 and bool(words)


def _is_list_of_metrics(args: tuple[Any, ...], words: frozenset[str]) -> bool:
    if len(args) < 3 or args[2] is None:
        return False
    leaves = list(args[2].values()) if isinstance(args[2], dict) else args[2]
    leaves = leaves if isinstance(leaves, (list, tuple)) else [leaves]
    return any(not isinstance(each, (int, float)) for each in leaves)


#: Where arguments were in another order, and how that is told.
PLACES: dict[str, Places] = {
    "layers.Conv2D": Places(SQUARE, ("nb_filter", "nb_row", "nb_col", *_AFTER), _sizes(2)),
    "layers.Conv2DTranspose": Places(
        SQUARE, ("nb_filter", "nb_row", "nb_col", "output_shape", *_AFTER), _sizes(2)
    ),
    "layers.LocallyConnected2D": Places(SQUARE, ("nb_filter", "nb_row", "nb_col", *_AFTER), _sizes(2)),
    "layers.SeparableConv2D": Places(SQUARE, ("nb_filter", "nb_row", "nb_col", *_AFTER), _sizes(2)),
    "layers.ConvLSTM2D": Places(SQUARE, ("nb_filter", "nb_row", "nb_col", "init"), _sizes(2)),
    "layers.Conv3D": Places("filters, (depth, rows, columns)", ("nb_filter", *CUBE, *_AFTER), _sizes(3)),
    "layers.Dense": Places(
        "units, kernel_initializer=...",
        ("output_dim", "init", "activation", "weights"),
        lambda args, words: len(args) > 1 and isinstance(args[1], str) and args[1] in INITIALIZER_WORDS,
    ),
    "layers.Layer.add_weight": Places(
        "name=..., shape=...",
        ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint"),
        lambda args, words: bool(args) and isinstance(args[0], str),
    ),
    "models.Model.compile": Places(
        "optimizer, loss, metrics=[...]",
        ("optimizer", "loss", "metrics", "loss_weights"),
        _is_list_of_metrics,
    ),
    "models.Model.fit_generator": Places("generator, steps_per_epoch=...", _GENERATOR, _with_old_words),
    **{
        f"models.Model.{verb}_generator": Places(
            "generator, steps=...",
            ("generator", "val_samples", "max_q_size", "nb_worker", "pickle_safe"),
            _with_old_words,
        )
        for verb in ("evaluate", "predict")
    },
}
