"""Calls whose form has changed, not the names of their arguments alone.

Each function gets a `Form` and gives the expression of today, or None if the call stays. What it cannot
decide it marks. The first argument decides nothing by its value unless that is written out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import libcst as cst

from cornu.compat.old.arguments import WORKERS
from cornu.compat.upgrade.arglist import UNKNOWN, Arguments, code, fill, literal
from cornu.compat.upgrade.facts import Facts, dotted


class Context(Protocol):
    """What a form may ask of the rewriting around it."""

    facts: Facts
    quote: str

    @property
    def uses_keras(self) -> bool:
        """Whether the program imports Keras at all."""

    def mark(self, text: str) -> None:
        """Has a person look at this line."""

    def refer(self, node: cst.BaseExpression, path: str) -> cst.BaseExpression:
        """The expression for a name of Keras, imported beside the one at `node` if it must be."""


class Form:
    """One call: as it was, and its arguments as they are now."""

    def __init__(self, context: Context, original: cst.Call, updated: cst.Call, path: str) -> None:
        self.context = context
        self.original = original
        self.updated = updated
        self.path = path
        self.args = Arguments(updated)

    @property
    def name(self) -> str:
        """The last part of the name that was called."""
        return self.path.rpartition(".")[2]

    def refer(self, path: str) -> cst.BaseExpression:
        """The expression for another name of Keras."""
        return self.context.refer(self.original.func, path)

    def mark(self, text: str) -> None:
        """Has a person look at this line."""
        self.context.mark(text)

    def string(self, text: str) -> cst.SimpleString:
        """A string in the quotes that the program uses."""
        return cst.SimpleString(f"{self.context.quote}{text}{self.context.quote}")


Made = cst.BaseExpression | None


def name_positional(form: Form, names: Sequence[str], start: int = 0) -> None:
    """Writes the names to arguments that stand in the order of earlier years."""
    for arg, name in zip(form.args.positional[start:], names[start:], strict=False):
        form.args.rename(arg, name)


def kernel(count: int) -> Callable[[Form], Made]:
    """`Convolution2D(32, 3, 3)`: one number for each axis becomes `(3, 3)`."""

    def change(form: Form) -> Made:
        args = form.args
        old = form.name not in _OF_TODAY or any(args.keyword(word) for word in _KERAS_1)
        sizes = args.positional[1 : 1 + count]
        if old and len(sizes) == count and not any(isinstance(a.value, cst.Tuple) for a in sizes):
            name_positional(form, _BEHIND, 1 + count)
            sizes = args.positional[1 : 1 + count]
            args.set(sizes[0], together([arg.value for arg in sizes]))
            for arg in sizes[1:]:
                args.drop(arg)
        return None

    return change


_OF_TODAY = ("Conv2D", "Conv3D", "Conv2DTranspose", "SeparableConv2D", "ConvLSTM2D")
_KERAS_1 = ("init", "border_mode", "subsample", "dim_ordering", "W_regularizer", "b_regularizer", "bias")
_BEHIND = ("init", "activation", "weights", "border_mode", "subsample", "dim_ordering")


def together(values: Sequence[cst.BaseExpression]) -> cst.BaseExpression:
    """`(3, 3)` of `3` and `3`; one value stays as it is."""
    if len(values) == 1:
        return values[0]
    return cst.parse_expression(f"({', '.join(map(code, values))})")


_MODES = {
    "sum": "add",
    "mul": "multiply",
    "concat": "concatenate",
    "ave": "average",
    "max": "maximum",
    "dot": "dot",
    "cos": "dot",
}
_LAYERS = {
    "sum": "Add",
    "mul": "Multiply",
    "concat": "Concatenate",
    "ave": "Average",
    "max": "Maximum",
    "dot": "Dot",
    "cos": "Dot",
}


def merge(form: Form) -> Made:
    """`merge([a, b], mode="concat")` is `concatenate([a, b])`."""
    args = form.args
    name_positional(form, ("inputs", "mode", "concat_axis", "dot_axes"), 1)
    mode = args.literal("mode") if args.find("mode") else "sum"
    if not args.clear or mode not in _MODES:
        form.mark("merge() is gone: write the layer of this mode, such as concatenate([a, b])")
        return None
    kept = _merge_options(args, mode)
    return args_of(form.refer(f"layers.{_MODES[mode]}"), [*args.positional[:1], *kept], args.call)


def merge_layer(form: Form) -> Made:
    """`Merge(mode="sum")` is `Add()`; with branches of models it has to become a functional model."""
    args = form.args
    mode = args.literal("mode") if args.find("mode") else "sum"
    if args.positional or args.keyword("layers") or not args.clear or mode not in _LAYERS:
        form.mark(
            "Merge(...) of models is gone: write a functional model, keras.Model(inputs, "
            f"{_MODES.get(str(mode), 'add')}([a.output, b.output]))"
        )
        return None
    return args_of(form.refer(f"layers.{_LAYERS[mode]}"), _merge_options(args, mode), args.call)


def _merge_options(args: Arguments, mode: str) -> list[cst.Arg]:
    """The arguments that the layer of this mode has."""
    axis, dot_axes, name = (args.keyword(key) for key in ("concat_axis", "dot_axes", "name"))
    if mode == "concat" and axis is not None:
        args.rename(axis, "axis")
    if mode in ("dot", "cos"):
        if dot_axes is None:
            args.add("axes", cst.parse_expression("-1"))
        else:
            args.rename(dot_axes, "axes")
    if mode == "cos":
        args.add("normalize", cst.Name("True"))
    kept = (args.keyword("axis"), args.keyword("axes"), args.keyword("normalize"), name)
    return [arg for arg in kept if arg is not None]


def args_of(func: cst.BaseExpression, args: Sequence[cst.Arg], like: cst.Call) -> cst.Call:
    """A call with these arguments; the last one stands before the bracket as the last one did."""
    args = list(args)
    old_last = like.args[-1] if like.args else None
    if args and old_last is not None:
        args[-1] = args[-1].with_changes(
            comma=old_last.comma, whitespace_after_arg=old_last.whitespace_after_arg
        )
    return like.with_changes(func=func, args=args)


_GENERATOR_ARGUMENTS = {
    "fit_generator": "generator steps_per_epoch epochs verbose callbacks validation_data "
    "validation_steps class_weight max_queue_size workers use_multiprocessing shuffle initial_epoch",
    "evaluate_generator": "generator steps callbacks max_queue_size workers use_multiprocessing verbose",
    "predict_generator": "generator steps callbacks max_queue_size workers use_multiprocessing verbose",
}
_OF_KERAS_1 = {"nb_epoch": "epochs", **WORKERS}
_SAMPLES = {
    "samples_per_epoch": "steps_per_epoch",
    "nb_val_samples": "validation_steps",
    "val_samples": "steps",
}
_GIVEN_UP = tuple(WORKERS.values())


def from_generator(form: Form) -> Made:
    """`fit_generator(g, ...)` is `fit(g, ...)`."""
    args = form.args
    keras_1 = any(args.keyword(name) for name in (*_SAMPLES, "nb_epoch", "nb_worker"))
    name_positional(form, _GENERATOR_ARGUMENTS[form.name].split(), 1)
    given = args.keyword("generator")
    if given is not None:
        args.rename(given, "x")
    for old, new in _OF_KERAS_1.items():
        if (arg := args.keyword(old)) is not None:
            args.rename(arg, new)
    for old, new in _SAMPLES.items():
        if (arg := args.keyword(old)) is not None:
            _count_batches(form, arg, old, new)
    if keras_1 and len(form.original.args) > 1 and form.original.args[1].keyword is None:
        form.mark("Keras 1 counted samples here, Keras counts batches: divide by the batch size")
    for name in _GIVEN_UP:
        if (arg := args.keyword(name)) is not None:
            args.drop(arg)
    func = form.updated.func
    assert isinstance(func, cst.Attribute)
    return args.applied(func.with_changes(attr=cst.Name(form.name.removesuffix("_generator"))))


def _count_batches(form: Form, arg: cst.Arg, old: str, new: str) -> None:
    """Keras 1 counted samples, Keras counts batches."""
    form.args.rename(arg, new)
    renamed = form.args.keyword(new)
    where = "validation_data" if old == "nb_val_samples" else "x"
    place = None if where == "validation_data" else 0
    size = _batch_size(form, Arguments(form.original), "generator" if place == 0 else where, place)
    assert renamed is not None
    if size is None:
        form.mark(f"{old} counted samples, {new} counts batches: divide by the batch size")
        return
    samples = literal(renamed.value)
    if isinstance(samples, int) and isinstance(literal(size), int):
        form.args.set(renamed, cst.Integer(str(-(-samples // literal(size)))))
    else:
        parts = {"samples": renamed.value, "size": size}
        form.args.set(renamed, fill("-(-_samples_ // _size_)", parts))


def _batch_size(form: Form, args: Arguments, name: str, place: int | None) -> cst.BaseExpression | None:
    """The batch size of the generator that is given, where `flow(...)` says it."""
    given = args.value(name, place)
    facts = form.context.facts
    calls = [given, *(facts.values(given) if given is not None else [])]
    for call in calls:
        if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute):
            kind = facts.kind(call) or ""
            if kind.startswith("preprocessing.image.ImageDataGenerator.flow"):
                return Arguments(call).value("batch_size") or cst.Integer("32")
    return None


def predict_classes(form: Form) -> Made:
    """One output: above a half; several: the place of the largest."""
    func = form.updated.func
    assert isinstance(func, cst.Attribute)
    assert isinstance(form.original.func, cst.Attribute)
    binary = _is_binary(form, form.original.func.value)
    predicted = form.args.applied(func.with_changes(attr=cst.Name("predict")))
    if binary is None:
        form.mark("if the model has one output, write (... > 0.5).astype('int32')")
    if binary:
        made = fill("(_p_ > 0.5).astype(_int_)", {"p": predicted, "int": form.string("int32")})
    else:
        made = fill("_p_.argmax(axis=-1)", {"p": predicted})
    return made


def _is_binary(form: Form, model: cst.BaseExpression) -> bool | None:
    """Whether a model has one output, by its last layer or by its loss."""
    facts, losses, last = form.context.facts, set(), UNKNOWN
    made = facts.origins(model)
    for call in made:
        layers = Arguments(call).value("layers", 0)
        if isinstance(layers, cst.List) and layers.elements:
            last = _units(facts, layers.elements[-1].value)
    for call in facts.found.calls:
        func = call.func
        if not isinstance(func, cst.Attribute) or func.attr.value not in ("add", "compile"):
            continue
        if not facts.origins(func.value) & made:
            continue
        if func.attr.value == "compile":
            losses.add(Arguments(call).literal("loss", 1))
        elif call.args:
            units = _units(facts, call.args[0].value)
            last = last if units is _AS_BEFORE else units
    if isinstance(last, int):
        return last == 1
    if losses == {"binary_crossentropy"}:
        return True
    several = losses and losses <= {"categorical_crossentropy", "sparse_categorical_crossentropy"}
    return False if several else None


_AS_BEFORE = object()


def _units(facts: Facts, layer: cst.BaseExpression) -> Any:
    """How many outputs a layer has, _AS_BEFORE if it leaves their number as it is."""
    path = facts.path(layer.func) if isinstance(layer, cst.Call) else None
    if path in ("layers.Activation", "layers.Dropout", "layers.BatchNormalization", "layers.Softmax"):
        return _AS_BEFORE
    if path != "layers.Dense" or not isinstance(layer, cst.Call):
        return UNKNOWN
    units = Arguments(layer).literal("units", 0)
    return Arguments(layer).literal("output_dim") if units is UNKNOWN else units


def predict_proba(form: Form) -> Made:
    """`predict_proba` was another name of `predict`."""
    func = form.updated.func
    assert isinstance(func, cst.Attribute)
    return form.args.applied(func.with_changes(attr=cst.Name("predict")))


DEFAULT_RATES = {"SGD": "0.01", "RMSprop": "0.001", "Adam": "0.001", "Adamax": "0.001", "Nadam": "0.001"}


def to_json(form: Form) -> Made:
    """YAML may carry code; JSON says the same."""
    func = form.updated.func
    assert isinstance(func, cst.Attribute)
    return form.args.applied(func.with_changes(attr=cst.Name("to_json")))


def only_marked(text: str) -> Callable[[Form], Made]:
    """A method that no single expression replaces; in a class of the program's own it may be another."""

    def change(form: Form) -> Made:
        func = form.original.func
        if not (isinstance(func, cst.Attribute) and dotted(func.value) == "self"):
            form.mark(text)
        return None

    return change


def _rate_is_set(facts: Facts) -> bool:
    """Whether the program sets the learning rate while it trains, which a schedule does not allow."""
    for call in facts.found.calls:
        if facts.path(call.func) in ("callbacks.ReduceLROnPlateau", "callbacks.LearningRateScheduler"):
            return True
        changes = facts.path(call.func) == "backend.set_value"
        target = call.args[0].value if changes and call.args else None
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "assign":
            target = call.func.value
        if isinstance(target, cst.Attribute) and target.attr.value in ("lr", "learning_rate"):
            return True
    return False


def decay(form: Form) -> Made:
    """`SGD(lr=0.1, decay=1e-6)` is a schedule of today: lr / (1 + decay * step)."""
    given = form.args.keyword("decay")
    if given is None:
        return None
    if literal(given.value) in (0, None) and literal(given.value) is not UNKNOWN:
        form.args.drop(given)
        return form.args.applied()
    if _rate_is_set(form.context.facts):
        form.mark("decay is gone: the callback or assignment that sets the rate has to lower it, too")
        return None
    rate = form.args.find("learning_rate", 0)
    initial = rate.value if rate else cst.parse_expression(DEFAULT_RATES.get(form.name, "0.001"))
    if isinstance(initial, cst.Call) or not form.args.clear:
        form.mark("decay is gone: give learning_rate a keras.optimizers.schedules.InverseTimeDecay")
        return None
    value = given.value
    form.args.drop(given)
    schedule = fill(
        "_schedule_(_initial_, decay_steps=1, decay_rate=_decay_)",
        {
            "schedule": form.refer("optimizers.schedules.InverseTimeDecay"),
            "initial": initial,
            "decay": value,
        },
    )
    if rate is None:
        form.args.add("learning_rate", schedule)
    else:
        form.args.set(next(arg for arg in form.args.args if arg.value is rate.value), schedule)
    return form.args.applied()


def thresholded(form: Form) -> Made:
    """`ThresholdedReLU(theta=1.0)` is `ReLU(threshold=1.0)`."""
    args = form.args
    theta = args.find("theta", 0)
    if theta is None:
        args.add("threshold", cst.Float("1.0"))
    else:
        args.rename(theta, "threshold")
    return args.applied(form.refer("layers.ReLU"))


def sequence_shape(form: Form, _arg: cst.Arg) -> bool:
    """`input_dim` and `input_length` of a layer of sequences are one shape, (steps, features)."""
    steps, features = (form.args.keyword(word) for word in ("input_length", "input_dim"))
    none = cst.Name("None")
    sizes = [none if each is None else each.value for each in (steps, features)]
    if features is not None and steps is not None:
        form.args.drop(steps)
        features = form.args.keyword("input_dim")
    one = features or steps
    assert one is not None
    name = one.keyword.value if one.keyword else ""
    form.args.set(one, together(sizes))
    renamed = form.args.keyword(name)
    assert renamed is not None
    form.args.rename(renamed, "input_shape")
    return True


def forget_bias(form: Form, arg: cst.Arg) -> bool:
    """`forget_bias_init="one"` is `unit_forget_bias=True`."""
    value = {"one": "True", "ones": "True", "zero": "False", "zeros": "False"}.get(literal(arg.value))
    if value is None:
        return False
    form.args.set(arg, cst.Name(value))
    changed = form.args.keyword("forget_bias_init")
    assert changed is not None
    form.args.rename(changed, "unit_forget_bias")
    return True


def save_format(form: Form, arg: cst.Arg) -> bool:
    """The format follows from the name of the file, where that says the same."""
    path, value = form.args.literal("filepath", 0), literal(arg.value)
    endings = {"h5": (".h5", ".hdf5"), "hdf5": (".h5", ".hdf5"), "keras": (".keras",)}.get(value)
    if not isinstance(path, str) or endings is None or not path.endswith(endings):
        return False
    form.args.drop(arg)
    return True


#: Entries of the table that code carries out when a program runs, and how they are written here.
DONE: dict[str, Callable[[Form, cst.Arg], bool]] = {
    "input_dim": sequence_shape,
    "input_length": sequence_shape,
    "forget_bias_init": forget_bias,
    "save_format": save_format,
}
#: Names whose call becomes a call of another name, or stays as it is with a mark.
REPLACED = ("layers.merge", "layers.Merge", "layers.ThresholdedReLU")
#: By the name of earlier years, in the room of today; what a form leaves goes on to the tables.
BEFORE: dict[str, Callable[[Form], Made]] = {
    "layers.merge": merge,
    "layers.Merge": merge_layer,
    "layers.ThresholdedReLU": thresholded,
    **{
        f"layers.{name}": kernel(2)
        for name in (
            *("Convolution2D", "AtrousConvolution2D", "SeparableConvolution2D", "Deconvolution2D"),
            *("Conv2D", "Conv2DTranspose", "SeparableConv2D", "ConvLSTM2D"),
        )
    },
    **{f"layers.{name}": kernel(3) for name in ("Convolution3D", "Conv3D")},
    "models.Model.fit_generator": from_generator,
    "models.Model.evaluate_generator": from_generator,
    "models.Model.predict_generator": from_generator,
    "models.Model.predict_classes": predict_classes,
    "models.Model.predict_proba": predict_proba,
    "models.Model.to_yaml": to_json,
    "models.Model.add_loss": only_marked(
        "Keras 3 takes losses in the call of a layer alone: write a layer that calls self.add_loss"
    ),
    "models.Model.reset_states": only_marked(
        "Keras 3 resets each layer: for layer in model.layers, layer.reset_state() where it has that"
    ),
}
#: By the name of today, after the tables.
AFTER: dict[str, Callable[[Form], Made]] = {
    f"optimizers.{name}": decay
    for name in ("SGD", "RMSprop", "Adam", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "AdamW")
}
