"""How hard XLA should try: little effort for programs that run for less time than it takes to
optimize them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax

# On a small network XLA's CPU compiler spends most of its time in LLVM, on kernels of a few hundred
# numbers. The older code generator is quicker there; without LLVM's passes the Pima network's loop
# compiles in 65 ms, and a step takes 11 us; with the first of them in 145 ms, and 7.5 us; as XLA does it
# by itself in 366 ms, and 6.9 us (docs/performance.md).
EFFORTS: dict[str, dict[str, Any] | None] = {
    "little": {
        "xla_cpu_use_fusion_emitters": False,
        "xla_cpu_parallel_codegen_split_count": 1,
        "xla_backend_optimization_level": 0,
    },
    "some": {
        "xla_cpu_use_fusion_emitters": False,
        "xla_cpu_parallel_codegen_split_count": 2,
        "xla_backend_optimization_level": 1,
    },
    # For many layers of the same shapes: the emitters write a kernel once for all fusions that are
    # equal, where the older generator writes each. 500 layers compile in 4 s, not 18. Small products
    # left to Eigen save 0.4 s in the first step, and a fifth of each.
    "repeated": {
        "xla_cpu_experimental_ynn_fusion_type": "",
        "xla_cpu_parallel_codegen_split_count": 1,
        "xla_backend_optimization_level": 1,
    },
    "full": None,
}
# Numbers touched in all steps together (weights, and the rows of a batch) up to which an effort pays:
# about 0.01 and 0.1 s of work.
WORK = {"little": 1_000_000, "some": 10_000_000}
# How many weights must have the same shape, on average, for "repeated" to be quicker.
REPEATS = {"little": 32, "some": 4}

_refused = False  # whether this JAX does not know the options


def effort_for(weights: int, batch_numbers: int, steps: int, repeats: float = 1) -> str:
    """How hard XLA should try with a program.

    Args:
        weights: how many numbers the variables hold, times the places at which they are used.
        batch_numbers: how many numbers a batch holds.
        steps: how many steps the program is expected to run.
        repeats: how many weights there are of a shape, on average.

    >>> effort_for(weights=221, batch_numbers=90, steps=11_550)  # the Pima network of the lecture
    'some'
    >>> effort_for(weights=221, batch_numbers=90, steps=77)
    'little'
    >>> effort_for(weights=669_706, batch_numbers=100_352, steps=500)  # 784-512-512-10 on MNIST
    'full'
    >>> effort_for(weights=796_000, batch_numbers=2_048, steps=5, repeats=83)  # of 500 equal layers
    'repeated'
    """
    work = (weights + batch_numbers) * steps
    effort = next((effort for effort, most in WORK.items() if work <= most), "full")
    return "repeated" if repeats >= REPEATS.get(effort, math.inf) else effort


def compiled(function: Callable[..., Any], effort: str, **options: Any) -> Callable[..., Any]:
    """`jax.jit(function, **options)`, compiled with this effort."""
    chosen = _options(effort)
    if chosen is None:
        return jax.jit(function, **options)
    plain = jax.jit(function, **options)
    fast = jax.jit(function, compiler_options=chosen, **options)

    def call(*arguments: Any) -> Any:
        if _refused:
            return plain(*arguments)
        try:
            return fast(*arguments)
        except jax.errors.JaxRuntimeError as error:
            _note_refusal(error)
            return plain(*arguments)

    return call


def lowered(function: Callable[..., Any], effort: str, arguments: Any, **options: Any) -> Any:
    """What `compiled` makes of the function for these arguments, before it is compiled."""
    return jax.jit(function, compiler_options=_options(effort), **options).lower(*arguments)


def compile_ahead(function: Callable[..., Any], effort: str, arguments: Any, **options: Any) -> Any:
    """The compiled function for these arguments, not called yet."""
    try:
        return lowered(function, effort, arguments, **options).compile()
    except jax.errors.JaxRuntimeError as error:
        if EFFORTS[effort] is None:
            raise
        _note_refusal(error)
        return lowered(function, effort, arguments, **options).compile()


def _options(effort: str) -> dict[str, Any] | None:
    """What XLA is told, if anything."""
    return None if _refused or jax.default_backend() != "cpu" else EFFORTS[effort]


def _note_refusal(error: Exception) -> None:
    """Raises the error again, unless it says that this JAX does not know the options."""
    global _refused
    if _refused or "No such compile option" not in str(error):
        raise error
    _refused = True
