"""Calls of Keras: arguments by the table of `compat/old`, forms by `forms.py`, the old backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from cornu.compat.old.arguments import ARGUMENTS, DEFAULTS, PLACES
from cornu.compat.old.eras import OF_KERAS_1, OF_NAMES, WORDS_OF_KERAS_1
from cornu.compat.upgrade import backend
from cornu.compat.upgrade.arglist import Arguments, code, fill, literal, pairs_of, written_out
from cornu.compat.upgrade.facts import MODEL, MODELS, OPTIMIZER
from cornu.compat.upgrade.forms import AFTER, BEFORE, REPLACED, Form, name_positional
from cornu.compat.upgrade.keys import in_arguments
from cornu.compat.upgrade.tables import leave_as_they_were, translate
from cornu.compat.upgrade.today import settled, today
from cornu.compat.upgrade.words import spell

if TYPE_CHECKING:
    from cornu.compat.upgrade.facts import Chain, Facts
    from cornu.compat.upgrade.forms import Context

_UNMISTAKABLE = ("fit_generator", "evaluate_generator", "predict_generator", "predict_classes")
_IF_A_MODEL = "if this is a model of Keras: {} is gone, write {}"
_REASSIGNED = "this name is imported from Keras and assigned, too: give the variable another name"
_TODAY = {"predict_classes": "predict, and argmax(axis=-1) or > 0.5"}


COMPILE = ("optimizer", "loss", "metrics")


def has_form(path: str) -> bool:
    """Whether calls of this name are put into today's form, or marked where they stand."""
    path = settled(path)
    return path in BEFORE or path.startswith("backend.")


class Calls:
    """Changes the calls of one program."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    def facts(self) -> Facts:
        return self.context.facts

    def will_replace(self, node: Chain) -> bool:
        """Whether the call around a name decides what becomes of it."""
        found = self.facts.keras(node)
        parent = self.facts.parents.get(node)
        if found is None:
            return False
        path = today(found[1])
        called = isinstance(parent, cst.Call) and parent.func is node
        room, _, name = path.rpartition(".")
        if (
            room == "backend"
            and not called
            and name not in backend.KEPT
            and path not in backend.FUNCTIONS
        ):
            self.context.mark(backend.ADVICE.get(name, backend.OTHER.format(name=name)))
            return True
        replaced = settled(found[1]) in REPLACED
        return replaced or (
            room == "backend" and path not in backend.FUNCTIONS and name not in backend.KEPT
        )

    def function_of(self, path: str) -> str | None:
        """The function of `keras.ops` for one of the old backend."""
        return backend.FUNCTIONS.get(today(path))

    def call(self, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
        """The call of today."""
        if original.args and code(original.func) in ("partial", "functools.partial"):
            return self._partial(original, updated)
        path = self._called(original.func)
        if path is None:
            return updated
        form = Form(self.context, original, written_out(updated), path)
        if path.startswith("backend."):
            return self._of_backend(form) or updated
        made = BEFORE[path](form) if path in BEFORE else None
        if made is not None and not isinstance(made, cst.Call):
            return made
        key = _key(path)
        if made is not None:
            form.args = Arguments(made)
            form.updated = made
            key = key.removesuffix("_generator").removesuffix("_proba")
        if path not in REPLACED:
            self._by_the_tables(form, key)
        self._look_into_options(form, key)
        spell(form, COMPILE if key == "models.Model.compile" else ())
        if key in AFTER:
            AFTER[key](form)
        if path.startswith("callbacks.") or key == "models.Model.fit":
            in_arguments(self.context, form.args, ("monitor", "filepath"))
        return form.args.applied(form.updated.func)

    def _called(self, func: cst.BaseExpression) -> str | None:
        """What is called: a name of Keras in a room of today, or a method of an object of Keras."""
        found = self.facts.keras(func)
        if found is not None:
            return settled(found[1])
        if not isinstance(func, cst.Attribute):
            if self.facts.reassigned(func) in BEFORE:
                self.context.mark(_REASSIGNED)
            return None
        owner, method = self.facts.kind(func.value), func.attr.value
        if owner is None:
            if method in _UNMISTAKABLE and self.context.uses_keras:
                instead = _TODAY.get(method, method.removesuffix("_generator"))
                self.context.mark(_IF_A_MODEL.format(method, instead))
            return None
        if owner in MODELS and f"{MODEL}.{method}" in (*ARGUMENTS, *BEFORE):
            return f"{MODEL}.{method}"
        if owner.startswith("layers.") or owner in MODELS:
            return f"layers.Layer.{method}"
        if owner.startswith("optimizers."):
            return f"{OPTIMIZER}.{method}"
        return f"{owner}.{method}"

    def _by_the_tables(self, form: Form, key: str) -> None:
        base = ARGUMENTS["layers.Layer"] if _is_layer(key) else {}
        table = {**base, **ARGUMENTS.get(key, {})}
        words = frozenset(a.keyword.value for a in form.args.args if a.keyword) & set(table)
        places = PLACES.get(key)
        positional = tuple(literal(arg.value) for arg in form.args.positional)
        by_form = key.startswith("layers.Conv") or not positional
        if places is not None and not by_form and places.told(positional, words):
            name_positional(form, places.names)
            table = {**{name: name for name in places.names}, **table}
        if _is_layer(key) and key != "layers.InputLayer" and form.args.keyword("batch_input_shape"):
            form.mark(
                "put keras.Input(batch_shape=...) before this layer, which takes no batch_input_shape"
            )
        translate(form, table, handled=("decay",) if key in AFTER else ())
        if not WORDS_OF_KERAS_1.isdisjoint(words):
            leave_as_they_were(form, table, OF_KERAS_1.get(key, {}))
        found = self.facts.keras(form.original.func)
        leave_as_they_were(form, table, OF_NAMES.get(found[1], {}) if found else {})
        for name, value in DEFAULTS.get(key, {}).items():
            if form.args.clear and form.args.find(name, 0) is None:
                form.args.add(name, cst.parse_expression(repr(value)))

    def _look_into_options(self, form: Form, key: str) -> None:
        """Marks old words in a dict that a variable hands over: `Dense(**options)`."""
        given = [arg.value for arg in form.original.args if arg.star == "**"]
        for value in (each for name in given for each in self.facts.values(name)):
            pairs = pairs_of(value) if isinstance(value, cst.BaseExpression) else None
            for word, _ in pairs or ():
                entry = ARGUMENTS.get(key, {}).get(word)
                if entry is not None:
                    today = entry if isinstance(entry, str) else entry.written
                    form.mark(f"the options have {word}: today write {today}")

    def _partial(self, original: cst.Call, updated: cst.Call) -> cst.BaseExpression:
        """`partial(Dense, output_dim=3)`: the arguments by name are those of the call to come."""
        first, rest = original.args[0], updated.args[1:]
        if any(arg.keyword is None for arg in rest) or self.facts.keras(first.value) is None:
            return updated
        call = cst.Call(first.value, rest)
        made = self.call(call, call)
        if not isinstance(made, cst.Call):
            return updated
        return updated.with_changes(args=[updated.args[0], *made.args])

    # -- the old backend --

    def _of_backend(self, form: Form) -> cst.BaseExpression | None:
        path = today(form.path)
        name = path.rpartition(".")[2]
        if path in backend.FUNCTIONS:
            new = backend.FUNCTIONS[path]
            translate(form, ARGUMENTS.get(path, {}))
            for old, word in backend.ARGUMENTS.get(new, {}).items():
                if (arg := form.args.keyword(old)) is not None:
                    form.args.rename(arg, word)
            if (named := form.args.keyword("name")) is not None:
                form.args.drop(named)
            if new.startswith("random.") and form.args.find("seed", 4) is None:
                self.context.mark(backend.SEED)
            return form.args.applied()
        if name == "set_image_dim_ordering":
            return _set_data_format(form)
        if name in backend.PATTERNS:
            made = self._by_pattern(form, name)
            if made is not None:
                return made
        if name not in backend.KEPT:
            self.context.mark(backend.ADVICE.get(name, backend.OTHER.format(name=name)))
        return None

    def _by_pattern(self, form: Form, name: str) -> cst.BaseExpression | None:
        """The pattern filled in, if all arguments are its own."""
        parameters, pattern = backend.PATTERNS[name]
        args, given = form.args, {}
        for place, (parameter, default) in enumerate(parameters.items()):
            value = args.value(parameter, place)
            if value is None and default is None:
                return None
            given[parameter] = value if value is not None else cst.parse_expression(default or "")
        words = {arg.keyword.value for arg in args.args if arg.keyword} - {"name"}
        if not args.clear or len(args.positional) > len(parameters) or words - set(parameters):
            return None
        for room in ("ops", "random"):
            for function in _functions(pattern, room):
                given[f"{room}_{function}"] = form.refer(f"{room}.{function}")
                pattern = pattern.replace(f"{room}.{function}(", f"_{room}_{function}_(")
        if "_K_" in pattern:
            return None
        pattern = (
            pattern.replace(", dtype=_dtype_", "") if code(given.get("dtype", _X)) == "None" else pattern
        )
        return fill(pattern, given)

    # -- attributes --

    def attribute(self, original: cst.Attribute, updated: cst.Attribute) -> cst.BaseExpression:
        """`optimizer.lr` and other attributes under the name they had."""
        parent = self.facts.parents.get(original)
        if isinstance(parent, cst.Call) and parent.func is original:
            return updated
        name = original.attr.value
        owner = self.facts.kind(original.value) if name in _ATTRIBUTES else None
        if owner is None or not owner.startswith(_ATTRIBUTES[name][0]):
            return updated
        return fill(f"_x_.{_ATTRIBUTES[name][1]}", {"x": updated.value})


_X = cst.Name("x")


def _set_data_format(form: Form) -> cst.BaseExpression | None:
    """`K.set_image_dim_ordering("th")` says where the channels are."""
    today = {"th": "channels_first", "tf": "channels_last"}.get(
        literal(form.args.value("dim_ordering", 0))
    )
    if today is None:
        form.mark(backend.ADVICE[form.name])
        return None
    func = form.refer("backend.set_image_data_format")
    return cst.Call(func, [cst.Arg(form.string(today))])


# Attributes of earlier years: whose they are, and what they are today.
_ATTRIBUTES: dict[str, tuple[tuple[str, ...], str]] = {
    "lr": (("optimizers.",), "learning_rate"),
    "input_shape": (("layers.",), "input.shape"),
    "output_shape": (("layers.",), "output.shape"),
}


def _functions(pattern: str, room: str) -> list[str]:
    import re

    return list(dict.fromkeys(re.findall(rf"\b{room}\.(\w+)\(", pattern)))


def _key(path: str) -> str:
    """The row in the table of arguments."""
    new = today(path)
    if (
        new.startswith("preprocessing.image.")
        and new.replace("preprocessing.image", "utils") in ARGUMENTS
    ):
        return new.replace("preprocessing.image", "utils")
    return f"models.{new}" if new in ("Model", "Sequential") else new


def _is_layer(key: str) -> bool:
    room, _, name = key.rpartition(".")
    return room == "layers" and name[:1].isupper()
