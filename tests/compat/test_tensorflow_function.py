"""tf.function, loops and branches: compiled where it can be, the same results everywhere."""

import numpy as np
import pytest

import cornu.compat.tensorflow as tf


@pytest.fixture
def traces():
    return []


def test_it_is_compiled_once_for_a_shape(traces):
    @tf.function
    def double(x):
        traces.append(1)
        return 2 * x

    assert [float(double(tf.constant(n))) for n in (1.0, 2.0, 3.0)] == [2.0, 4.0, 6.0]
    assert len(traces) == 1
    assert double(tf.constant([1.0, 2.0])).numpy().tolist() == [2.0, 4.0]
    assert len(traces) == 2
    assert double.__name__ == "double"
    assert double.python_function(3) == 6


def test_variables_are_read_and_assigned():
    count = tf.Variable(0.0)

    @tf.function(jit_compile=True, reduce_retracing=True)
    def add(x):
        return count.assign_add(x) * 10

    assert float(add(tf.constant(2.0))) == 20.0
    count.assign(5.0)
    assert (float(add(tf.constant(1.0))), float(count)) == (60.0, 6.0)


@pytest.mark.parametrize(
    "function, argument, wanted",
    [
        (lambda x: x if tf.reduce_sum(x) > 0 else -x, [-1.0, -2.0], [1.0, 2.0]),
        (lambda x: sum(x * i for i in range(int(x[0]))), [3.0], [9.0]),
        (lambda x: tf.boolean_mask(x, x > 1), [1.0, 2.0], [2.0]),
        (lambda x: x + float(np.asarray(x).max()), [1.0, 2.0], [3.0, 4.0]),
    ],
)
def test_what_needs_values_runs_as_python(function, argument, wanted):
    compiled = tf.function(function)
    for _ in range(2):
        assert compiled(tf.constant(argument)).numpy().tolist() == wanted


def test_a_while_loop_on_values_is_written_as_in_python():
    @tf.function
    def collatz(n):
        steps = 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        return steps

    assert [int(collatz(tf.constant(n))) for n in (1, 6, 7)] == [0, 8, 16]


def test_numbers_of_python_may_be_lengths(traces):
    @tf.function
    def power(x, n):
        traces.append(1)
        result = tf.ones_like(x)
        for _ in range(n):
            result *= x
        return result

    assert float(power(tf.constant(2.0), 3)) == 8.0
    seen = len(traces)
    assert float(power(tf.constant(3.0), 3)) == 27.0
    assert len(traces) == seen  # compiled, with the 3 in the program
    assert float(power(tf.constant(2.0), 4)) == 16.0


def test_a_method_and_a_layers_call():
    class Model(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = tf.keras.layers.Dense(1, kernel_initializer="ones")

        @tf.function
        def call(self, x):
            return self.dense(x)

        @tf.function(input_signature=[tf.TensorSpec((None, 2), tf.float32)])
        def twice(self, x):
            return 2 * self.dense(x)

    model = Model()
    assert model(np.ones((1, 2), "float32")).numpy().tolist() == [[2.0]]
    assert model.twice([[1.0, 1.0]]).numpy().tolist() == [[4.0]]
    model.compile("sgd", "mse")
    assert model.predict(np.ones((3, 2)), verbose=0).shape == (3, 1)


def test_a_signature_is_kept_to():
    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32), {"k": tf.TensorSpec([], tf.float32)}])
    def scale(x, options):
        return tf.cast(x, tf.float32) * options["k"]

    assert scale([1, 2], {"k": 2.0}).numpy().tolist() == [2.0, 4.0]
    with pytest.raises(
        ValueError, match=r'argument 0 .*"scale" should be a int32 tensor of shape \(None,\)'
    ):
        scale(tf.constant([[1, 2]]), {"k": 2.0})
    with pytest.raises(ValueError, match=r"argument 1\['k'\]"):
        scale([1], {"k": tf.constant([1.0])})
    with pytest.raises(ValueError, match="but is float32 array"):
        scale(tf.constant([1.0]), {"k": 2.0})
    with pytest.raises(TypeError, match="input_signature of 2 arguments"):
        scale([1])


def test_an_error_in_the_function_is_the_users_own():
    @tf.function
    def wrong(x):
        raise KeyError("mine")

    @tf.function
    def shapes(x):
        return tf.matmul(x, tf.ones((3, 1)))

    with pytest.raises(KeyError, match="mine") as caught:
        wrong(tf.constant(1.0))
    assert caught.value.__context__ is None
    with pytest.raises(TypeError, match=r"ops\.matmul.*sizes that are multiplied"):
        shapes(tf.ones((1, 2)))
    assert shapes(tf.ones((1, 3))).numpy().tolist() == [[3.0]]  # and it goes on


def test_a_loop_over_a_dataset_takes_each_element_anew(traces):
    ds = tf.data.Dataset.range(6).shuffle(6).batch(2)
    total = tf.Variable(0)

    @tf.function
    def step(batch):
        traces.append(1)
        total.assign_add(tf.reduce_sum(tf.cast(batch, tf.int32)))

    @tf.function
    def epoch(data):
        for batch in data:
            step(batch)

    for _ in range(2):
        epoch(ds)
    assert int(total) == 30
    before = len(traces)
    epoch(ds)
    assert len(traces) == before  # the step within is compiled


def test_random_numbers_are_new_at_each_call():
    draw = tf.function(lambda: tf.random.normal((3,)))
    tf.random.set_seed(4)
    first, second = draw().tolist(), draw().tolist()
    tf.random.set_seed(4)
    assert first != second
    assert draw().tolist() == first


def test_functions_can_be_run_as_python_for_looking_into():
    seen = []

    @tf.function
    def look(x):
        seen.append(x.numpy())
        return x

    tf.config.run_functions_eagerly(True)
    try:
        assert tf.config.functions_run_eagerly()
        look(tf.constant(1.0))
    finally:
        tf.config.run_functions_eagerly(False)
    assert seen == [1.0]


def test_what_is_not_built_says_so():
    function = tf.function(lambda x: x)
    with pytest.raises(NotImplementedError, match=r"get_concrete_function.*compiled when it is called"):
        function.get_concrete_function(tf.TensorSpec([], tf.float32))
    with pytest.raises(NotImplementedError, match="experimental_implements"):
        tf.function(lambda x: x, experimental_implements="a")
    with pytest.raises(NotImplementedError, match=r"tf.py_function calls Python"):
        tf.keras.layers.Lambda(lambda x: tf.py_function(np.sin, [x], tf.float32))(tf.keras.Input((2,)))


def test_functions_of_numpy_and_python():
    assert (
        tf.numpy_function(lambda a: a.astype("float64") + 1, [tf.constant([1.0])], tf.float32).dtype
        == "float32"
    )
    text, number = tf.py_function(lambda x: ("a", int(x) + 1), [tf.constant(2)], [tf.string, tf.int32])
    assert (text.numpy(), number.numpy()) == (b"a", 3)
    ds = tf.data.Dataset.range(3).map(lambda x: tf.numpy_function(lambda n: n * 2, [x], tf.int64))
    assert [int(x) for x in ds] == [0, 2, 4]


# -- branches and loops: at once, and in a compiled function -----------------------------------------

CONTROL = {
    "cond": (lambda x: tf.cond(x > 1, lambda: x * 2, lambda: x), 3.0, 6.0),
    "case": (
        lambda x: tf.case([(x > 5, lambda: 1.0), (x > 1, lambda: 2.0)], default=lambda: 3.0),
        3.0,
        2.0,
    ),
    "switch_case": (
        lambda x: tf.switch_case(tf.cast(x, tf.int32), [lambda: 1.0, lambda: 5.0]),
        1.0,
        5.0,
    ),
    "switch_case beyond": (
        lambda x: tf.switch_case(tf.cast(x, tf.int32), {0: lambda: 1.0, 2: lambda: 5.0}, lambda: 9.0),
        7.0,
        9.0,
    ),
    "while_loop": (
        lambda x: tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [0, x])[1],
        2.0,
        16.0,
    ),
    "while_loop cut": (
        lambda x: tf.while_loop(lambda y: y < 100, lambda y: (y * 2,), (x,), maximum_iterations=2)[0],
        3.0,
        12.0,
    ),
    "map_fn": (
        lambda x: tf.map_fn(lambda e: e > x, tf.constant([1.0, 4.0]), fn_output_signature=tf.bool),
        2.0,
        [0, 1],
    ),
    "map_fn of several": (
        lambda x: tf.map_fn(
            lambda e: e[0] * e[1], (tf.constant([1.0, 2.0]), tf.stack([x, x])), dtype=tf.float32
        ),
        3.0,
        [3.0, 6.0],
    ),
    "scan": (
        lambda x: tf.scan(lambda a, e: a + e * x, tf.constant([1.0, 2.0, 3.0])),
        2.0,
        [1.0, 5.0, 11.0],
    ),
    "scan with a start": (
        lambda x: tf.scan(lambda a, e: a * e, tf.constant([1.0, 2.0, 3.0]), initializer=x, reverse=True),
        2.0,
        [12.0, 12.0, 6.0],
    ),
    "foldl": (
        lambda x: tf.foldl(lambda a, e: a - e, tf.constant([1.0, 2.0, 3.0]), initializer=x),
        10.0,
        4.0,
    ),
    "foldr": (lambda x: tf.foldr(lambda a, e: a - e, tf.constant([1.0, 2.0, 7.0])) * x, 1.0, 4.0),
    "vectorized_map": (
        lambda x: tf.vectorized_map(lambda e: e * x, tf.constant([1.0, 2.0])),
        3.0,
        [3.0, 6.0],
    ),
}


@pytest.mark.parametrize("name", CONTROL)
def test_branches_and_loops(name):
    function, argument, wanted = CONTROL[name]
    for call in (function, tf.function(function)):
        np.testing.assert_allclose(np.asarray(call(tf.constant(argument))), wanted)


def test_gradients_can_be_stopped_in_loops():
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        mapped = tf.map_fn(lambda e: e * x, tf.constant([1.0, 2.0]), back_prop=False)
        looped = tf.while_loop(lambda y: y < 9, lambda y: y * 2, x, back_prop=False)
    assert tape.gradient(mapped, x) is None
    assert tape.gradient(looped, x) is None
