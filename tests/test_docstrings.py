"""Docstrings of public things: a sentence, the arguments, and an example that runs as a doctest."""

import importlib
import inspect
import re

import pytest

import cornu
from cornu import Model, Sequential, Variable
from cornu.layers import Dense, StringLookup, TextVectorization
from cornu.metrics import Metric
from cornu.optimizers import SGD
from cornu.preprocessing.image import ImageDataGenerator
from cornu.preprocessing.text import Tokenizer
from cornu.random import SeedGenerator
from cornu.utils import Config

BELOW = (
    *("ops.image", "ops.linalg", "ops.nn", "ops.numpy", "optimizers.schedules", "utils.bounding_boxes"),
    *("preprocessing.image", "preprocessing.sequence", "preprocessing.text"),
    *(f"datasets.{name}" for name in cornu.datasets.__all__),
)
ROOMS = ("", *cornu._MODULES, "compat", *BELOW)
DOWNLOAD = "it would download the data; its example is not run"
#: What has no example that runs, and why.
WITHOUT = {
    "callbacks.OrbaxCheckpoint": "importing Orbax takes seconds",
    "utils.model_to_dot": "it needs pydot, which not everybody has",
    **{f"{room}.load_data": DOWNLOAD for room in ROOMS if room.startswith("datasets.")},
    **{f"datasets.{name}.get_word_index": DOWNLOAD for name in ("imdb", "reuters")},
}
#: Where a docstring says that other arguments are told elsewhere.
ELSEWHERE = re.compile(r"\*\*kwargs|\bothers\b|arguments? (are|is) those|with the arguments of")
#: Classes of which the methods that a program calls have examples, too.
VERBS = (
    *(Model, Sequential, Dense, Variable, Metric, SGD, Tokenizer, ImageDataGenerator),
    *(StringLookup, TextVectorization, SeedGenerator, Config),
)
#: Methods that are called by others, or overridden: what they have to do is said where they are.
CALLED_BY_OTHERS = """
    add_metric add_optimizer_variables add_variable_from_reference adapt advice apply_transform
    assign assign_add assign_sub build build_from_config call compute_loss compute_mask
    compute_metrics compute_output_shape compute_output_spec decay_of enable_lora finalize_state
    finalize_variable_values forget from_config get_build_config get_config get_metrics_result
    get_random_transform initial items keys load_assets load_own_variables loss_arguments on_host
    output_specs predict_step
    quantize random_transform refuse_path reset_state reset_states result save_assets
    save_own_variables scalars scale_loss slot_name stateless_compute_loss symbolic_call take take_from
    test_step
    treats_rows_alone update update_state update_step values
"""


def public():
    """Every public class and function, by its first name."""
    found = {}
    for room in ROOMS:
        module = importlib.import_module(f"cornu.{room}".rstrip("."))
        for name in module.__all__:
            value = getattr(module, name)
            if callable(value) and not inspect.ismodule(value):
                found.setdefault(id(value), (f"{room}.{name}".lstrip("."), value))
    assert cornu.Model in [value for _, value in found.values()]
    return dict(sorted(found.values(), key=lambda pair: pair[0]))


PUBLIC = public()


def methods(cls):
    """The methods of a class that a program calls, by name."""
    for name in dir(cls):
        function = inspect.getattr_static(cls, name)
        function = getattr(function, "__func__", function)
        if (
            inspect.isfunction(function)
            and not name.startswith("_")
            and name not in CALLED_BY_OTHERS.split()
        ):
            yield name, function


def text_of(thing):
    return inspect.cleandoc(thing.__doc__ or "")


def test_every_public_name_begins_with_a_sentence():
    without = [name for name, value in PUBLIC.items() if not re.match(r"[^\n]", text_of(value))]
    assert not without


def test_every_public_name_has_an_example():
    without = {name for name, value in PUBLIC.items() if ">>>" not in text_of(value)}
    assert without == set(WITHOUT)


@pytest.mark.parametrize("cls", VERBS, ids=lambda cls: cls.__name__)
def test_every_method_that_a_program_calls_has_an_example(cls):
    assert not [name for name, function in methods(cls) if ">>>" not in text_of(function)]


def test_the_arguments_are_named():
    """At most two may speak for themselves."""
    silent = {}
    for name, value in PUBLIC.items():
        try:
            parameters = inspect.signature(value).parameters
        except ValueError:
            continue
        bases = value.__mro__ if inspect.isclass(value) else (value,)  # a base says what all have
        words = set(re.findall(r"\w+", " ".join(map(text_of, bases)))) | {"name", "dtype", "seed"}
        missing = [each for each in parameters if each not in words]
        if len(missing) > 2 and not ELSEWHERE.search(text_of(value)):
            silent[name] = missing
    assert silent == {}
