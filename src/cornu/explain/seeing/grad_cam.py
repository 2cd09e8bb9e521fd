"""`explain.grad_cam`: where in an image the evidence for a class is, by the maps of a layer."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.errors import show_shape
from cornu.explain.numbers import number
from cornu.explain.seeing.inputs import Score, bare, channels_last, last_activation, one_sample
from cornu.explain.seeing.inside import Inside, Visit
from cornu.explain.seeing.panels import Attribution, beside, displayed, show

NO_MAPS = (
    'explain.grad_cam: layer "{layer}" ({kind}) gives {shape}, no feature maps, which are images with '
    "channels. {advice}"
)


class GradCam(Attribution):
    """A heat map: `map` is that of the layer, `array` the same at the size of the image."""

    def __init__(self, *arguments: Any, map: Any, layer: str) -> None:
        super().__init__(*arguments)
        self.map, self.layer = map, layer


def grad_cam(model: Any, image: Any, layer: Any = None, index: int | None = None) -> GradCam:
    r"""Shows where in an image a convolutional network sees a class: Grad-CAM.

    $$L = \text{ReLU}\Big(\sum_k \alpha_k A^k\Big), \quad
    \alpha_k = \frac{1}{Z} \sum_{i,j} \frac{\partial s}{\partial A^k_{ij}}$$

    with the feature maps $A^k$ of a layer, their number of places $Z$, and the score $s$ of the class,
    taken before a softmax or sigmoid at the end.

    Args:
        model: a built model.
        image: one image, with or without an axis for the batch.
        layer: a layer with feature maps, or its name. Default: the last one that has them.
        index: the class. Default: the one that is predicted.

    Returns:
        the image with the map over it; `array` (height, width), `map` as small as the layer's, `index`,
        `score` and `layer` for programs.

    Raises:
        ValueError: if the model is not built or takes several inputs, there is no such layer or class,
            the layer has no feature maps, or the image has another shape than the model takes or holds
            NaN.
        TypeError: if it is no model, or the image is made of no numbers.
        ImportError: when it is drawn without matplotlib.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential(
        ...     [
        ...         cornu.Input((4, 4, 1)),
        ...         cornu.layers.Conv2D(1, 1, use_bias=False, name="conv"),
        ...         cornu.layers.GlobalAveragePooling2D(),
        ...     ]
        ... )
        >>> model.set_weights([np.ones((1, 1, 1, 1))])
        >>> image = np.zeros((4, 4, 1))
        >>> image[0, 1] = 1.0
        >>> cornu.explain.grad_cam(model, image).map[0].tolist()
        [0.0, 0.0625, 0.0, 0.0]

    Source: Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks, 2017.
    """
    x = one_sample("grad_cam", model, image, "image", image=True)
    inside = Inside("grad_cam", model, x)
    visit = _with_maps(inside, layer)
    score = Score(inside, index)
    maps, outputs, gradient = _maps_and_gradient(inside, visit, score, x)
    score.choose(outputs)
    places = (2, 3) if visit.channels == 1 else (1, 2)
    alpha = gradient.mean(axis=places, keepdims=True)
    heat = np.maximum((alpha * maps).sum(axis=visit.channels), 0.0)[0]
    last = channels_last(x, inside)
    size = x.shape[1:3] if last else x.shape[2:4]
    whole = np.asarray(jax.image.resize(heat, size, "bilinear"))
    value = float(score.of(outputs)[0])
    assert score.index is not None
    return GradCam(
        lambda figure: _draw(figure, displayed(x[0], last), whole, f"class {score.index}"),
        _text(inside, visit, heat, whole, score.index, value),
        beside(2),
        *(whole, score.index, value),
        map=heat,
        layer=visit.name,
    )


def _with_maps(inside: Inside, layer: Any) -> Visit:
    """The layer that was asked for, or the last one with feature maps of more than one place."""
    found = [visit for visit in inside.visits if len(visit.shape) == 4]
    places = [max(v.shape[2:] if v.channels == 1 else v.shape[1:3]) for v in found]
    able = [v for v, size in zip(found, places, strict=True) if not v.inner and size > 1]
    wanted = inside.visit(layer) if layer is not None else able[-1] if able else inside.leaves[-1]
    if len(wanted.shape) != 4:
        names = ", ".join(f'"{visit.name}"' for visit in able)
        advice = f"Layers that have them: {names}." if able else "No layer of the model has them."
        about = {"layer": wanted.name, "kind": wanted.kind, "shape": show_shape(wanted.shape[1:])}
        raise ValueError(NO_MAPS.format(**about, advice=advice))
    return wanted


def _maps_and_gradient(inside: Inside, visit: Visit, score: Score, x: Any) -> Any:
    """The maps, all scores, and the gradient by the maps of the score that is explained."""

    def run(x: Any) -> Any:
        def with_added(zeros: Any) -> Any:
            kept = []

            def look(number: int, layer: Any, args: Any, output: Any) -> Any:
                if number != visit.number:
                    return output
                kept.append(output)
                return output + zeros

            outputs = inside.run(x, look)
            row = score.all(outputs)[0]
            chosen = jnp.argmax(row) if score.index is None else score.index
            return row[chosen].astype("float32"), (kept[0], outputs)

        zeros = jnp.zeros(visit.shape, visit.output.dtype)
        gradient, (maps, outputs) = jax.grad(with_added, has_aux=True)(zeros)
        return maps.astype("float32"), outputs, gradient.astype("float32")

    with bare(inside):
        return inside.computed(run, x)


def _text(inside: Inside, visit: Visit, heat: Any, whole: Any, index: int, value: float) -> str:
    kind = "score before the last activation" if last_activation(inside) else "output"
    first = f'Grad-CAM of class {index} ({kind}: {number(value)}) by layer "{visit.name}" ({visit.kind})'
    size = " x ".join(map(str, heat.shape))
    if not heat.any():
        return f"{first}, {size}: nowhere in the image is evidence for this class."
    row, column = np.unravel_index(int(whole.argmax()), whole.shape)
    share = float((whole > whole.max() / 2).mean())
    return (
        f"{first}, {size}: strongest at row {row}, column {column} of the image; {share:.0%} of it are "
        "above half of that."
    )


def _draw(figure: Any, image: Any, heat: Any, title: str) -> None:
    left, right = figure.subplots(1, 2)
    show(left, image, "image")
    show(right, image, f"evidence for {title}")
    drawn = right.imshow(heat, cmap="inferno", vmin=0.0, alpha=0.65, interpolation="bilinear")
    figure.colorbar(drawn, ax=[left, right], shrink=0.8).ax.tick_params(labelsize=8)


__all__ = ["GradCam", "grad_cam"]
