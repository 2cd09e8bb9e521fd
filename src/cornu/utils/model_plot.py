"""`plot_model` and `model_to_dot`: the layers of a model as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cornu.core.atomic import write_whole
from cornu.core.errors import did_you_mean
from cornu.explain import dot
from cornu.explain.architecture import DIRECTIONS, LINES, Shown, architecture
from cornu.explain.drawing import picture_of

SHOWN = (
    *("show_shapes", "show_dtype", "show_layer_names", "rankdir", "expand_nested", "dpi"),
    *("show_layer_activations", "show_trainable", "splines"),
)


def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: Any = "ortho",
    **kwargs: Any,
) -> Any:
    """Draws the layers of a model and how they are connected, into a file and for a notebook.

    Where pydot and Graphviz are installed they draw it, as for Keras. Otherwise Cornu does: SVG with
    nothing else, PNG and PDF with matplotlib. A class of your own is one box;
    `cornu.explain.graph(model, x, y)` shows what it computes.

    Args:
        model: a built model.
        to_file: a name that ends in '.png' (also meant by none), '.svg', '.pdf' or '.txt'; None
            writes no file. Default: 'model.png'.
        show_shapes: whether to show shapes of inputs and outputs. Default: False.
        show_dtype: whether to show the dtypes of the outputs. Default: False.
        show_layer_names: whether to show names beside the classes. Default: False.
        rankdir: 'TB' from top to bottom, 'LR' from left to right, 'BT', 'RL'. Default: 'TB'.
        expand_nested: whether models within the model are shown with their layers. Default: False.
        dpi: pixels for an inch of a bitmap. Default: 200.
        show_layer_activations: whether to show the activations of layers that have one. Default: False.
        show_trainable: whether to show which layers with weights are trained. Default: False.
        splines: 'ortho' for lines with right angles, 'curved' or 'spline', 'polyline' or 'line',
            'none'. Default: 'ortho'.

    Returns:
        What a notebook shows: Cornu's picture, or IPython's of Graphviz's file (None if that
        is a PDF, or IPython is not installed).

    Raises:
        ValueError: if the model is not built, or for an unknown direction, kind of lines or of file.
        TypeError: if it is no model.
        ImportError: for a bitmap without matplotlib and Graphviz.
        OSError: if the file cannot be written.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.Input((8,)), cornu.layers.Dense(4), cornu.layers.Dense(1)])
        >>> cornu.utils.plot_model(model, to_file=None, show_shapes=True)
        Dense            Input shape: (None, 8), Output shape: (None, 4)
        Dense  <- Dense  Input shape: (None, 4), Output shape: (None, 1)
    """
    shown = _shown(
        *(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable),
        *(expand_nested, rankdir, splines, kwargs),
    )
    diagram = architecture(model, shown)
    if to_file is None:
        return picture_of(diagram)
    path = Path(to_file)
    kind = path.suffix.removeprefix(".").lower() or "png"
    if kind != "txt" and dot.has_graphviz():
        graph = dot.to_dot(diagram, dpi, str(splines))
        content = graph.create(format=kind)
        write_whole(path, lambda file: file.write(content))
        return _for_notebook(content, kind)
    picture = picture_of(diagram)
    content = picture.as_file(kind, dpi)
    write_whole(path, lambda file: file.write(content))
    return picture


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: Any = "ortho",
    **kwargs: Any,
) -> Any:
    """The layers of a model as a graph of pydot, which Graphviz draws.

    Args:
        model: a built model.
        show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, dpi,
        show_layer_activations, show_trainable, splines: as in `plot_model`, but names are shown.
        subgraph: True gives a cluster, to put into another graph. Default: False.

    Returns:
        a `pydot.Dot`, or a `pydot.Cluster`.

    Raises:
        ImportError: if pydot is not installed.
        ValueError, TypeError: as `plot_model` does.
    """
    shown = _shown(
        *(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable),
        *(expand_nested, rankdir, splines, kwargs),
    )
    diagram = architecture(model, shown)
    if subgraph:
        return dot.to_cluster(diagram, model.name)
    return dot.to_dot(diagram, dpi, str(splines))


def _shown(
    shapes: bool,
    dtype: bool,
    names: bool,
    activations: bool,
    trainable: bool,
    nested: bool,
    rankdir: str,
    splines: Any,
    unknown: dict[str, Any],
) -> Shown:
    """What to show; an error for a direction, lines or arguments that there are not."""
    if unknown.pop("layer_range", None) is not None:
        raise ValueError("layer_range is gone from Keras 3: make a model of these layers and draw that.")
    for name in unknown:
        raise TypeError(f'There is no argument "{name}". {did_you_mean(name, SHOWN)}')
    if rankdir not in DIRECTIONS:
        raise ValueError(f"rankdir={rankdir!r} is no direction. Known: {', '.join(DIRECTIONS)}.")
    lines = LINES.get(str(splines).lower())
    if lines is None:
        raise ValueError(f"splines={splines!r} is no kind of lines. {did_you_mean(str(splines), LINES)}")
    return Shown(shapes, dtype, names, activations, trainable, nested, rankdir, lines)


def _for_notebook(content: bytes, kind: str) -> Any:
    try:
        import IPython.display
    except ImportError:
        return None
    display: Any = IPython.display
    if kind == "svg":
        return display.SVG(content)
    return None if kind == "pdf" else display.Image(data=content)


__all__ = ["model_to_dot", "plot_model"]
