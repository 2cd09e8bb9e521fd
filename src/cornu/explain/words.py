"""The words for operations of the engine: what a drawing, a formula and the chain rule call them."""

from __future__ import annotations

from typing import Any, NamedTuple


class Word(NamedTuple):
    """An operation: its name, its formula, the sign in a drawing, and its derivative.

    In formulas {0}, {1} stand for the arguments, {out} for the result, {up} for the gradient from above.
    """

    name: str
    formula: str = ""
    sign: str = ""
    rules: tuple[str, ...] = ()  # the local derivative by each argument


WORDS: dict[str, Word] = {
    "add": Word("add", "{0} + {1}", "+", ("1", "1")),
    "add_any": Word("add", "{0} + {1}", "+", ("1", "1")),
    "sub": Word("minus", "{0} − {1}", "−", ("1", "−1")),
    "mul": Word("times", "{0} × {1}", "×", ("{1}", "{0}")),
    "div": Word("divide", "{0} / {1}", "÷", ("1 / {1}", "−{0} / {1}²")),
    "neg": Word("negative", "−{0}", "−x", ("−1",)),
    "exp": Word("exp", "exp({0})", "exp", ("{out}",)),
    "log": Word("log", "log({0})", "log", ("1 / {0}",)),
    "log1p": Word("log1p", "log(1 + {0})", "log(1+x)", ("1 / (1 + {0})",)),
    "expm1": Word("expm1", "exp({0}) − 1", "exp−1", ("{out} + 1",)),
    "square": Word("square", "{0}²", "x²", ("2 {0}",)),
    "sqrt": Word("sqrt", "√{0}", "√", ("1 / (2 {out})",)),
    "rsqrt": Word("rsqrt", "1 / √{0}", "1/√", ("−{out}³ / 2",)),
    "abs": Word("abs", "|{0}|", "|x|", ("sign({0})",)),
    "sign": Word("sign", "sign({0})", "sign", ("0",)),
    "tanh": Word("tanh", "tanh({0})", "tanh", ("1 − {out}²",)),
    "sin": Word("sin", "sin({0})", "sin", ("cos({0})",)),
    "cos": Word("cos", "cos({0})", "cos", ("−sin({0})",)),
    "logistic": Word("sigmoid", "σ({0})", "σ", ("{out} (1 − {out})",)),
    "_logistic": Word("sigmoid", "σ({0})", "σ", ("{out} (1 − {out})",)),
    "sigmoid": Word("sigmoid", "σ({0})", "σ", ("{out} (1 − {out})",)),
    "relu": Word("relu", "relu({0})", "relu", ("1 where {0} > 0, else 0",)),
    "softmax": Word(
        "softmax", "softmax({0})", "softmax", ("{out} (upstream − their mean weighted by {out})",)
    ),
    "log_softmax": Word("log softmax", "log softmax({0})", "log softmax"),
    "max": Word("max", "max({0}, {1})", "max", ("1 where {0} is larger", "1 where {1} is larger")),
    "min": Word("min", "min({0}, {1})", "min", ("1 where {0} is smaller", "1 where {1} is smaller")),
    "pow": Word("power", "{0} ^ {1}", "xʸ", ("{1} {0} ^ ({1} − 1)", "log({0}) {out}")),
    "dot_general": Word("matmul", "{0} · {1}", "matmul", ("{up} · {1}ᵀ", "{0}ᵀ · {up}")),
    "_product": Word("matmul", "{0} · {1}", "matmul", ("{up} · {1}ᵀ", "{0}ᵀ · {up}")),
    "reduce_sum": Word("sum", "sum({0})", "sum", ("{up} for each term",)),
    "cumsum": Word("cumsum", "cumsum({0})", "cumsum"),
    "reduce_max": Word("max", "max({0})", "max", ("1 at the largest",)),
    "reduce_min": Word("min", "min({0})", "min", ("1 at the smallest",)),
    "reduce_prod": Word("product", "product({0})", "product"),
    "argmax": Word("argmax", "argmax({0})", "argmax"),
    "argmin": Word("argmin", "argmin({0})", "argmin"),
    "select_n": Word("where", "where({0}, {2}, {1})", "where"),
    "_where": Word("where", "where({0}, {1}, {2})", "where"),
    "stop_gradient": Word("stop gradient", "stop_gradient({0})", "stop ∂", ("0",)),
    "concatenate": Word("concatenate", "concatenate({all})", "concat"),
    "stack": Word("stack", "stack({all})", "stack"),
    "conv_general_dilated": Word("convolution", "{0} ∗ {1}", "conv"),
    "convolution_by_onednn": Word("convolution", "{0} ∗ {1}", "conv"),
    "gt": Word("greater", "{0} > {1}", ">"),
    "lt": Word("less", "{0} < {1}", "<"),
    "ge": Word("greater or equal", "{0} ≥ {1}", "≥"),
    "le": Word("less or equal", "{0} ≤ {1}", "≤"),
    "eq": Word("equal", "{0} = {1}", "="),
    "ne": Word("not equal", "{0} ≠ {1}", "≠"),
    "erf": Word("erf", "erf({0})", "erf"),
    "gather": Word("take", "{0}[{1}]", "take"),
    "dynamic_slice": Word("slice", "slice({0})", "slice"),
    "transpose": Word("transpose", "{0}ᵀ", "xᵀ"),
    "scan": Word("loop", "loop({all})", "loop"),
    "while": Word("loop", "loop({all})", "loop"),
    "cond": Word("branch", "branch({all})", "branch"),
}
# How an operation with a constant is drawn: of the other argument, x.
WITH_CONSTANT = {
    "add": ("+{c}", "+{c}"),  # the constant first, the constant second
    "sub": ("{c}−x", "−{c}"),
    "mul": ("×{c}", "×{c}"),
    "div": ("{c}/x", "÷{c}"),
    "max": ("max(x, {c})", "max(x, {c})"),
    "min": ("min(x, {c})", "min(x, {c})"),
    "pow": ("{c}^x", "x^{c}"),
    "gt": ("{c}>x", ">{c}"),
    "lt": ("{c}<x", "<{c}"),
    "ge": ("{c}≥x", "≥{c}"),
    "le": ("{c}≤x", "≤{c}"),
    "eq": ("={c}", "={c}"),
}
#: Operations that change how numbers are kept or laid out, and leave them as they are.
PLAIN = frozenset(
    ("convert_element_type", "broadcast_in_dim", "reshape", "squeeze", "expand_dims", "copy", "copy_p")
)
#: Compiled functions and custom derivatives that stay one operation. All others are opened, except
#: those with a derivative of their own, which the operations in them would not have.
NAMED = frozenset(("relu", "softmax", "log_softmax", "_where", "_logistic", "_product", "sigmoid"))
#: Operations of which each number of the result depends on one number of each argument.
BY_NUMBER = frozenset(
    [
        "add",
        "add_any",
        "sub",
        "mul",
        "div",
        "neg",
        "exp",
        "log",
        "log1p",
        "expm1",
        "square",
        "sqrt",
        "rsqrt",
        "abs",
        "tanh",
        "sin",
        "cos",
        "logistic",
        "_logistic",
        "sigmoid",
        "relu",
        "max",
        "min",
        "pow",
        "integer_pow",
        "select_n",
        "_where",
        "erf",
    ]
)
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def word_of(primitive: str, params: dict[str, Any]) -> Word:
    """The word for an operation of the engine.

    >>> word_of("integer_pow", {"y": 3}).formula
    '{0}³'
    >>> word_of("atan2", {}).formula
    'atan2({all})'
    """
    if primitive == "integer_pow":
        if params["y"] == -1:
            return Word("reciprocal", "1 / {0}", "1/x", ("−{out}²",))
        power = str(params["y"]).translate(_SUPERSCRIPTS)
        less = "" if params["y"] == 2 else str(params["y"] - 1).translate(_SUPERSCRIPTS)
        return Word("power", "{0}" + power, f"x{power}", (f"{params['y']} {{0}}{less}",))
    if primitive == "slice":
        return Word("slice", f"{{0}}[{_range(params)}]", f"[{_range(params)}]")
    found = WORDS.get(primitive)
    name = primitive.strip("_").replace("_", " ")
    return found or Word(name, f"{name.replace(' ', '_')}({{all}})", name)


def _range(params: dict[str, Any]) -> str:
    """The places that a slice takes, as Python writes them."""
    starts, ends = params["start_indices"], params["limit_indices"]
    pairs = zip(starts, ends, params["strides"] or (1,) * len(starts), strict=True)
    return ", ".join(
        str(a) if b - a == 1 else f"{a}:{b}" + (f":{s}" if s > 1 else "") for a, b, s in pairs
    )


__all__ = ["BY_NUMBER", "NAMED", "PLAIN", "WITH_CONSTANT", "Word", "word_of"]
