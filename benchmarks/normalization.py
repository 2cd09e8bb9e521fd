"""`python -m benchmarks.normalization`: batch normalization in a loop, of Cornu and of Keras on JAX.

Each step is a training call with the gradients of its input and weights. Printed are the reads and
writes of whole arrays in the compiled step, and the CPU time of one, the median of rounds in turns.
"""

import os
import re
import statistics
import sys
import time

os.environ["KERAS_BACKEND"] = "jax"

import jax
import jax.numpy as jnp
import keras
import numpy as np
from jax import lax

import cornu
from cornu.core.pure import named, pure, read

STEPS, ROUNDS = 5, 9


def of_cornu(layer):
    """A function of (trained weights, averages, input), and their values."""
    state = named(trained=layer.trainable_weights, averages=layer.non_trainable_weights)
    call = pure(lambda x: layer(x, training=True), state)

    def function(trained, averages, x):
        new, y = call({"trained": trained, "averages": averages}, x)
        return y, new["averages"]

    return function, *read(state).values()


def of_keras(layer):
    """The same for a layer of Keras."""

    def function(trained, averages, x):
        return layer.stateless_call(trained, averages, x, training=True)

    values = [
        [v.value for v in part] for part in (layer.trainable_variables, layer.non_trainable_variables)
    ]
    return function, *values


def program(function, trained, averages, x, target):
    """The loop, compiled, and its arguments."""

    def body(carry):
        step, trained, averages, x, target = carry

        def loss(trained, x):
            y, new = function(trained, averages, x)
            return jnp.vdot(y, target), (y, new)

        slopes, (y, new) = jax.grad(loss, (0, 1), has_aux=True)(trained, x)
        trained, x = jax.tree.map(lambda value, slope: value - 1e-3 * slope, (trained, x), slopes)
        return step + 1, trained, new, x, y

    def run(steps, *start):
        return lax.while_loop(lambda carry: carry[0] < steps, body, (0, *start))

    start = (trained, averages, x, target)
    return jax.jit(run).lower(STEPS, *start).compile(), start


def transfers(text, shape):
    """How often a whole array is read or written in the loop's body, from the program's text."""
    whole = f"f32[{','.join(map(str, shape))}]"
    bodies = []
    for computation in re.split(r"\n\n", text):
        if "fused" in computation.split("(")[0] or "ENTRY" in computation:
            continue
        kinds = dict(re.findall(r"%([\w.\-]+) = (\S+)", computation))
        count = 0
        for kind, operands in re.findall(
            r" = (\S+) (?:fusion|reduce|copy|custom-call)\((.*?)\),? ", computation + " "
        ):
            names = re.findall(r"%([\w.\-]+)", operands)
            count += kind.startswith(whole) + sum(kinds.get(n, "").startswith(whole) for n in names)
        bodies.append(count)
    return max(bodies)


def main():
    shape = tuple(map(int, (sys.argv[1] if len(sys.argv) > 1 else "64x32x32x64").split("x")))
    rng = np.random.default_rng(0)
    x, target = (jnp.asarray(rng.normal(size=shape), "float32") for _ in range(2))
    programs = {}
    for name, library, lift in (("keras", keras, of_keras), ("cornu", cornu, of_cornu)):
        layer = library.layers.BatchNormalization()
        layer.build(shape)
        programs[name] = program(*lift(layer), x, target)
    times = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, (compiled, start) in programs.items():
            begun = time.process_time()
            jax.block_until_ready(compiled(STEPS, *start))
            times[name].append((time.process_time() - begun) / STEPS * 1e3)
    for name, (compiled, _) in programs.items():
        passes = transfers(compiled.as_text(), shape)
        print(f"{name}: {passes} reads and writes, {statistics.median(times[name]):.1f} ms a step")


if __name__ == "__main__":
    main()
