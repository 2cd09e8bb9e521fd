"""Architectures written once for two libraries: `ARCHITECTURES[name](library)` builds one."""

import numpy as np

X = np.random.default_rng(2).normal(size=(6, 4)).astype("float32")


def stack(k):
    layers = k.layers
    return k.Sequential(
        [
            layers.Dense(3, activation="relu", input_shape=(4,)),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Activation("tanh"),
            layers.Dense(1),
        ]
    )


def stack_with_input(k):
    return k.Sequential([k.Input((4,), name="in"), k.layers.Dense(3), k.layers.Dense(1)], name="m")


def stack_by_add(k):
    model = k.Sequential(name="grown")
    model.add(k.Input((4,)))
    for units in (5, 4, 3):
        model.add(k.layers.Dense(units))
    model.pop()
    return model


def stack_of_stacks(k):
    inner = k.Sequential([k.Input((4,)), k.layers.Dense(3), k.layers.Dense(2)])
    return k.Sequential([k.Input((4,)), inner, k.layers.Dense(1)])


def chain(k):
    x = k.Input((4,))
    hidden = k.layers.Dense(3)(x)
    return k.Model(x, k.layers.Dense(1)(hidden))


def two_branches(k):
    x = k.Input((4,), name="in")
    left, right = k.layers.Dense(3, name="a")(x), k.layers.Dense(3, name="b")(x)
    return k.Model(x, k.layers.Dense(1)(left + right))


def shared_layer(k):
    x, y = k.Input((4,)), k.Input((4,))
    shared = k.layers.Dense(3)
    left, right = shared(x), shared(y)
    side = k.layers.Dense(2)(y)
    return k.Model([x, y], [left * right, k.layers.Dense(2)(side)])


def unequal_depths(k):
    x = k.Input((4,))
    short, long = k.layers.Dense(4, name="short")(x), x
    for number in range(3):
        long = k.layers.Dense(4, name=f"long{number}")(long)
    return k.Model(x, [short + long, short])


def residual(k):
    x = h = k.Input((4,))
    for _ in range(3):
        h = h + k.layers.Dense(4)(h)
    return k.Model(x, k.layers.Dense(1)(h))


def dicts(k):
    p, q = k.Input((4,), name="p"), k.Input((3,), name="q")
    return k.Model({"p": p, "q": q}, {"out": k.layers.Dense(1)(k.layers.Dense(3)(p) - q)})


def slices(k):
    x = k.Input((4,))
    return k.Model(x, k.layers.Dense(1)(2 * x[:, :2] + x[:, 2:]))


def multi_head(k):
    x = k.Input((4,))
    body = k.layers.Dense(5, activation="relu", name="body")(x)
    heads = [k.layers.Dense(units, name=f"head{units}")(body) for units in (1, 2, 3)]
    return k.Model(x, heads, name="heads")


def inception(k):
    """Four towers that meet in a sum, over two such modules."""
    x = h = k.Input((4,))
    for module in range(2):
        towers = [k.layers.Dense(4, name=f"m{module}t{tower}_1")(h) for tower in range(4)]
        towers[2:] = [k.layers.Dense(4, name=f"m{module}t{i}_2")(t) for i, t in enumerate(towers[2:])]
        total = towers[0]
        for tower in towers[1:]:
            total = total + tower
        h = k.layers.Activation("relu")(total)
    return k.Model(x, k.layers.Dense(1)(h))


def nested_graph(k):
    x = k.Input((4,))
    inner = k.Model(x, k.layers.Dense(4)(x), name="inner")
    y = k.Input((4,))
    return k.Model(y, k.layers.Dense(1)(inner(inner(y))))


def unused_input(k):
    x, y = k.Input((4,)), k.Input((3,))
    return k.Model([x, y], k.layers.Dense(2)(k.layers.Dense(3)(x)))


def in_a_class(k):
    class Net(k.Model):
        def __init__(self):
            super().__init__()
            self.first = k.layers.Dense(3)
            self.drop = k.layers.Dropout(0.5)
            self.blocks = [k.layers.Dense(3), k.layers.Dense(3)]
            self.last = k.layers.Dense(1)

        def call(self, x, training=False):
            x = self.first(x)
            for block in self.blocks:
                x = block(x)
            return self.last(self.drop(x, training=training))

    net = Net()
    net(X)
    return net


def graph_in_a_class(k):
    class Graph(k.Model):
        def __init__(self):
            x = k.Input((4,))
            super().__init__(x, k.layers.Dense(2)(k.layers.Dense(3)(x)))

    return Graph()


ALL = (
    *(stack, stack_with_input, stack_by_add, stack_of_stacks, chain, two_branches, shared_layer),
    *(unequal_depths, residual, dicts, slices, multi_head, inception, nested_graph, unused_input),
    *(in_a_class, graph_in_a_class),
)
ARCHITECTURES = {function.__name__: function for function in ALL}


def inputs_for(name):
    """Data that the architecture of this name takes."""
    special = {
        "shared_layer": [X, X[::-1]],
        "dicts": {"p": X, "q": X[:, :3]},
        "unused_input": [X, X[:, :3]],
    }
    return special.get(name, X)


def build(name, library):
    """The model, with names counted from the start and weights that are the same for both libraries."""
    library.utils.clear_session(free_memory=False)
    model = ARCHITECTURES[name](library)
    rng = np.random.default_rng(5)
    model.set_weights([rng.normal(size=w.shape).astype("float32") for w in model.get_weights()])
    return model
