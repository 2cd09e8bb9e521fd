"""Old import paths below `keras`, and the rooms of today that hold their names.

Keras 1.2, Keras 2.0 to 2.15 and the tf.keras of TensorFlow 1 and 2 had these; Keras 3 has not.
"""

from __future__ import annotations


def _below(parent: str, names: str, *rooms: str) -> dict[str, tuple[str, ...]]:
    """The modules with these names below `parent`, for the same rooms."""
    return {f"{parent}.{name}": rooms for name in names.split()}


_LAYERS = """core convolutional pooling normalization recurrent convolutional_recurrent embeddings
    advanced_activations noise local wrappers cudnn_recurrent recurrent_v2 normalization_v2
    dense_attention einsum_dense kernelized multi_head_attention rnn attention activation
    regularization reshaping preprocessing experimental experimental.preprocessing containers"""
# What TensorFlow 2.6 to 2.15 put one by one into files, below these.
_FILES = {
    "core": "activation dense dropout einsum_dense embedding flatten lambda_layer masking permute "
    "repeat_vector reshape",
    "convolutional": "conv1d conv1d_transpose conv2d conv2d_transpose conv3d conv3d_transpose "
    "depthwise_conv1d depthwise_conv2d separable_conv1d separable_conv2d",
    "pooling": "average_pooling1d average_pooling2d average_pooling3d max_pooling1d max_pooling2d "
    "max_pooling3d global_average_pooling1d global_average_pooling2d global_max_pooling1d "
    "global_max_pooling2d",
    "normalization": "batch_normalization layer_normalization unit_normalization "
    "spectral_normalization batch_normalization_v1",
    "rnn": "lstm gru simple_rnn bidirectional time_distributed stacked_rnn_cells base_rnn "
    "base_wrapper conv_lstm1d conv_lstm2d conv_lstm3d cudnn_lstm cudnn_gru",
    "attention": "attention additive_attention multi_head_attention",
    "activation": "elu leaky_relu prelu relu softmax thresholded_relu",
    "regularization": "dropout alpha_dropout gaussian_dropout gaussian_noise spatial_dropout1d "
    "spatial_dropout2d activity_regularization",
    "reshaping": "cropping1d cropping2d flatten permute repeat_vector reshape up_sampling1d "
    "up_sampling2d zero_padding1d zero_padding2d",
    "preprocessing": "image_preprocessing text_vectorization string_lookup integer_lookup "
    "normalization discretization category_encoding hashing",
}

#: The old path, and today's rooms, the likeliest first. "" is `keras` itself. A room that begins with
#: "compat." is a file of the old names that are kept.
MODULES: dict[str, tuple[str, ...]] = {
    **_below("layers", _LAYERS, "layers"),
    **{
        f"layers.{parent}.{name}": ("layers",)
        for parent, text in _FILES.items()
        for name in text.split()
    },
    "layers.merge": ("layers",),
    "layers.merging": ("layers",),
    "layers.serialization": ("layers",),
    # the engine
    "engine": ("layers", "models", "", "utils"),
    "engine.topology": ("layers", "models", "", "utils"),
    "engine.training": ("models", "utils"),
    "engine.base_layer": ("layers", ""),
    "engine.input_layer": ("layers",),
    "engine.input_spec": ("layers",),
    "engine.network": ("models", "layers", "utils"),
    "engine.functional": ("models",),
    "engine.sequential": ("models",),
    "engine.keras_tensor": ("",),
    "engine.saving": ("models", "saving"),
    "engine.merge": ("layers",),
    "models.models": ("models",),
    # what was renamed as a whole
    "objectives": ("losses",),
    "initializations": ("compat.initializations",),
    "initializers.initializers_v1": ("initializers",),
    "initializers.initializers_v2": ("initializers",),
    "initializers.initializers": ("initializers",),
    "losses.losses": ("losses",),
    "metrics.metrics": ("metrics",),
    "callbacks.experimental": ("callbacks",),
    "callbacks.callbacks": ("callbacks",),
    "callbacks_v1": ("callbacks",),
    # optimizers
    "optimizers.legacy": ("optimizers",),
    "optimizers.experimental": ("optimizers",),
    **_below(
        "optimizers",
        "adadelta_v2 adagrad_v2 adam_v2 adamax_v2 ftrl gradient_descent_v2 nadam_v2 rmsprop_v2 adam sgd "
        "rmsprop adagrad adadelta adamax nadam optimizer optimizer_v1 optimizers",
        "optimizers",
    ),
    **_below(
        "optimizers",
        "optimizer_v2 optimizer_v2.adam optimizer_v2.gradient_descent optimizer_v2.rmsprop "
        "optimizer_v2.optimizer_v2 optimizer_experimental optimizer_experimental.adam "
        "optimizer_experimental.sgd optimizer_experimental.optimizer",
        "optimizers",
    ),
    "optimizer_v1": ("optimizers",),
    "optimizer_v2": ("optimizers",),
    **_below(
        "optimizer_v2",
        "adadelta adagrad adam adamax ftrl gradient_descent nadam rmsprop optimizer_v2",
        "optimizers",
    ),
    "optimizer_v2.learning_rate_schedule": ("optimizers.schedules",),
    "optimizers.learning_rate_schedule": ("optimizers.schedules",),
    "optimizers.schedules.learning_rate_schedule": ("optimizers.schedules",),
    "optimizer_experimental": ("optimizers",),
    "experimental": ("optimizers.schedules", "models"),
    # utilities
    **_below(
        "utils",
        "generic_utils data_utils all_utils image_utils dataset_utils audio_dataset text_dataset "
        "image_dataset timeseries_dataset progbar feature_space object_registration",
        "utils",
    ),
    "utils.np_utils": ("utils", "compat.utils"),
    "utils.layer_utils": ("utils", "layers"),
    "utils.io_utils": ("utils",),
    "utils.conv_utils": ("compat.utils",),
    "utils.vis_utils": ("utils",),
    "utils.visualize_util": ("utils",),
    "utils.multi_gpu_utils": ("utils",),
    "utils.training_utils": ("utils",),
    "utils.test_utils": ("utils",),
    "utils.losses_utils": ("losses",),
    "utils.metrics_utils": ("metrics",),
    "utils.legacy": ("saving",),
    "utils.experimental": ("utils",),
    "models.experimental": ("models",),
    "wrappers.scikit_learn": ("compat.scikit_learn",),
    # preprocessing
    "preprocessing.dataset_utils": ("preprocessing", "utils"),
    "preprocessing.image_dataset": ("preprocessing",),
    "preprocessing.text_dataset": ("preprocessing",),
    "preprocessing.timeseries": ("preprocessing",),
    # the backend
    "backend.tensorflow_backend": ("backend",),
    "backend.theano_backend": ("backend",),
    "backend.cntk_backend": ("backend",),
    "backend.common": ("backend",),
    "backend_config": ("backend",),
    # saving, precision, the old of the old
    "saving.save": ("models",),
    "saving.saving_lib": ("saving",),
    "saving.saving_api": ("saving",),
    "saving.object_registration": ("saving",),
    "saving.model_config": ("models",),
    "saving.legacy": ("saving",),
    "mixed_precision.experimental": ("mixed_precision",),
    "mixed_precision.policy": ("mixed_precision",),
    "legacy": ("layers",),
    "legacy.layers": ("layers",),
    "legacy.models": ("models",),
    "legacy.saving": ("saving",),
}

#: Paths that Keras 3.15 still has, though Cornu keeps their names elsewhere: nothing is said of them.
OF_TODAY = frozenset(("legacy", "legacy.saving", "utils.legacy"))

#: What `from keras.layers.core import *` brought; other old modules bring all that their rooms have.
STARS: dict[str, str] = {
    "layers.core": "Activation ActivityRegularization Dense Dropout Flatten Lambda Masking Permute "
    "RepeatVector Reshape SpatialDropout1D SpatialDropout2D SpatialDropout3D Merge Highway "
    "MaxoutDense",
    "layers.convolutional": "Conv1D Conv2D Conv3D Conv2DTranspose SeparableConv2D Convolution1D "
    "Convolution2D Convolution3D AtrousConvolution1D AtrousConvolution2D Deconvolution2D "
    "SeparableConvolution2D UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D "
    "ZeroPadding3D Cropping1D Cropping2D Cropping3D MaxPooling1D MaxPooling2D MaxPooling3D "
    "AveragePooling1D AveragePooling2D AveragePooling3D",
    "layers.pooling": "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D "
    "AveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalAveragePooling1D "
    "GlobalAveragePooling2D",
    "layers.normalization": "BatchNormalization LayerNormalization",
    "layers.recurrent": "RNN SimpleRNN SimpleRNNCell GRU GRUCell LSTM LSTMCell StackedRNNCells",
    "layers.convolutional_recurrent": "ConvLSTM2D",
    "layers.embeddings": "Embedding",
    "layers.merge": "Add Subtract Multiply Average Maximum Minimum Concatenate Dot add subtract "
    "multiply average maximum minimum concatenate dot",
    "layers.advanced_activations": "LeakyReLU PReLU ELU ThresholdedReLU ParametricSoftplus SReLU "
    "Softmax ReLU",
    "layers.noise": "GaussianNoise GaussianDropout AlphaDropout",
    "layers.local": "LocallyConnected1D LocallyConnected2D",
    "layers.wrappers": "Wrapper TimeDistributed Bidirectional",
    "layers.cudnn_recurrent": "CuDNNGRU CuDNNLSTM",
    "engine": "Input InputLayer InputSpec Layer Model merge",
    "engine.topology": "Input InputLayer InputSpec Layer merge",
    "engine.training": "Model",
    "utils.np_utils": "to_categorical normalize probas_to_classes categorical_probas_to_classes",
    "utils.generic_utils": "Progbar CustomObjectScope custom_object_scope get_custom_objects "
    "serialize_keras_object deserialize_keras_object",
}

#: Other roots under which programs find Keras, and the one to write.
ROOTS: dict[str, str] = {
    "tensorflow.python.keras": "tensorflow.keras",
    "tensorflow.contrib.keras": "tensorflow.keras",
    "tensorflow.contrib.keras.api.keras": "tensorflow.keras",
    "tensorflow.contrib.keras.python.keras": "tensorflow.keras",
    "tensorflow.keras.api": "tensorflow.keras",
    "tensorflow_core.keras": "tensorflow.keras",
    "tensorflow_core.python.keras": "tensorflow.keras",
    "keras.api": "keras",
    "keras.api._v2.keras": "keras",
    "keras._tf_keras.keras": "keras",
    "keras.src": "keras",
}
