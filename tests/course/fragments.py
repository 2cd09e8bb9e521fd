"""What is printed in five lecture decks, and what stands around it when it is run.

A program in `programs/` holds what is printed on slides that follow each other, as printed. What it
takes as given (data, imports, an optimizer) is in `before`; `after` prints what a test then looks at.
"""

from typing import NamedTuple

IMPORTS = """\
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Activation
from keras.optimizers import SGD
"""

SIGMOID = IMPORTS + "sigmoid = lambda z: 1 / (1 + np.exp(-z))\n"

FORWARD = """
X = np.random.RandomState(0).normal(size=(5, 2)).astype("float32")
W, b = np.array([[0.3], [0.1]]), np.array([1.0])
one = Sequential([Dense(1, activation="sigmoid", input_shape=(2,))])
one.set_weights([W, b])
np.testing.assert_allclose(one.predict(X), predict_no_hidden(X), rtol=1e-5)
two = Sequential([Dense(8, activation="sigmoid", input_shape=(2,)), Dense(1, activation="sigmoid")])
W1, b1, W2, b2 = two.get_weights()
np.testing.assert_allclose(two.predict(X), predict_hidden(X), rtol=1e-5)
print("agree")
"""

DIGITS = (
    IMPORTS
    + """
import os
with np.load(os.path.join(os.environ["CORNU_DATA"], "mnist.npz")) as mnist:
    X, y = mnist["x_train"][:3000].reshape(3000, 784) / 255, mnist["y_train"][:3000]
convertToOneHot = lambda y, classes: np.eye(classes)[y]
sgd = SGD(learning_rate=1.0, momentum=0.9)
"""
)
DIGITS_LEARNT = """
print(model.layers[0].kernel.shape, len(history.history["val_loss"]))
print("val_acc", history.history["val_acc"][-1])
"""

TENSORS = """
import keras
import numpy as np
a = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
x = keras.Variable(np.zeros((2, 3)), name="x")
value, shape, tensors = a, (3, 2), [x, x]
"""
TENSORS_ARE = """
for ours, numpy in (
    (keras.backend.reshape(x, shape), a.reshape(3, 2)),
    (keras.backend.log(x), np.log(a)),
    (keras.backend.square(x), a**2),
    (keras.backend.concatenate([x, x], axis=-1), np.concatenate([a, a], axis=-1)),
    (keras.backend.flatten(x), a.ravel()),
    (keras.backend.exp(x), np.exp(a)),
    (keras.backend.abs(-x), a),
    (keras.layers.Average()([x, 3 * x]), 2 * a),
    (keras.initializers.Ones()((2, 2)), np.ones((2, 2))),
    (keras.initializers.Zeros()((2, 2)), np.zeros((2, 2))),
    (keras.initializers.Constant(value=0)((2, 2)), np.zeros((2, 2))),
):
    np.testing.assert_allclose(ours, numpy, rtol=1e-5)
print("equal")
"""

DECAY = """
losses = model.fit(np.random.normal(size=(32, 10)), np.eye(64)[:32], epochs=5, verbose=0).history
print(float(model.optimizer.lr), sgd.momentum, sgd.nesterov, len(losses["loss"]))
import keras
w, plain = keras.Variable([0.0], name="w"), optimizers.SGD(lr=0.1, decay=0.5)
for _ in range(3):
    plain.apply([np.array([1.0])], [w])
print(round(float(w[0]), 6))
"""

BY_NAME = """
print(float(model.optimizer.learning_rate), model.optimizer.momentum)
W = model.layers[0].kernel.numpy()
print(abs(W).max() <= 0.05, abs(W.mean()) < 0.01)
x = np.random.normal(size=(32, 10)); y = np.eye(64)[np.arange(32)]
losses = model.fit(x, y, epochs=3000, verbose=0).history["loss"]
print(losses[-1] < losses[0])
"""

CLIPPED = """
import keras
w = keras.Variable([0.0, 0.0], name="w")
sgd.apply([np.array([30.0, 40.0])], [w])
print([round(float(x), 6) for x in w.numpy() / 0.01])
"""

LEARNING = (
    IMPORTS
    + """
input_tensor = np.random.normal(size=(1000, 4)); target_tensor = input_tensor.sum(axis=1)
model = Sequential([Dense(1, input_dim=4)])
"""
)
PREDICT = """\
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
model = Sequential([Dense(1, input_dim=4)])
x, predict = np.ones((1000, 4)), model.predict
"""

# The printed program takes all 50,000 reviews, two arrays of 2 GB: here as many as are asked for.
REVIEWS = """
import sys
from keras.datasets import imdb as whole
train, test, load_all = *map(int, sys.argv[1:3]), whole.load_data
def load_some(num_words):
    (x, y), (x_test, y_test) = load_all(num_words=num_words)
    return (x[:train], y[:train]), (x_test[:test], y_test[:test])
whole.load_data = load_some
"""
REVIEWS_FACTS = """
print("first", train_data[0][:5], train_labels[0])
print("largest", max([max(sequence) for sequence in train_data]))
print("review", decoded_review[:110])
print("vector", x_train[0], x_train.shape)
print("history", sorted(history_dict), len(acc), acc == acc_values, val_acc == val_acc_values)
print("learnt", acc[-1], val_acc[-1], loss[0] > loss[-1])
print("results", *results)
"""


class Fragment(NamedTuple):
    """One thing that is printed on a slide."""

    deck: str
    slide: str
    program: str  # in `programs/`; of a formula the test
    asserted: str
    before: str = ""
    after: str = ""
    words: tuple[str, ...] = ()  # after the program's name on the command line
    beside: str = ""  # a data set that lies beside the program


FRAGMENTS = (
    Fragment(
        "000",
        "GPUs love vectors: in code; A first deep network: in code",
        "000_forward_pass",
        "NumPy's forward pass is that of the network with the same weights, within 1e-5",
        SIGMOID,
        FORWARD,
    ),
    Fragment(
        "000",
        "A first run through: define, compile, fit",
        "000_first_run_through",
        "30 epochs; kernel (784, 100); `val_acc` above 0.8; also with `input_dim=784`",
        DIGITS,
        DIGITS_LEARNT,
    ),
    Fragment(
        "003",
        "Simple deep MLP with Keras; the three most common losses",
        "003_simple_deep_mlp",
        "output (None, 10), 5374 parameters; each of the three losses goes down",
        after="print(model.output_shape, model.count_params())",
    ),
    Fragment(
        "004",
        "Tensors",
        "004_tensors",
        "each function and initializer gives what NumPy gives",
        TENSORS,
        TENSORS_ARE,
    ),
    Fragment(
        "004",
        "Creating Layers: a layer",
        "004_creating_a_layer",
        "784 columns become 32",
        after="import numpy; print(layer(numpy.ones((3, 784))).shape)",
    ),
    Fragment(
        "004",
        "Creating Layers: the second infers its input",
        "004_creating_layers",
        "kernels (784, 32) and (32, 32)",
        after="print([layer.kernel.shape for layer in model.layers], model.output_shape)",
    ),
    Fragment(
        "004",
        "Usage of Optimizers: `SGD(lr=, decay=, momentum=, nesterov=)`",
        "004_usage_of_optimizers",
        "the arguments are in force; the rate is lr / (1 + decay t)",
        IMPORTS,
        DECAY,
    ),
    Fragment(
        "004",
        "Usage of Optimizers: by name",
        "004_optimizer_by_name",
        "learning rate 0.01; 'uniform' within 0.05; the loss goes down",
        IMPORTS,
        BY_NAME,
    ),
    Fragment(
        "004",
        "Usage of Optimizers: `clipnorm`",
        "004_clipping",
        "the gradient (30, 40) becomes (0.6, 0.8)",
        IMPORTS,
        CLIPPED,
    ),
    Fragment(
        "004",
        "Usage of Optimizers: `clipvalue`",
        "004_clipping_by_value",
        "the gradient (30, 40) becomes (0.5, 0.5)",
        IMPORTS,
        CLIPPED,
    ),
    Fragment(
        "004",
        "Learning Process: `compile` and `fit`",
        "004_learning_process",
        "10 epochs of 8 batches; learning rate 0.001",
        LEARNING,
        "assert abs(float(model.optimizer.lr) - 0.001) < 1e-9",
    ),
    Fragment(
        "004",
        "Learning Process: `predict`",
        "004_predict",
        "the printed arguments are taken; (1000, 1), with nothing shown",
        PREDICT,
        "print(predict(x, batch_size=None, verbose=0, steps=None, callbacks=None).shape)",
    ),
    Fragment(
        "004",
        "Pima Indians: first_mlp.py",
        "004_first_mlp",
        "150 epochs; `accuracy: 7x.xx%`, twice, between 70 and 85 (printed: about 78)",
        beside="pima-indians-diabetes.csv",
    ),
    Fragment(
        "004",
        "Pima Indians: first_mlp.py, the format of the last lines as scanned",
        "004_first_mlp_as_scanned",
        "trains, then fails by the scan's own fault, with its own traceback: one format, two values",
        beside="pima-indians-diabetes.csv",
    ),
    Fragment(
        "004",
        "Classifying Movie Reviews: all slides",
        "004_imdb",
        "the printed first words, 9999, the decoded review and vector; 20 epochs of `acc` and "
        "`val_acc`; accuracy 0.87 (printed: 0.87352)",
        REVIEWS,
        REVIEWS_FACTS,
        ("11000", "1000"),
    ),
)
BY_PROGRAM = {fragment.program: fragment for fragment in FRAGMENTS}

# What is worked out with pencil and paper, or told in words: each by a test of its own.
FORMULAS = (
    Fragment("000", "Exercise: Part 1", "test_deck_000_the_banknote_is_probably_a_fake", "p = 0.8205"),
    Fragment(
        "000",
        "Separation curve",
        "test_deck_000_the_separation_curve_is_where_p_is_one_half",
        "p = 0.5 on x2 = -2 - 4 x1",
    ),
    Fragment(
        "000",
        "2 linear layers can be replaced by 1",
        "test_deck_000_two_linear_layers_are_one",
        "(x W) U = x (W U)",
    ),
    Fragment(
        "000",
        "Recap: Matrix Multiplication",
        "test_deck_000_the_matrix_product",
        "the printed product, but for one number that is wrong there",
    ),
    Fragment(
        "000",
        "NLL Loss for probabilistic binary classification",
        "test_decks_000_002_and_004_crossentropy_is_the_mean_negative_log_likelihood",
        "binary_crossentropy is the printed formula (deck 004 prints it without its minus)",
    ),
    Fragment(
        "001",
        "Multi-class classification",
        "test_decks_001_and_004_print_softmax_with_the_wrong_sign",
        "exp(-z), as printed, makes the largest input the least likely",
    ),
    Fragment(
        "002",
        "Loss functions: MSE",
        "test_deck_002_mse_is_the_mean_of_squared_differences",
        "the printed formula",
    ),
    Fragment(
        "002",
        "Backward Pass",
        "test_deck_002_the_backward_pass_by_the_chain_rule",
        "the gradient is the printed product of three derivatives; w1(new) = w1(old) - alpha dJ/dw1",
    ),
    Fragment(
        "002",
        "Initialisation matters!",
        "test_deck_002_glorot_and_he_draw_with_the_variances_of_the_slide",
        "variances 1/n and 2/n, means 0, biases 0",
    ),
    Fragment(
        "002",
        "Optimiser: the learning backbone",
        "test_deck_002_each_optimiser_of_the_comparison_goes_down",
        "each optimiser with the rate of the slide",
    ),
    Fragment(
        "002",
        "Decision Layers",
        "test_deck_002_softmax_of_the_four_classes",
        "the horse wins; the printed numbers are no softmax",
    ),
    Fragment(
        "003",
        "Simple gradient descent",
        "test_deck_003_simple_gradient_descent_on_the_slope_of_a_line",
        "five updates by hand are five steps of SGD",
    ),
    Fragment(
        "003", "Two input values", "test_deck_003_two_input_values", "0.90 and 0.17; the output 0.76"
    ),
    Fragment(
        "003",
        "Activation: ReLU",
        "test_decks_003_and_004_relu_is_max_of_0_and_x",
        "max(0, x)",
    ),
    Fragment(
        "003",
        "The three most common loss functions",
        "test_deck_003_the_three_most_common_losses_train_it",
        "the loss goes down with each",
    ),
    Fragment(
        "003",
        "Batch and epoch",
        "test_deck_003_200_samples_in_batches_of_5_are_40_updates_an_epoch_and_40000_in_1000",
        "40 updates in an epoch, 40,000 in 1000",
    ),
    Fragment(
        "004",
        "Unit Step Function",
        "test_deck_004_the_perceptron_with_the_unit_step",
        "1 from the threshold on, -1 below it",
    ),
    Fragment(
        "004",
        "Sigmoid; Sigmoid Expression",
        "test_deck_004_the_derivative_of_the_sigmoid_is_sigma_times_one_minus_sigma",
        "sigma' = sigma (1 - sigma)",
    ),
    Fragment(
        "004",
        "Activation functions: Leaky ReLU",
        "test_deck_004_leaky_relu_is_printed_with_the_wrong_sign",
        "-max(0, -alpha x) + max(0, x)",
    ),
    Fragment(
        "004",
        "AND, OR and XNOR",
        "test_deck_004_logical_functions",
        "the truth tables, within 1e-4",
    ),
    Fragment(
        "004",
        "AND and OR: the sums inside",
        "test_deck_004_the_sums_inside_and_and_or",
        "-30, -10, -10, 10 and -10, 10, 10, 30",
    ),
    Fragment("004", "NOT function", "test_deck_004_not", "the truth table, within 1e-4"),
    Fragment(
        "004",
        "The sigmoid at 4.6",
        "test_deck_004_the_sigmoid_is_one_percent_from_its_ends_at_4_6",
        "0.01 and 0.99, within 1e-4",
    ),
    Fragment(
        "004",
        "L1, L2 Loss Functions",
        "test_deck_004_l1_and_l2_are_sums_over_the_samples",
        "n times the mean losses; an outlier counts more in L2",
    ),
    Fragment(
        "004",
        "Softmax Classification: two classes",
        "test_deck_004_softmax_of_two_classes_is_the_logistic_function",
        "the logistic function",
    ),
    Fragment(
        "004",
        "Derivatives, Simple Rules",
        "test_deck_004_derivatives_by_simple_rules",
        "all seven printed rules",
    ),
    Fragment(
        "004",
        "Backpropagation, Computational Graph; Patterns in Backward flow",
        "test_deck_004_the_computational_graph",
        "f = -2; the gradients -3, 2, 1; sums pass on, maxima choose, branches add",
    ),
)
# Slides whose code is a picture, or none: nothing in the text to run.
WITHOUT_CODE = (
    ("000", "Evaluate the network; Make Predictions; Exercise 01_simple_forward_pass"),
    ("001", "TensorFlow in practice, and all others"),
    ("002", "Forward Pass; Exercise 3"),
    ("003", "Compiling the Model"),
    ("004", "Gradients for vectorized code; Installing Keras (commands of a shell)"),
)


def script(program: str, text: str, after: str | None = None) -> str:
    """A printed program between what it takes as given and a check."""
    fragment = BY_PROGRAM[program]
    return f"{fragment.before}\n{text}\n{fragment.after if after is None else after}\n"
