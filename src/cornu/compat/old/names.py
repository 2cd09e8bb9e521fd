"""Old names of classes and functions, below `keras`: what they are today, what is kept, what is gone."""

from __future__ import annotations


def _in(room: str, pairs: str) -> dict[str, str]:
    """The rows "room.old": "room.new" of pairs written old:new."""
    split = (pair.split(":") for pair in pairs.split())
    return {f"{room}.{old}": f"{room}.{new}" for old, new in split}


def _all(room: str, names: str, value: str) -> dict[str, str]:
    """The rows "room.name": value."""
    return {f"{room}.{name}": value for name in names.split()}


#: The old name, by its room, and today's, which means the same.
NAMES: dict[str, str] = {
    **_in(
        "layers",
        "TimeDistributedDense:Dense DepthwiseConvolution1D:DepthwiseConv1D "
        "DepthwiseConvolution2D:DepthwiseConv2D AbstractRNNCell:Layer",
    ),
    "models.Container": "models.Model",
    "models.Network": "models.Model",
    "models.Functional": "models.Model",
    "models.Input": "Input",
    "models.Layer": "layers.Layer",
    "models.InputLayer": "layers.InputLayer",
    "models.model_from_config": "saving.deserialize_keras_object",
    "layers.get_source_inputs": "utils.get_source_inputs",
    **_in(
        "metrics",
        "mse:mean_squared_error MSE:mean_squared_error mae:mean_absolute_error "
        "MAE:mean_absolute_error mape:mean_absolute_percentage_error "
        "MAPE:mean_absolute_percentage_error msle:mean_squared_logarithmic_error "
        "MSLE:mean_squared_logarithmic_error kullback_leibler_divergence:kl_divergence "
        "kld:kl_divergence KLD:kl_divergence logcosh:log_cosh",
    ),
    **_all("metrics", "cosine cosine_proximity cosine_similarity", "losses.cosine_similarity"),
    "losses.ReductionV2": "losses.Reduction",
    **_in(
        "initializers",
        "normal:RandomNormal Normal:RandomNormal uniform:RandomUniform Uniform:RandomUniform "
        "one:Ones One:Ones zero:Zeros Zero:Zeros",
    ),
    **_in(
        "regularizers",
        "WeightRegularizer:L1L2 ActivityRegularizer:L1L2 activity_l1:L1 activity_l2:L2",
    ),
    **_in("constraints", "maxnorm:MaxNorm nonneg:NonNeg unitnorm:UnitNorm unit_normalization:UnitNorm"),
    **_in(
        "optimizers",
        "sgd:SGD rmsprop:RMSprop adagrad:Adagrad adadelta:Adadelta adam:Adam adamax:Adamax nadam:Nadam "
        "ftrl:Ftrl OptimizerV2:Optimizer",
    ),
    "utils.is_generator_or_sequence": "utils.PyDataset",
    "utils.layer_from_config": "layers.deserialize",
    "utils.plot": "utils.plot_model",
    "backend.get_variable_shape": "backend.int_shape",
    "mixed_precision.set_policy": "mixed_precision.set_global_policy",
}

#: Names that are kept, and the file below `cornu.compat` where each is; it says itself what it is today.
KEPT: dict[str, str] = {
    **_all("layers", "Merge", "layers.merging"),
    **_all("layers", "Highway MaxoutDense", "layers.gates"),
    **_all("layers", "ParametricSoftplus SReLU ThresholdedReLU", "layers.activations"),
    **_all("layers", "LocallyConnected1D LocallyConnected2D", "layers.local"),
    **_all("layers", "RandomFourierFeatures", "layers.fourier"),
    **_all(
        "layers",
        "Convolution1D Convolution2D Convolution3D AtrousConvolution1D AtrousConvolution2D "
        "AtrousConv1D AtrousConv2D Deconvolution2D Deconvolution3D Deconv2D Deconv3D "
        "SeparableConvolution2D",
        "layers.convolution",
    ),
    **_all("layers", "CuDNNGRU CuDNNLSTM", "layers.recurrent"),
    **_all("regularizers", "activity_l1l2 l1l2", "regularizers"),
    **_all("backend", "image_dim_ordering set_image_dim_ordering", "backend"),
}

_ENQUEUERS = (
    "Nothing has to be put in a queue: give the generator or keras.utils.PyDataset to model.fit, which "
    "reads ahead in the background (PyDataset(workers=...))."
)
_SESSION = (
    "There are no sessions and no graphs to run: K.get_value(x) gives a value, "
    "K.function(inputs, outputs) a compiled function, keras.utils.clear_session() starts names afresh."
)
_KERNELS = (
    "Kernels of Theano were stored flipped. Flip each along its spatial axes with NumPy, "
    "kernel[::-1, ::-1], and layer.set_weights([...])."
)
_METRIC = "Write {}, or a function of y_true and y_pred from keras.ops in metrics=[...]."

#: Names that Cornu has not, and what to write instead.
GONE: dict[str, str] = {
    # layers
    "layers.Recurrent": (
        "Write a cell, a layer with call(inputs, states) and state_size, and keras.layers.RNN(cell)."
    ),
    "layers.ConvRNN2D": "Write keras.layers.ConvLSTM2D, or keras.layers.RNN with a cell of your own.",
    "layers.ConvRecurrent2D": (
        "Write keras.layers.ConvLSTM2D, or keras.layers.RNN with a cell of your own."
    ),
    "layers.PeepholeLSTMCell": (
        "Write keras.layers.LSTMCell, or a cell of your own from keras.layers.Layer."
    ),
    "layers.LambdaMerge": "Write keras.layers.Lambda(function)([a, b]).",
    "layers.Siamese": "Call one layer on both inputs: shared = Dense(8); a, b = shared(x), shared(y).",
    "layers.AutoEncoder": "Write keras.Model(inputs, decoder(encoder(inputs))).",
    "layers.SyncBatchNormalization": "Write keras.layers.BatchNormalization(synchronized=True).",
    "layers.DenseFeatures": (
        "Write keras.utils.FeatureSpace, or keras.layers.Normalization and StringLookup."
    ),
    "layers.SequenceFeatures": "Write keras.utils.FeatureSpace, or the layers of preprocessing.",
    "layers.PreprocessingLayer": "Derive it from keras.layers.Layer, with a method adapt of its own.",
    "layers.CombinerPreprocessingLayer": (
        "Derive it from keras.layers.Layer, with a method adapt of its own."
    ),
    # models
    "models.Graph": (
        "Write the functional API: inputs = keras.Input(...), x = Dense(...)(inputs), "
        "keras.Model(inputs, x)."
    ),
    "models.model_from_yaml": (
        "YAML may carry code. Write model.to_json() and keras.models.model_from_json."
    ),
    **_all(
        "models",
        "LinearModel WideDeepModel",
        "Write it with the functional API: keras.layers.Dense, and keras.layers.add for the sum.",
    ),
    **_all(
        "models",
        "load_weights_from_hdf5_group load_weights_from_hdf5_group_by_name save_weights_to_hdf5_group "
        "preprocess_weights_for_loading",
        'Write model.load_weights("file.h5") (by_name=True, if so) and model.save_weights.',
    ),
    **_all(
        "models",
        "make_batches slice_X slice_arrays batch_shuffle standardize_input_data",
        "It was a part of the inside of fit. Slice with NumPy, or write a keras.utils.PyDataset.",
    ),
    "models.SharpnessAwareMinimization": "Write it as train_step of a keras.Model of your own.",
    # optimizers, schedules, metrics, callbacks
    "optimizers.TFOptimizer": (
        "Give the optimizer of keras.optimizers, or one of optax, which Cornu takes as it is."
    ),
    **_all(
        "optimizers.schedules",
        "LinearCosineDecay NoisyLinearCosineDecay",
        "Write keras.optimizers.schedules.CosineDecay, or derive your own from LearningRateSchedule.",
    ),
    **_all("metrics", "fmeasure fbeta_score", _METRIC.format("keras.metrics.F1Score or FBetaScore")),
    "metrics.precision": _METRIC.format("keras.metrics.Precision"),
    "metrics.recall": _METRIC.format("keras.metrics.Recall"),
    "metrics.matthews_correlation": _METRIC.format("keras.metrics.PearsonCorrelation"),
    "metrics.MeanRelativeError": _METRIC.format("keras.metrics.MeanAbsolutePercentageError"),
    "callbacks.BaseLogger": "Leave it out: fit takes the mean of losses and metrics over an epoch.",
    # regularizers, constraints
    "regularizers.EigenvalueRegularizer": (
        "Write a function of the weights with keras.ops and give it as kernel_regularizer."
    ),
    "constraints.RadialConstraint": (
        "Write a function of the weights with keras.ops and give it as kernel_constraint."
    ),
    # the backend
    **_all("backend", "get_session set_session", _SESSION),
    **_all("backend", "get_graph symbolic tf_function", _SESSION),
    "backend.tf": "Write, where a program needs it, import tensorflow as tf.",
    "backend.experimental": "Seeds are set by keras.utils.set_random_seed(...) alone.",
    "backend.th": "There is no Theano here. Write keras.ops.",
    # utilities
    "utils.multi_gpu_model": (
        "Leave it out: compile and fit the model itself. Several devices are not used yet."
    ),
    **_all("utils", "GeneratorEnqueuer OrderedEnqueuer SequenceEnqueuer", _ENQUEUERS),
    **_all(
        "utils",
        "convert_kernel convert_all_kernels_in_model convert_dense_weights_data_format",
        _KERNELS,
    ),
    "utils.HDF5Matrix": 'Write h5py.File("data.h5")["name"][start:end] and give that array to fit.',
    "utils.print_summary": "Write model.summary().",
    "utils.print_layer_shapes": "Write model.summary().",
    **_all(
        "utils",
        "func_dump func_load",
        "Cornu runs no code out of files. Give the function a name, "
        "decorate it with @keras.saving.register_keras_serializable(), and save its name.",
    ),
    "utils.get_from_module": "Write getattr(module, name), or keras.layers.deserialize and its kind.",
    **_all(
        "utils",
        "ask_to_proceed_with_overwrite",
        "Ask with input(), or let model.save(..., overwrite=True) write.",
    ),
    "utils.validate_file": "Write get_file(file_hash=...), which checks the file.",
    "utils.warmstart_embedding_matrix": "Copy the rows with NumPy and embedding.set_weights([matrix]).",
    "utils.SidecarEvaluator": (
        "Give validation_data to fit, or evaluate the files of ModelCheckpoint in a loop."
    ),
    "utils.DatasetCreator": "Give the dataset itself to fit.",
    "preprocessing.text.base_filter": "Write the characters: Tokenizer(filters='!?.,').",
    # whole modules
    "applications": (
        "The models of keras.applications are not built yet. Load a .keras file: "
        "keras.models.load_model."
    ),
    "estimator": "Estimators are gone from TensorFlow, too. Train the model itself: model.fit.",
    "premade": (
        "Write the model with the functional API: keras.layers.Dense, and keras.layers.add for the sum."
    ),
    "premade_models": (
        "Write the model with the functional API: keras.layers.Dense, and keras.layers.add for the sum."
    ),
    "feature_column": "Write keras.utils.FeatureSpace.",
    "legacy.interfaces": "It translated old arguments; Cornu does that by itself.",
    "saving.hdf5_format": 'Write model.save("file.h5") and keras.models.load_model.',
    "saving.saved_model": "SavedModel is a format of TensorFlow. Write model.save('file.keras').",
    "saving.saved_model_experimental": (
        "SavedModel is a format of TensorFlow. Write model.save('file.keras')."
    ),
    "dtensor": "Compile and fit the model itself. Several devices are not used yet.",
    "distribute": "Compile and fit the model itself. Several devices are not used yet.",
    "testing_utils": "Write numpy.testing.",
    "tests": "Write numpy.testing.",
    "utils.theano_utils": "There is no Theano here. Write NumPy.",
    "__internal__": (
        "It is the inside of Keras. Write the public name, from keras.layers, keras.models, ..."
    ),
}
