"""What Keras calls the functions of a graph in files: a class in one of its rooms for each."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from cornu import ops
from cornu.core.errors import NotBuiltYetError
from cornu.core.names import snake_case
from cornu.core.symbolic import FUNCTIONS, Node, is_symbolic

HOME = "keras.src.ops."
OLD_HOME = "cornu.backend"  # Keras 3 has no such functions
# The rooms of functions that are not in `numpy`.
ROOMS = {
    "nn": (
        "relu relu6 sigmoid sparse_sigmoid softplus softsign soft_shrink sparse_plus silu squareplus "
        "log_sigmoid leaky_relu hard_sigmoid hard_silu elu selu gelu celu glu tanh_shrink hard_tanh "
        "hard_shrink threshold softmax log_softmax sparsemax max_pool adaptive_max_pool average_pool "
        "adaptive_average_pool conv depthwise_conv separable_conv conv_transpose one_hot multi_hot "
        "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy moments "
        "batch_normalization layer_normalization rms_normalization normalize psnr ctc_loss ctc_decode "
        "dot_product_attention polar unfold fold depth_to_space space_to_depth"
    ),
    "math": (
        "segment_sum segment_max segment_min segment_prod top_k in_top_k logsumexp cdist "
        "extract_sequences fft fft2 ifft2 rfft irfft stft istft rsqrt erf erfc erfinv logdet "
        "view_as_complex view_as_real"
    ),
    "linalg": (
        "cholesky cholesky_inverse det eig eigh inv lu_factor norm qr solve solve_triangular svd lstsq "
        "matrix_rank pinv jvp"
    ),
    "core": (
        "map scan associative_scan scatter scatter_update slice slice_update switch while_loop "
        "stop_gradient fori_loop unstack cast saturate_cast convert_to_tensor cond vectorized_map"
    ),
    "einops": "rearrange",
    "image": (
        "rgb_to_grayscale rgb_to_hsv hsv_to_rgb resize affine_transform extract_patches "
        "map_coordinates pad_images crop_images perspective_transform gaussian_blur elastic_transform "
        "scale_and_translate sobel_edges ssim"
    ),
}
ROOM_OF = {kind: room for room, kinds in ROOMS.items() for kind in kinds.split()}
# Classes that are not spelled as the functions.
CLASSES = {
    **{
        kind: kind.upper()
        for kind in ["fft", "fft2", "ifft2", "rfft", "irfft", "stft", "istft", "svd", "jvp", "psnr"]
    },
    "ctc_loss": "CTCLoss",
    "ctc_decode": "CTCDecode",
    "cdist": "CDist",
    "allclose": "AllClose",
    "isin": "IsIn",
    "searchsorted": "SearchSorted",
    "batch_normalization": "BatchNorm",
    "layer_normalization": "LayerNorm",
    "rms_normalization": "RMSNorm",
    "rgb_to_grayscale": "RGBToGrayscale",
    "rgb_to_hsv": "RGBToHSV",
    "hsv_to_rgb": "HSVToRGB",
    "ssim": "SSIM",
}
KINDS = {cls: kind for kind, cls in CLASSES.items()}
# What Keras has elsewhere than in a room of its ops, or has no class for.
PLACES = {
    "relu_activation": ("keras.src.activations.activations", "ReLU"),
    "mish_activation": ("keras.src.activations.activations", "Mish"),
    "exponential_activation": (f"{HOME}numpy", "Exp"),
    "extract_patches_3d": (f"{HOME}image", "ExtractPatches3D"),
}
KIND_AT = {place: kind for kind, place in PLACES.items() if kind != "exponential_activation"}
# How many arguments Keras takes in the call, if not one; the others belong to the configuration.
TAKES = {
    2: (
        "add allclose append arctan2 average heaviside bitwise_and bitwise_or bitwise_xor "
        "bitwise_left_shift left_shift bitwise_right_shift right_shift cross digitize dot equal "
        "full_like gcd get_item geomspace greater greater_equal hypot isin kron lcm ldexp less "
        "less_equal linspace logaddexp logaddexp2 logical_and logical_or logspace matmul maximum fmax "
        "minimum fmin mod fmod nanpercentile nanquantile not_equal outer pad percentile quantile "
        "searchsorted take take_along_axis tensordot vdot inner subtract multiply divide divide_no_nan "
        "true_divide power nextafter floor_divide logical_xor correlate conv depthwise_conv "
        "conv_transpose binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy "
        "ctc_decode psnr rms_normalization polar "
        "affine_transform map_coordinates ssim segment_sum segment_max segment_min segment_prod "
        "in_top_k cdist solve solve_triangular lstsq map associative_scan scatter slice rearrange"
    ),
    3: (
        "arange where select separable_conv layer_normalization jvp scan scatter_update slice_update "
        "cond perspective_transform"
    ),
    4: "isclose ctc_loss scale_and_translate",
    5: "batch_normalization",
    6: "dot_product_attention",
}
COUNTS = {kind: count for count, kinds in TAKES.items() for kind in kinds.split()}

UNKNOWN = (
    'The model calls keras.ops.{kind} on symbolic tensors ("{name}"), which is not built yet. Put it '
    "into a layer of your own, and save the model with that."
)


def written(kind: str) -> tuple[str, str]:
    """The module and the class that stand for a function in a file.

    >>> written("true_divide"), written("softmax")
    (('keras.src.ops.numpy', 'TrueDivide'), ('keras.src.ops.nn', 'Softmax'))
    """
    if kind in PLACES:
        return PLACES[kind]
    if kind.startswith("K."):
        return OLD_HOME, kind
    kind = kind.removesuffix("_activation")
    cls = CLASSES.get(kind) or "".join(part.capitalize() for part in kind.split("_"))
    return HOME + ROOM_OF.get(kind, "numpy"), cls


def divided(node: Node) -> tuple[tuple[Any, ...], dict[str, Any], dict[str, Any]]:
    """The arguments of a function's call, positional and by name, and those for its configuration: the
    ones without tensors that Keras does not take in the call."""
    kind = node.operation.kind
    count = COUNTS.get(kind, 1)
    parameters = list(inspect.signature(FUNCTIONS[kind]).parameters.values())
    names = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    rest = node.args[count:]
    if len(node.args) > len(names) or is_symbolic(rest):
        rest = ()  # as in `call(*args)`
    plain = dict(zip(names[count:], rest, strict=False))
    if kind.endswith("_activation"):  # the function that stands for it in files has other defaults
        plain = {p.name: p.default for p in parameters[count:] if p.default is not p.empty} | plain
    plain |= {
        name: value
        for name, value in node.kwargs.items()
        if name not in names[:count] and not is_symbolic(value)
    }
    kwargs = {name: value for name, value in node.kwargs.items() if name not in plain}
    return node.args[: len(node.args) - len(rest)], kwargs, plain


def read(module: str, cls: str, name: str) -> str | None:
    """The function that a class in a file stands for; None if the class is no function's.

    Raises:
        NotBuiltYetError: if it is a function that is not there.
        ValueError: if it is one of Keras 2's backend, which has not been imported.
    """
    if module == OLD_HOME and cls not in FUNCTIONS:
        raise ValueError(f'The model calls {cls} ("{name}"). Import cornu.backend before loading it.')
    if module == OLD_HOME:
        return cls
    if not module.startswith(HOME) and (module, cls) not in KIND_AT:
        return None
    kind = KIND_AT.get((module, cls)) or KINDS.get(cls) or snake_case(cls)
    if kind not in FUNCTIONS:  # they are known once their rooms are imported
        getattr(ops.image if module == f"{HOME}image" else ops, kind, None)
        importlib.import_module("cornu.activations")
    for known in (kind, f"{kind}_activation"):
        if known in FUNCTIONS:
            return known
    raise NotBuiltYetError(UNKNOWN.format(kind=kind, name=name))
