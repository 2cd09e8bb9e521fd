"""A process with one of the two libraries: writes models and reads those of the other.

    python -m tests.interop.worker keras FOLDER

Each line of its input is a task, `write NAME` or `read NAME`; it answers each with `done`, or with an
error as one line of JSON.
"""

import importlib
import json
import os
import sys
import traceback

import jax
import numpy as np

STEPS = 5


def leaves(value):
    return [np.array(each, "float32") for each in jax.tree_util.tree_leaves(value)]


def state(optimizer):
    """What an optimizer keeps. Keras's LossScaleOptimizer counts steps that it does not use."""
    unused = 2 if optimizer.variables[0].path.startswith("loss_scale_optimizer/iteration") else 0
    return leaves([np.array(variable) for variable in optimizer.variables[unused:]])


def rewind(model):
    """Starts all random numbers of a model anew: Keras does not keep in a file how far they are."""
    for layer in model._flatten_layers():
        for value in vars(layer).values():
            if type(value).__name__ == "SeedGenerator":
                value.state.assign(np.array([7, 0], "uint32"))


def observed(model, x, y):
    """What can be seen of a model: weights, the optimizer's state, predictions, and the next steps."""
    found = {"weights": leaves(model.get_weights())}
    found["optimizer"] = state(model.optimizer)
    found["outputs"] = leaves(model.predict(x, verbose=0, batch_size=len(leaves(x)[0])))
    rewind(model)
    model.reset_metrics()
    logs = [model.train_on_batch(x, y, return_dict=True) for _ in range(STEPS)]
    found["logs"] = [np.array([log[name] for log in logs], "float32") for name in sorted(logs[0])]
    found["after"] = leaves(model.get_weights())
    found["state_after"] = state(model.optimizer)
    return {f"{kind}-{n:03}": a for kind, arrays in found.items() for n, a in enumerate(arrays)}


class Worker:
    """Does tasks with one library."""

    def __init__(self, library, folder):
        from tests.interop.cases import CASES

        self.k, self.mine, self.folder, self.cases = (
            importlib.import_module(library),
            library,
            folder,
            CASES,
        )
        self.other = {"keras": "cornu", "cornu": "keras"}[library]

    def _made(self, name, seed):
        self.k.utils.clear_session(free_memory=False)
        self.k.utils.set_random_seed(seed)
        model, x, y = self.cases[name](self.k)
        if y is None:
            outputs = model.predict(x, verbose=0, batch_size=len(leaves(x)[0]))
            y = [np.cos(np.arange(o.size)).reshape(o.shape).astype("float32") for o in leaves(outputs)]
        return model, x, y

    def _keep(self, name, what, found):
        np.savez(f"{self.folder}/{name}.{what}.npz", **found)

    def write(self, name):
        """A trained model as files, and what comes then."""
        model, x, y = self._made(name, 3)
        for _ in range(2):
            model.train_on_batch(x, y)
        model.save(f"{self.folder}/{name}.{self.mine}.keras")
        model.save_weights(f"{self.folder}/{name}.{self.mine}.weights.h5")
        self._keep(name, f"{self.mine}-wrote", observed(model, x, y))

    def read(self, name):
        """The same of what the other library wrote."""
        template, x, y = self._made(name, 4)
        path = f"{self.folder}/{name}.{self.other}"
        if not os.path.exists(f"{path}.keras"):
            return
        template.load_weights(f"{path}.weights.h5")
        model = self.k.models.load_model(f"{path}.keras")
        found = observed(model, x, y)
        found |= {f"alone-{n:03}": a for n, a in enumerate(leaves(template.get_weights()))}
        self._keep(name, f"{self.mine}-read", found)


def main(library, folder):
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what else is printed
    worker = Worker(library, folder)
    print("ready", file=answers)
    for line in sys.stdin:
        task, _, name = line.strip().partition(" ")
        try:
            getattr(worker, task)(name)
            print("done", file=answers)
        except Exception as error:
            traceback.print_exc()
            print(json.dumps(f"{library}, {task} {name}: {error!r}"), file=answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
