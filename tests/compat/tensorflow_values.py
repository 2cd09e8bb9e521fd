"""What functions of the stand-in for TensorFlow give: values from NumPy, SciPy, or worked by hand."""

import numpy as np
import scipy.fft
import scipy.linalg
import scipy.signal
import scipy.special

import cornu.compat.tensorflow as tf

RNG = np.random.RandomState(0)
A = RNG.randn(3, 4).astype("float32")
B = RNG.rand(3, 4).astype("float32") + 0.5
SQUARE = (A @ A.T + np.eye(3)).astype("float32")
WHOLE = np.array([[3, 1, 2], [9, 7, 8]], "int32")


def sigmoid_crossentropy(t, x):
    p = 1 / (1 + np.exp(-x.astype("float64")))
    return -t * np.log(p) - (1 - t) * np.log(1 - p)


# What is called, and what it gives.
VALUES = {
    "abs": (lambda: tf.abs(A), abs(A)),
    "acos": (lambda: tf.acos(B - 0.6), np.arccos(B - 0.6)),
    "add_n": (lambda: tf.add_n([A, B, A]), 2 * A + B),
    "argmax": (lambda: tf.argmax(WHOLE), [1, 1, 1]),
    "argmax along": (lambda: tf.argmax(WHOLE, axis=1, output_type=tf.int32), [0, 0]),
    "argsort": (lambda: tf.argsort([3, 1, 2], direction="DESCENDING"), [0, 2, 1]),
    "atan2": (lambda: tf.math.atan2(A, B), np.arctan2(A, B)),
    "band_part": (lambda: tf.linalg.band_part(SQUARE, 0, -1), np.triu(SQUARE)),
    "bincount": (lambda: tf.math.bincount([1, 1, 3], minlength=5, maxlength=4), [0, 2, 0, 1]),
    "boolean_mask": (lambda: tf.boolean_mask(WHOLE, WHOLE[0] > 1, axis=1), WHOLE[:, [0, 2]]),
    "cast": (lambda: tf.cast([1.7, -1.7], tf.int32), [1, -1]),
    "clip_by_norm": (lambda: tf.clip_by_norm([3.0, 4.0], 1.0), [0.6, 0.8]),
    "clip_by_value": (lambda: tf.clip_by_value(A, -0.5, 0.5), A.clip(-0.5, 0.5)),
    "concat": (lambda: tf.concat([A, B], axis=-1), np.concatenate([A, B], 1)),
    "confusion": (
        lambda: tf.math.confusion_matrix([0, 1, 2], [0, 2, 2]),
        [[1, 0, 0], [0, 0, 1], [0, 0, 1]],
    ),
    "constant": (
        lambda: tf.constant([1, 2, 3, 4], dtype=tf.float32, shape=(2, 2)),
        [[1.0, 2.0], [3.0, 4.0]],
    ),
    "count_nonzero": (lambda: tf.math.count_nonzero([[0, 1], [2, 3]], axis=1), [1, 2]),
    "cumprod": (lambda: tf.math.cumprod([1, 2, 3], exclusive=True, reverse=True), [6, 3, 1]),
    "cumsum": (lambda: tf.cumsum([[1, 2], [3, 4]], axis=1), [[1, 3], [3, 7]]),
    "diag": (lambda: tf.linalg.diag([1, 2]), [[1, 0], [0, 2]]),
    "diag_part": (lambda: tf.linalg.diag_part(SQUARE), np.diag(SQUARE)),
    "digamma": (lambda: tf.math.digamma(B), scipy.special.digamma(B)),
    "divide_no_nan": (lambda: tf.math.divide_no_nan([1.0, 2.0], [0.0, 4.0]), [0.0, 0.5]),
    "einsum": (lambda: tf.einsum("ij,kj->ik", A, B), A @ B.T),
    "equal": (lambda: tf.equal([1, 2], [1, 3]), [True, False]),
    "expand_dims": (lambda: tf.expand_dims([1, 2], axis=-1), [[1], [2]]),
    "eye": (lambda: tf.eye(2, 3, batch_shape=[1]), np.eye(2, 3)[None]),
    "fill": (lambda: tf.fill([2, 2], 7), np.full((2, 2), 7)),
    "floormod": (lambda: tf.math.floormod([-7, 7], [3, -3]), [2, -2]),
    "gather": (lambda: tf.gather(WHOLE, [2, 0], axis=1), WHOLE[:, [2, 0]]),
    "gather of batches": (lambda: tf.gather(WHOLE, [[0], [2]], batch_dims=1), [[3], [8]]),
    "gather_nd": (lambda: tf.gather_nd(WHOLE, [[0, 1], [1, 0]]), [1, 9]),
    "gather_nd of rows": (lambda: tf.gather_nd(WHOLE, [[1]]), [[9, 7, 8]]),
    "histogram": (lambda: tf.histogram_fixed_width([0.1, 0.6, 2.0], [0.0, 1.0], nbins=2), [1, 2]),
    "l2_normalize": (lambda: tf.math.l2_normalize([3.0, 4.0]), [0.6, 0.8]),
    "lgamma": (lambda: tf.math.lgamma(B), scipy.special.gammaln(B)),
    "linspace": (lambda: tf.linspace(0.0, 1.0, 5), np.linspace(0, 1, 5)),
    "log": (lambda: tf.math.log(B), np.log(B)),
    "logical": (lambda: tf.logical_and([True, True], tf.logical_not([True, False])), [False, True]),
    "lstsq": (lambda: tf.linalg.lstsq(A.T, B.T), np.linalg.lstsq(A.T, B.T, rcond=None)[0]),
    "matmul": (lambda: tf.matmul(A, B, transpose_a=True), A.T @ B),
    "matvec": (lambda: tf.linalg.matvec(A, B[0]), A @ B[0]),
    "meshgrid": (lambda: tf.meshgrid([1, 2], [3, 4], indexing="ij")[0], [[1, 1], [2, 2]]),
    "norm": (lambda: tf.norm(A), np.linalg.norm(A)),
    "norm of rows": (lambda: tf.norm(A, ord=1, axis=1), abs(A).sum(1)),
    "one_hot": (lambda: tf.one_hot([0, 2, -1], 3), [[1, 0, 0], [0, 0, 1], [0, 0, 0]]),
    "one_hot of numbers": (
        lambda: tf.one_hot([1], 2, on_value=5, off_value=-1, dtype=tf.int32),
        [[-1, 5]],
    ),
    "ones_like": (lambda: tf.ones_like(WHOLE), np.ones((2, 3))),
    "pad": (lambda: tf.pad([[1, 2]], [[1, 0], [0, 1]], constant_values=9), [[9, 9, 9], [1, 2, 9]]),
    "pad reflect": (lambda: tf.pad([1, 2, 3], [[2, 1]], "REFLECT"), [3, 2, 1, 2, 3, 2]),
    "pinv": (lambda: tf.linalg.pinv(A), np.linalg.pinv(A)),
    "polyval": (lambda: tf.math.polyval([2.0, 0.0, 1.0], tf.constant([1.0, 2.0])), [3.0, 9.0]),
    "pow": (lambda: tf.pow(B, 2.0), B**2),
    "range": (lambda: tf.range(3, 10, 2), [3, 5, 7, 9]),
    "reduce_all": (lambda: tf.reduce_all([[True, False], [True, True]], axis=1), [False, True]),
    "reduce_logsumexp": (lambda: tf.reduce_logsumexp(A, 1), scipy.special.logsumexp(A, 1)),
    "reduce_mean": (lambda: tf.reduce_mean(A, axis=0, keepdims=True), A.mean(0, keepdims=True)),
    "reduce_mean of whole numbers": (lambda: tf.reduce_mean([1, 2]), 1),
    "reduce_std": (lambda: tf.math.reduce_std(A, axis=1), A.std(1)),
    "reduce_sum": (lambda: tf.reduce_sum(A, [0, 1]), A.sum()),
    "repeat": (lambda: tf.repeat([1, 2], [2, 1], axis=0), [1, 1, 2]),
    "reshape": (lambda: tf.reshape(A, [-1, 2]), A.reshape(-1, 2)),
    "reverse": (lambda: tf.reverse([1, 2, 3], axis=[0]), [3, 2, 1]),
    "roll": (lambda: tf.roll([1, 2, 3], shift=1, axis=0), [3, 1, 2]),
    "round": (lambda: tf.round([0.5, 1.5, -0.5]), [0.0, 2.0, -0.0]),
    "scatter_nd": (lambda: tf.scatter_nd([[1], [1]], [3, 4], [3]), [0, 7, 0]),
    "searchsorted": (lambda: tf.searchsorted([[1, 3], [2, 4]], [[2], [9]]), [[1], [2]]),
    "segment_mean": (lambda: tf.math.segment_mean([1.0, 3.0, 5.0], [0, 0, 1]), [2.0, 5.0]),
    "sequence_mask": (lambda: tf.sequence_mask([1, 3]), [[True, False, False], [True] * 3]),
    "sign": (lambda: tf.sign([-2.0, 0.0, 5.0]), [-1, 0, 1]),
    "slice": (lambda: tf.slice(WHOLE, [0, 1], [2, 1]), [[1], [7]]),
    "solve": (lambda: tf.linalg.solve(SQUARE, A), np.linalg.solve(SQUARE, A)),
    "sort": (lambda: tf.sort(WHOLE, axis=-1, direction="DESCENDING"), [[3, 2, 1], [9, 8, 7]]),
    "split": (lambda: tf.split(WHOLE, [1, -1], axis=1)[1], WHOLE[:, 1:]),
    "squared_difference": (lambda: tf.math.squared_difference(A, B), (A - B) ** 2),
    "squeeze": (lambda: tf.squeeze([[[1], [2]]]), [1, 2]),
    "stack": (lambda: tf.stack([[1, 2], [3, 4]], axis=1), [[1, 3], [2, 4]]),
    "tensor_scatter": (lambda: tf.tensor_scatter_nd_update([1, 2, 3], [[0]], [9]), [9, 2, 3]),
    "tensordot": (lambda: tf.tensordot(A, B, axes=[[0, 1], [0, 1]]), (A * B).sum()),
    "tile": (lambda: tf.tile([[1, 2]], [2, 2]), [[1, 2, 1, 2]] * 2),
    "top_k": (lambda: tf.math.top_k([1, 5, 3], k=2)[1], [1, 2]),
    "trace": (lambda: tf.linalg.trace([[[1, 2], [3, 4]]]), [5]),
    "transpose": (lambda: tf.transpose(A), A.T),
    "transpose perm": (lambda: tf.transpose(A[None], perm=[2, 0, 1]), A[None].transpose(2, 0, 1)),
    "triangular": (
        lambda: tf.linalg.triangular_solve(np.tril(SQUARE), A),
        scipy.linalg.solve_triangular(np.tril(SQUARE), A, lower=True),
    ),
    "unique": (lambda: tf.unique([4, 1, 4, 2]).y, [4, 1, 2]),
    "unique idx": (lambda: tf.unique([4, 1, 4, 2]).idx, [0, 1, 0, 2]),
    "unique counts": (lambda: tf.unique_with_counts([4, 1, 4, 2]).count, [2, 1, 1]),
    "unsorted_segment_sum": (lambda: tf.math.unsorted_segment_sum([1, 2, 3], [2, 0, 2], 3), [2, 0, 4]),
    "unstack": (lambda: tf.unstack(WHOLE, axis=0)[1], WHOLE[1]),
    "where": (lambda: tf.where(A > 0, A, 0.0), np.maximum(A, 0)),
    "where it is true": (lambda: tf.where([[True, False], [True, True]]), [[0, 0], [1, 0], [1, 1]]),
    "xlogy": (lambda: tf.math.xlogy([0.0, 2.0], [0.0, 3.0]), [0.0, 2 * np.log(3)]),
    "zero_fraction": (lambda: tf.math.zero_fraction([0.0, 1.0, 0.0, 2.0]), 0.5),
    "nn.avg_pool2d": (
        lambda: tf.nn.avg_pool2d(A.reshape(1, 3, 4, 1), 2, [1, 1, 2, 1], "VALID"),
        np.array([[A[i : i + 2, j : j + 2].mean() for j in (0, 2)] for i in (0, 1)])[None, ..., None],
    ),
    "nn.batch_normalization": (lambda: tf.nn.batch_normalization(A, 1.0, 4.0, 0.5, 2.0, 0.0), A - 0.5),
    "nn.bias_add": (lambda: tf.nn.bias_add(A, [1.0, 2.0, 3.0, 4.0]), A + np.arange(1, 5)),
    "nn.conv2d": (
        lambda: tf.nn.conv2d(
            A.reshape(1, 3, 4, 1), B[:2, :2].reshape(2, 2, 1, 1), strides=1, padding="VALID"
        ),
        scipy.signal.correlate2d(A, B[:2, :2], "valid")[None, ..., None],
    ),
    "nn.conv2d padded": (
        lambda: tf.nn.conv2d(
            A.reshape(1, 3, 4, 1),
            B[:2, :2].reshape(2, 2, 1, 1),
            [1, 1, 1, 1],
            [[0, 0], [1, 1], [1, 1], [0, 0]],
        ),
        scipy.signal.correlate2d(A, B[:2, :2], "full")[None, ..., None],
    ),
    "nn.conv2d_transpose": (
        lambda: tf.nn.conv2d_transpose(
            A.reshape(1, 3, 4, 1), B[:2, :2].reshape(2, 2, 1, 1), (1, 4, 5, 1), 1, "VALID"
        ),
        scipy.signal.convolve2d(A, B[:2, :2])[None, ..., None],
    ),
    "nn.crelu": (lambda: tf.nn.crelu([1.0, -2.0]), [1, 0, 0, 2]),
    "nn.embedding": (lambda: tf.nn.embedding_lookup(A, [2, 0], max_norm=None), A[[2, 0]]),
    "nn.embedding clipped": (
        lambda: tf.nn.embedding_lookup([[3.0, 4.0]], [0], max_norm=1.0),
        [[0.6, 0.8]],
    ),
    "nn.l2_loss": (lambda: tf.nn.l2_loss(A), (A**2).sum() / 2),
    "nn.leaky_relu": (lambda: tf.nn.leaky_relu([-10.0, 1.0], alpha=0.1), [-1, 1]),
    "nn.max_pool2d": (
        lambda: tf.nn.max_pool2d(A.reshape(1, 3, 4, 1), ksize=2, strides=2, padding="SAME")[0, ..., 0],
        [[A[:2, :2].max(), A[:2, 2:].max()], [A[2:, :2].max(), A[2:, 2:].max()]],
    ),
    "nn.moments": (lambda: tf.nn.moments(A, axes=[0])[1], A.var(0)),
    "nn.lrn": (lambda: tf.nn.local_response_normalization([[3.0, 4.0]], 0, 0.0, 1.0, 0.5), [[1.0, 1.0]]),
    "nn.sigmoid_crossentropy": (
        lambda: tf.nn.sigmoid_cross_entropy_with_logits(labels=B - 0.5, logits=A),
        sigmoid_crossentropy(B - 0.5, A),
    ),
    "nn.weighted_crossentropy": (
        lambda: tf.nn.weighted_cross_entropy_with_logits(np.ones((3, 4)), A, pos_weight=3.0),
        3 * sigmoid_crossentropy(np.ones((3, 4)), A),
    ),
    "nn.silu": (lambda: tf.nn.silu(A, beta=2.0), A * scipy.special.expit(2 * A)),
    "nn.softmax": (lambda: tf.nn.softmax(A, axis=0), scipy.special.softmax(A, 0)),
    "nn.softmax_crossentropy": (
        lambda: tf.nn.softmax_cross_entropy_with_logits(labels=np.eye(4)[:3], logits=A),
        -np.diag(scipy.special.log_softmax(A, 1)),
    ),
    "nn.sparse_crossentropy": (
        lambda: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 1, 2], logits=A),
        -np.diag(scipy.special.log_softmax(A, 1)),
    ),
    "signal.dct": (lambda: tf.signal.dct(A, norm="ortho"), scipy.fft.dct(A, norm="ortho")),
    "signal.fft": (lambda: tf.signal.fft(tf.complex(A, B)), np.fft.fft(A + 1j * B)),
    "signal.frame": (lambda: tf.signal.frame([1, 2, 3], 2, 2, pad_end=True), [[1, 2], [3, 0]]),
    "signal.hann": (lambda: tf.signal.hann_window(8), scipy.signal.get_window("hann", 8)),
    "signal.irfft": (lambda: tf.signal.irfft(tf.signal.rfft(A)), A),
    "signal.overlap": (lambda: tf.signal.overlap_and_add([[1, 2], [3, 4]], 1), [1, 5, 4]),
    "signal.stft": (
        lambda: tf.signal.stft(A.ravel(), 4, 2),
        np.stack(
            [
                np.fft.rfft(A.ravel()[i : i + 4] * scipy.signal.get_window("hann", 4))
                for i in range(0, 9, 2)
            ]
        ),
    ),
    "image.adjust_contrast": (
        lambda: tf.image.adjust_contrast(B[..., None], 2.0),
        (2 * B - B.mean())[..., None],
    ),
    "image.central_crop": (
        lambda: tf.image.central_crop(np.arange(16).reshape(4, 4, 1), 0.5),
        [[[5], [6]], [[9], [10]]],
    ),
    "image.convert down": (lambda: tf.image.convert_image_dtype([0.0, 1.0], tf.uint8), [0, 255]),
    "image.flip": (lambda: tf.image.flip_left_right(WHOLE[..., None])[..., 0], WHOLE[:, ::-1]),
    "image.gray": (
        lambda: tf.image.rgb_to_grayscale(np.array([[[1.0, 0.5, 0.25]]], "float32")),
        [[[0.2989 + 0.2935 + 0.0285]]],
    ),
    "image.pad": (
        lambda: tf.image.pad_to_bounding_box(np.ones((1, 1, 1)), 1, 0, 2, 2)[..., 0],
        [[0, 0], [1, 0]],
    ),
    "image.resize": (lambda: tf.image.resize([[[0.0], [2.0]]], [1, 4])[0, :, 0], [0.0, 0.5, 1.5, 2.0]),
    "image.resize nearest": (
        lambda: tf.image.resize(WHOLE[..., None], (4, 3), method="nearest")[:, 0, 0],
        [3, 3, 9, 9],
    ),
    "image.rot90": (lambda: tf.image.rot90(WHOLE[..., None])[..., 0], np.rot90(WHOLE)),
    "image.standard": (
        lambda: tf.image.per_image_standardization(A[..., None])[..., 0],
        (A - A.mean()) / A.std(),
    ),
    "image.crop_and_resize": (
        lambda: tf.image.crop_and_resize(WHOLE[None, ..., None], [[0.0, 0.0, 1.0, 1.0]], [0], [2, 2])[
            0, ..., 0
        ],
        [[3, 2], [9, 8]],
    ),
    "image.sobel": (
        lambda: tf.image.sobel_edges(np.arange(9.0).reshape(1, 3, 3, 1))[0, 1, 1, 0],
        [24.0, 8.0],
    ),
    "image.psnr": (lambda: tf.image.psnr(np.zeros((2, 2, 1)), np.ones((2, 2, 1)), 10.0), 20.0),
    "image.total_variation": (lambda: tf.image.total_variation([[[1.0], [4.0]]]), 3.0),
}
