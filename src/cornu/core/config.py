"""Configuration: an object's constructor arguments, and the registry that turns names back into objects.

Names are looked up in tables: ours, and what the user registered. Nothing that a file names is ever
imported.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from cornu.core.allowance import allowed, count
from cornu.core.context import context
from cornu.core.errors import describe, did_you_mean
from cornu.core.plain import MisdescribedError, checked, made_from

# The public name of each room that holds configurable things, and where it is. Closed: files
# cannot extend it.
ROOMS = {
    "keras": "cornu",
    **{
        f"keras.{room}": f"cornu.{room}"
        for room in (
            *("activations", "initializers", "regularizers", "constraints"),
            *("layers", "models", "losses", "metrics", "optimizers", "optimizers.schedules"),
            *("random", "utils", "distillation"),
        )
    },
}
NO_FROM_CONFIG = (
    "{name} cannot be made from its configuration: it has no from_config. Give the class\n"
    "    @classmethod\n    def from_config(cls, config):\n        return cls(**config)"
)
NO_NAME = (
    'A configuration names a class by a text, "class_name", and the module that it is in, got '
    "class_name={name} and module={module}."
)
# The rooms whose functions a configuration may name; elsewhere it may name classes alone.
FUNCTION_ROOMS = ("activations", "initializers", "losses", "metrics")
NO_FUNCTIONS_OF_ARRAYS = ("deserialize", "get", "serialize")
_custom: dict[str, Any] = {}
_scopes: list[dict[str, Any]] = []
# By identity, what has been described, with its description; and by number, what has been made.
_described: dict[int, tuple[Any, dict[str, Any]]] | None = None
_made: dict[Any, Any] | None = None
_MISSING = object()


class UnknownNameError(MisdescribedError):
    """A configuration names a class or function that is neither ours nor registered."""


class Configurable:
    """Base of everything whose constructor is its configuration.

    `get_config()` gives the constructor's arguments: for each parameter the attribute of that name,
    or what was passed.
    """

    _constructed_with: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if (args or kwargs) and cls.__init__ is object.__init__:  # which would pass over them
            given = ", ".join([*map(repr, args), *(f"{name}={kwargs[name]!r}" for name in kwargs)])
            raise TypeError(f"{cls.__name__} takes no arguments, got {given}. Write {cls.__name__}().")
        self = object.__new__(cls)
        object.__setattr__(self, "_constructed_with", (args, kwargs))
        return self

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as plain numbers, strings, lists and dicts."""
        args, kwargs = self._constructed_with
        names = parameters(type(self))
        passed = {**dict(zip(_positional(type(self)), args, strict=False)), **kwargs}
        config: dict[str, Any] = {}
        for name, default in names.items():
            value = getattr(self, name, _MISSING)
            if value is _MISSING or inspect.ismethod(value):
                value = passed.get(name, default)
            config[name] = serialize(value)
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A new object from what `get_config()` gave."""
        return cls(**config)


def parameters(cls: Any) -> dict[str, Any]:
    """Names and defaults of the arguments that a class's constructor takes, its base classes'
    included."""
    return dict(_parameters(cls))


@functools.lru_cache(maxsize=512)  # a model of a thousand layers asks as often about a few classes
def _parameters(cls: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        signature = inspect.signature(base.__init__).parameters.values()
        for parameter in list(signature)[1:]:
            if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                default = None if parameter.default is parameter.empty else parameter.default
                found.setdefault(parameter.name, default)
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature):
            break
    return found


def _positional(cls: Any) -> tuple[str, ...]:
    signature = inspect.signature(cls.__init__).parameters.values()
    return tuple(p.name for p in list(signature)[1:] if p.kind is p.POSITIONAL_OR_KEYWORD)


@contextmanager
def describing() -> Iterator[None]:
    """Within the outermost such block `serialize` numbers what it meets twice."""
    global _described
    before, _described = _described, {} if _described is None else _described
    try:
        yield
    finally:
        _described = before


@contextmanager
def making() -> Iterator[dict[Any, Any]]:
    """Within the outermost such block `deserialize` makes what is numbered once; gives what it made.

    Weights of what is made there are only declared.
    """
    global _made
    before, _made = _made, {} if _made is None else _made
    try:
        with nullcontext() if context.allowance else allowed(None):
            yield _made
    finally:
        _made = before


def serialize(value: Any) -> Any:
    """A value as plain numbers, strings, lists and dicts."""
    if hasattr(value, "get_config") and not inspect.isclass(value):
        return _serialize_object(value)
    if isinstance(value, dict):
        return {key: serialize(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return (
            type(value)(serialize(item) for item in value)
            if type(value) in (list, tuple)
            else list(value)
        )
    if not inspect.isclass(value) and callable(value) and hasattr(value, "__name__"):
        if value.__module__.startswith("cornu."):
            return value.__name__
        return {
            "module": "builtins",
            "class_name": "function",
            "config": value.__name__,
            "registered_name": registered_name(value) or value.__name__,
        }
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


def _serialize_object(value: Any) -> dict[str, Any]:
    """An object by class and configuration, and how it is built and compiled if it says so."""
    cls = type(value)
    module, name = vars(cls).get("_public_name") or (public_module(cls), cls.__name__)
    ours = cls.__module__.startswith("cornu.")
    found = {
        "module": module,
        "class_name": name,
        "config": value.get_config(),
        "registered_name": registered_name(cls) or (None if ours else name),
    }
    for stage in ("build", "compile"):
        hook = getattr(value, f"get_{stage}_config", None)
        more = hook() if hook is not None else None
        if more is not None:
            found[f"{stage}_config"] = serialize(more)
    if _described is not None:
        _, first = _described.setdefault(id(value), (value, found))
        if first is not found:
            number = list(_described).index(id(value))
            first["shared_object_id"] = found["shared_object_id"] = number
    return found


def deserialize(config: Any, table: Mapping[str, Any] | None = None, custom_objects: Any = None) -> Any:
    """The object that a configuration describes.

    Raises:
        ValueError: if a class is neither Cornu's nor registered, or cannot be made of what there is.
    """
    if _made is None:
        checked(config)
    if isinstance(config, (list, tuple)):
        return type(config)(deserialize(item, table, custom_objects) for item in config)
    if not isinstance(config, dict):
        return config
    if "class_name" not in config:
        return {key: deserialize(item, table, custom_objects) for key, item in config.items()}
    if config["class_name"] in (*VALUES,):
        with made_from(str(config["class_name"]), None):
            return VALUES[config["class_name"]](config.get("config"))
    with custom_object_scope(custom_objects), making() as made:
        number = config.get("shared_object_id")
        if number is not None and str(number) in made:
            return made[str(number)]
        cls = find(config, table)
        if config["class_name"] == "function":
            return cls
        if not hasattr(cls, "from_config"):
            if inspect.isclass(cls) and not cls.__module__.startswith("cornu."):
                raise TypeError(NO_FROM_CONFIG.format(name=cls.__name__))
            return cls
        with made_from(cls, config.get("config")):
            instance = cls.from_config(config.get("config") or {})
            restore = getattr(instance, "_restore", None)
            if restore is not None:
                restore(config)
                count(layers=1)
        if number is not None:
            made[str(number)] = instance
        return instance


def _array(config: Any) -> Any:
    import numpy as np

    from cornu.core.dtypes import numpy_dtype

    return np.asarray(config["value"], numpy_dtype(config["dtype"]))


def _slice(config: Any) -> slice:
    return slice(*(config if isinstance(config, list) else map(config.get, ("start", "stop", "step"))))


def _refuse_code(config: Any) -> Any:
    raise MisdescribedError(
        "The configuration holds a function as code (a lambda), which Cornu never runs. Write the "
        "function with def, under a name, and give it: custom_objects={...}."
    )


# How Keras writes what JSON has no word for.
VALUES: dict[str, Callable[[Any], Any]] = {
    "__numpy__": _array,
    "__tensor__": _array,
    "__slice__": _slice,
    "__ellipsis__": lambda config: ...,
    "__bytes__": lambda config: config["value"].encode(),
    "__lambda__": _refuse_code,
}


def find(config: Mapping[str, Any], table: Mapping[str, Any] | None = None) -> Any:
    """The class or function that a serialized object names.

    Raises:
        ValueError: if it is not known, or what names it is no text.
    """
    function = config["class_name"] == "function"
    name = config.get("config") if function else config["class_name"]
    if not isinstance(name, str) or not isinstance(config.get("module"), (str, type(None))):
        shown = {"name": describe(name), "module": describe(config.get("module"))}
        raise MisdescribedError(NO_NAME.format(**shown))
    for candidate in (config.get("registered_name"), name):
        found = custom_object(candidate)
        if found is not None:
            return found
    options: Mapping[str, Any] = table or {}
    # Keras 2 wrote no module; there only layers are looked up without a table of their kind.
    public = str(config.get("module", "" if table else "keras.layers"))
    if "module" not in config and name in ("Functional", "Model", "Sequential"):
        public = "keras.models"
    if not function and name == "Functional" and public.startswith("keras."):
        public, name = "keras.models", "Model"
    room = ROOMS.get(public)
    if room is not None:
        module = importlib.import_module(room)
        # Only of these, since what else the room has may import what no loading needs.
        known = [each for each in module.__all__ if each[0].isupper() or _of_functions(public)]
        found = getattr(module, name) if name in known else None
        if _may_be_named(found, public):
            return found
        options = {**options, **dict.fromkeys(known, module)}
    if table and name in table:
        return table[name]
    raise UnknownNameError(
        f'No class or function "{name}" is known. {did_you_mean(name, options)} '
        f'If it is yours, pass custom_objects={{"{name}": {name}}} or decorate it with '
        "@register_keras_serializable()."
    )


def _may_be_named(thing: Any, public: str) -> bool:
    """Whether a file may name it: what is made from a configuration, or a function of arrays."""
    if inspect.isclass(thing) or hasattr(thing, "from_config"):
        return hasattr(thing, "from_config")
    known = callable(thing) and _of_functions(public)
    return known and thing.__name__ not in NO_FUNCTIONS_OF_ARRAYS


def _of_functions(public: str) -> bool:
    return public.removeprefix("keras.") in FUNCTION_ROOMS


def public_module(cls: type) -> str | None:
    """The Keras name of the module that a class of ours is public in; None for a user's class."""
    for public, ours in reversed(ROOMS.items()):
        if ours != "cornu" and f"{cls.__module__}.".startswith(f"{ours}."):
            return public
    return "keras" if cls.__module__.startswith("cornu.") else cls.__module__


def custom_object(name: Any) -> Any:
    """What the user registered under this name, innermost scope first; None if nothing."""
    if not isinstance(name, str):
        return None
    for table in (*reversed(_scopes), _custom):
        for key in (name, f"Custom>{name}"):
            if key in table:
                return table[key]
    return None


def registered_name(thing: Any) -> str | None:
    """The name under which the user registered a class or function; None if they did not."""
    return next((name for name, registered in _custom.items() if registered is thing), None)


def get_registered_name(obj: Any) -> str:
    """The name under which a class or function was registered; its own name if it was not.

    Args:
        obj: class or function.

    Example:
        >>> class Doubler: ...
        >>> get_registered_name(Doubler)
        'Doubler'
    """
    return registered_name(obj) or str(obj.__name__)


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Any], Any]:
    """A decorator: makes a class or function of yours known under 'package>name' when models are loaded.

    >>> @register_keras_serializable(package="my")
    ... def double(x):
    ...     return 2 * x
    >>> registered_name(double)
    'my>double'
    """

    def register(thing: Any) -> Any:
        if inspect.isclass(thing) and not hasattr(thing, "get_config"):
            raise ValueError(f"{thing.__name__} needs a get_config() method to be registered.")
        _custom[f"{package}>{name or thing.__name__}"] = thing
        return thing

    return register


def get_custom_objects() -> dict[str, Any]:
    """The table of registered classes and functions, which may be changed.

    Example:
        >>> get_custom_objects()["twice"] = lambda x: 2 * x
        >>> custom_object("twice")(3)
        6
        >>> del get_custom_objects()["twice"]
    """
    return _custom


@contextmanager
def custom_object_scope(custom_objects: Mapping[str, Any] | None) -> Iterator[None]:
    """Within the block these names are known, as if registered.

    Example:
        >>> with custom_object_scope({"twice": lambda x: 2 * x}):
        ...     custom_object("twice")(3)
        6
    """
    _scopes.append(dict(custom_objects or {}))
    try:
        yield
    finally:
        _scopes.pop()


def lookup(identifier: Any, kind: str, table: Mapping[str, Any], **arguments: Any) -> Any:
    """A name, configuration, class, object or function as an object or function of this kind.

    `table` holds every accepted name; `kind` names what is looked for in the error ("activation",
    "loss").

    Raises:
        ValueError: if the name is unknown, with the closest known one.
        TypeError: if the identifier is none of these things.
    """
    if isinstance(identifier, Mapping):
        found = deserialize(identifier, table)
    elif isinstance(identifier, str):
        found = custom_object(identifier)
        if found is None:
            found = table.get(identifier)
        if found is None:
            raise ValueError(f'Unknown {kind} "{identifier}". {did_you_mean(identifier, table)}')
    else:
        found = identifier
    if inspect.isclass(found):
        found = found(**arguments)
    if not callable(found) and not isinstance(found, Configurable):
        raise TypeError(
            f"{kind}={describe(identifier)} is not understood. Write a name such as "
            f'"{next(iter(table))}", an object, or a function.'
        )
    return found
