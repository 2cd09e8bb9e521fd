"""Words in strings that Keras 3 spells otherwise: `loss="cosine_proximity"`, `metrics=["kld"]`."""

from __future__ import annotations

import libcst as cst

from cornu.compat.old.entries import CONSTRAINTS
from cornu.compat.upgrade.arglist import literal
from cornu.compat.upgrade.forms import Form

_LOSSES = {
    "cosine": "cosine_similarity",
    "cosine_proximity": "cosine_similarity",
    "huber_loss": "huber",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
}
_METRICS = {**_LOSSES, "kld": "kl_divergence", "KLD": "kl_divergence", "logcosh": "log_cosh_error"}
_TURNED = ("cosine", "cosine_proximity")
_SIGN = (
    'the metric "cosine_similarity" has the other sign today: keras.losses.cosine_similarity has that '
    "of its time"
)
#: By the argument, what its words are today.
WORDS: dict[str, dict[str, str]] = {
    "loss": _LOSSES,
    "metrics": _METRICS,
    "weighted_metrics": _METRICS,
    **{
        f"{part}_constraint": CONSTRAINTS
        for part in ("kernel", "bias", "recurrent", "embeddings", "gamma", "beta", "depthwise", "alpha")
    },
}


def spell(form: Form, places: tuple[str, ...] = ()) -> None:
    """Puts the words of a call's arguments into those of today."""
    for name, words in WORDS.items():
        arg = form.args.find(name, places.index(name) if name in places else None)
        if arg is not None:
            new = arg.value.visit(_Speller(form, words, name.endswith("metrics")))
            if new is not arg.value and isinstance(new, cst.BaseExpression):
                form.args.set(arg, new)


class _Speller(cst.CSTTransformer):
    """Changes the strings of a list, a dict's values, or a single one."""

    def __init__(self, form: Form, words: dict[str, str], metrics: bool) -> None:
        super().__init__()
        self.form, self.words, self.metrics = form, words, metrics

    def visit_Call(self, node: cst.Call) -> bool:
        return False  # its strings are its own

    def visit_Subscript(self, node: cst.Subscript) -> bool:
        return False

    def leave_DictElement(
        self, original_node: cst.DictElement, updated_node: cst.DictElement
    ) -> cst.DictElement:
        return updated_node.with_changes(key=original_node.key)  # the name of an output

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.BaseExpression:
        word = literal(updated_node)
        if word not in self.words:
            return updated_node
        if self.metrics and word in _TURNED:
            self.form.mark(_SIGN)
        quoted = updated_node.quote
        return updated_node.with_changes(value=f"{quoted}{self.words[word]}{quoted}")
