"""Layers: the functions with weights that networks are made of.

A family is imported when one of its layers is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

from cornu.core import engine

engine.start()  # before a family imports JAX

# The public names of each family, and aliases from earlier times.
_FAMILIES = {
    "layer": ("Layer",),
    "input_spec": ("InputSpec",),
    "input_layer": ("Input", "InputLayer"),
    "core": ("Dense", "Flatten", "Identity", "Lambda"),
    "activation.activation": ("Activation", "Softmax"),
    "activation.rectifiers": ("ELU", "LeakyReLU", "ReLU"),
    "activation.prelu": ("PReLU",),
    "regularization.dropout": ("Dropout",),
    "regularization.alpha_dropout": ("AlphaDropout",),
    "regularization.spatial_dropout": ("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    "regularization.gaussian_noise": ("GaussianDropout", "GaussianNoise"),
    "regularization.activity_regularization": ("ActivityRegularization",),
    "convolutional.convolution": ("Conv1D", "Conv2D", "Conv3D"),
    "convolutional.depthwise_convolution": ("DepthwiseConv1D", "DepthwiseConv2D"),
    "convolutional.separable_convolution": ("SeparableConv1D", "SeparableConv2D"),
    "convolutional.transposed_convolution": ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
    "pooling.max_pooling": ("MaxPooling1D", "MaxPooling2D", "MaxPooling3D"),
    "pooling.average_pooling": ("AveragePooling1D", "AveragePooling2D", "AveragePooling3D"),
    "pooling.global_pooling": (
        *("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D"),
        *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D"),
    ),
    "pooling.adaptive_pooling": (
        *("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D"),
        *("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D"),
    ),
    "normalization.layer_normalization": ("LayerNormalization",),
    "normalization.group_normalization": ("GroupNormalization",),
    "normalization.length_normalization": ("RMSNormalization", "UnitNormalization"),
    "normalization.spectral_normalization": ("SpectralNormalization",),
    "normalization.batch_normalization": ("BatchNormalization",),
    "recurrent.rnn": ("RNN",),
    "recurrent.simple_rnn": ("SimpleRNN",),
    "recurrent.lstm": ("CuDNNLSTM", "LSTM"),
    "recurrent.gru": ("CuDNNGRU", "GRU"),
    "recurrent.simple_rnn_cell": ("SimpleRNNCell",),
    "recurrent.lstm_cell": ("LSTMCell",),
    "recurrent.gru_cell": ("GRUCell",),
    "recurrent.cell_stack": ("StackedRNNCells",),
    "recurrent.conv_lstm": ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"),
    "recurrent.wrappers": ("TimeDistributed", "Wrapper"),
    "recurrent.bidirectional": ("Bidirectional",),
    "embedding": ("Embedding",),
    "reversible_embedding": ("ReversibleEmbedding",),
    "masking": ("Masking",),
    "attention.attention": ("AdditiveAttention", "Attention"),
    "attention.multi_head_attention": ("MultiHeadAttention",),
    "attention.group_query_attention": ("GroupQueryAttention",),
    "einsum_dense": ("EinsumDense",),
    "reshaping.reshaping": ("Permute", "RepeatVector", "Reshape"),
    "reshaping.padding": ("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"),
    "reshaping.cropping": ("Cropping1D", "Cropping2D", "Cropping3D"),
    "reshaping.upsampling": ("UpSampling1D", "UpSampling2D", "UpSampling3D"),
    "merging.arithmetic": (
        "Add",
        "Average",
        "Multiply",
        "Subtract",
        "add",
        "average",
        "multiply",
        "subtract",
    ),
    "merging.extremes": ("Maximum", "Minimum", "maximum", "minimum"),
    "merging.joining": ("Concatenate", "Dot", "concatenate", "dot"),
    "jax_layer": ("JaxLayer",),
    "flax_layer": ("FlaxLayer",),
    "preprocessing.mel_spectrogram": ("MelSpectrogram",),
    "preprocessing.stft_spectrogram": ("STFTSpectrogram",),
    "preprocessing.boxes": ("MaxNumBoundingBoxes",),
    "preprocessing.brightness": ("RandomBrightness", "RandomContrast"),
    "preprocessing.hue": ("RandomHue", "RandomSaturation"),
    "preprocessing.grayscale": ("RandomColorDegeneration", "RandomGrayscale"),
    "preprocessing.sharpness": ("RandomGaussianBlur", "RandomSharpness"),
    "preprocessing.tones": ("RandomInvert", "RandomPosterization"),
    "preprocessing.color_jitter": ("RandomColorJitter",),
    "preprocessing.contrast": ("AutoContrast", "Equalization"),
    "preprocessing.adaptive_contrast": ("ContrastLimitedAdaptiveHistogramEqualization",),
    "preprocessing.solarization": ("Solarization",),
    "preprocessing.discretization": ("Discretization",),
    "preprocessing.encoding": ("CategoryEncoding",),
    "preprocessing.rotation": ("RandomRotation",),
    "preprocessing.translation": ("RandomTranslation",),
    "preprocessing.zoom": ("RandomZoom",),
    "preprocessing.shear": ("RandomShear",),
    "preprocessing.perspective": ("RandomPerspective",),
    "preprocessing.elastic": ("RandomElasticTransform",),
    "preprocessing.hashing": ("HashedCrossing", "Hashing"),
    "preprocessing.resizing": ("Resizing",),
    "preprocessing.crop": ("CenterCrop", "RandomCrop"),
    "preprocessing.flip": ("RandomFlip",),
    "preprocessing.string_lookup": ("StringLookup",),
    "preprocessing.integer_lookup": ("IntegerLookup",),
    "preprocessing.mixing": ("CutMix", "MixUp", "RandomErasing"),
    "preprocessing.normalization": ("Normalization", "Rescaling"),
    "preprocessing.pipeline": ("Pipeline",),
    "preprocessing.rand_augment": ("RandAugment",),
    "preprocessing.aug_mix": ("AugMix",),
    "preprocessing.text": ("TextVectorization",),
}
_ALIASES = {
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "Convolution1D": "Conv1D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2D": "Conv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3D": "Conv3D",
    "Convolution3DTranspose": "Conv3DTranspose",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "GroupedQueryAttention": "GroupQueryAttention",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
}
# Names of Keras that are left out on purpose, and what to do instead.
_LEFT_OUT = {
    "TFSMLayer": (
        "cornu.layers.TFSMLayer is left out: it runs a TensorFlow SavedModel, and Cornu has no "
        "TensorFlow to run it with. Load the original model with Keras and save it as .keras or "
        ".weights.h5, or write its computation in JAX and wrap it: "
        "cornu.layers.JaxLayer(call_fn, init_fn)."
    ),
    "TorchModuleWrapper": (
        "cornu.layers.TorchModuleWrapper is left out: it runs a PyTorch module, which JAX can neither "
        "compile nor differentiate. Write the module with Cornu's layers and copy its weights, "
        "layer.set_weights([w.detach().numpy().T, ...]), or wrap a JAX function: "
        "cornu.layers.JaxLayer(call_fn, init_fn)."
    ),
}
_HOME = {name: family for family, names in _FAMILIES.items() for name in names}

__all__ = sorted([*_HOME, *_ALIASES, "deserialize", "serialize"])


def __getattr__(name: str) -> Any:
    family = _HOME.get(_ALIASES.get(name, name))
    if family is None:
        from cornu.core.errors import did_you_mean

        text = f"cornu.layers has no {name!r} (yet). {did_you_mean(name, __all__)}"
        text = _LEFT_OUT.get(name, text)
        raise AttributeError(text, name=name, obj=object())
    value = getattr(importlib.import_module(f"cornu.layers.{family}"), _ALIASES.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def serialize(layer: Any) -> object:
    """A layer's class and configuration, as plain values.

    Example:
        >>> from cornu.layers import Dense
        >>> serialize(Dense(2))["class_name"]
        'Dense'
    """
    from cornu.core import config

    return config.serialize(layer)


def deserialize(config: object, custom_objects: object = None) -> object:
    """The layer that `serialize` described.

    Raises:
        ValueError: if it is no layer's configuration, or its class is not known.

    Args:
        config: what `serialize` gave, or the like from a file.
        custom_objects: your own classes and functions, by name.

    Example:
        >>> from cornu.layers import Dense
        >>> deserialize(serialize(Dense(2))).units
        2
    """
    from cornu.core import config as configuration
    from cornu.layers.layer import Layer

    layer = configuration.deserialize(config, custom_objects=custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(f"layers.deserialize takes the configuration of a layer, got {config!r}.")
    return layer
