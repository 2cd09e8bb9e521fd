"""Names of the functions of a graph, against Keras's own classes."""

import importlib
import inspect

import pytest

from cornu.storage.functions import CLASSES, COUNTS, HOME, ROOM_OF, ROOMS, written


@pytest.mark.parity
@pytest.mark.parametrize("kind", sorted({*ROOM_OF, *CLASSES, "add", "concatenate", "get_item", "mean"}))
def test_keras_has_such_a_class(kind):
    from keras.src.ops.operation import Operation

    module, cls = written(kind)
    assert issubclass(getattr(importlib.import_module(module), cls), Operation)


@pytest.mark.parity
def test_no_function_is_missing():
    """Whatever Keras can put into a graph is found, less what has no function of its own."""
    from keras.src.ops.operation import Operation

    for room in ROOMS:
        module = importlib.import_module(f"{HOME}{room}")
        theirs = {
            name
            for name, thing in vars(module).items()
            if inspect.isclass(thing) and issubclass(thing, Operation) and thing is not Operation
        }
        ours = {written(kind)[1] for kind, where in ROOM_OF.items() if where == room}
        assert theirs - ours <= {"SegmentReduction"}


@pytest.mark.parity
def test_keras_takes_so_many_arguments_in_the_call():
    for kind in sorted({*ROOM_OF, *COUNTS} - {"switch"}):
        module, cls = written(kind)
        call = inspect.signature(getattr(importlib.import_module(module), cls).call).parameters.values()
        places = [p.name for p in call if p.kind is p.POSITIONAL_OR_KEYWORD][1:]
        assert len(places) == COUNTS.get(kind, 1), kind
