"""What Keras calls the functions of a graph in files: a class in one of its rooms for each."""

from __future__ import annotations

import importlib

from cornu.core.errors import NotBuiltYetError
from cornu.core.names import snake_case
from cornu.core.symbolic import FUNCTIONS

HOME = "keras.src.ops."
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
}
KINDS = {cls: kind for kind, cls in CLASSES.items()}

UNKNOWN = (
    'The model calls keras.ops.{kind} on symbolic tensors ("{name}"), which is not built yet. Put it '
    "into a layer of your own, and save the model with that."
)


def written(kind: str) -> tuple[str, str]:
    """The module and the class that stand for a function in a file.

    >>> written("true_divide"), written("softmax")
    (('keras.src.ops.numpy', 'TrueDivide'), ('keras.src.ops.nn', 'Softmax'))
    """
    kind = kind.removesuffix("_activation")  # of `cornu.activations`, for which files have no other word
    cls = CLASSES.get(kind) or "".join(part.capitalize() for part in kind.split("_"))
    return HOME + ROOM_OF.get(kind, "numpy"), cls


def read(module: str, cls: str, name: str) -> str | None:
    """The function that a class in a file stands for; None if the class is no function's.

    Raises:
        NotBuiltYetError: if it is a function that is not there.
    """
    if not module.startswith(HOME):
        return None
    kind = KINDS.get(cls) or snake_case(cls)
    if kind not in FUNCTIONS:
        importlib.import_module("cornu.ops")  # whose functions are known once it is imported
    if kind not in FUNCTIONS:
        raise NotBuiltYetError(UNKNOWN.format(kind=kind, name=name))
    return kind
