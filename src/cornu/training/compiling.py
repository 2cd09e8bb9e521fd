"""How hard XLA should try: quick compilation for programs that run for less time than it takes to
optimize them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

# On a small network XLA's CPU compiler spends most of its time in LLVM, on kernels of a few
# hundred numbers. In one
# module, with the older code generator and without LLVM's passes, the Pima network's loop
# compiles in 55 ms, not 363,
# and a step takes 7.6 us, not 5.9 (docs/performance.md).
QUICK = {
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_parallel_codegen_split_count": 1,
    "xla_backend_optimization_level": 0,
}
# Numbers touched in all steps together (weights, and the rows of a batch) up to which that pays:
# about 0.1 s of work.
SMALL_WORK = 10_000_000

_refused = False  # whether this JAX does not know the options


def is_small(weights: int, batch_numbers: int, steps: int) -> bool:
    """Whether a program is better compiled quickly than well.

    Args:
        weights: how many numbers the variables hold, times the places at which they are used.
        batch_numbers: how many numbers a batch holds.
        steps: how many steps the program is expected to run.

    >>> is_small(weights=221, batch_numbers=90, steps=11_550)  # the Pima network of the lecture
    True
    >>> is_small(weights=669_706, batch_numbers=100_352, steps=500)  # 784-512-512-10 on MNIST
    False
    """
    return (weights + batch_numbers) * steps <= SMALL_WORK


def compiled(function: Callable[..., Any], quick: bool, **options: Any) -> Callable[..., Any]:
    """`jax.jit(function, **options)`, compiled quickly or well."""
    if not _quickly(quick):
        return jax.jit(function, **options)
    plain = jax.jit(function, **options)
    fast = jax.jit(function, compiler_options=QUICK, **options)

    def call(*arguments: Any) -> Any:
        if _refused:
            return plain(*arguments)
        try:
            return fast(*arguments)
        except jax.errors.JaxRuntimeError as error:
            _note_refusal(error)
            return plain(*arguments)

    return call


def lowered(function: Callable[..., Any], quick: bool, arguments: Any, **options: Any) -> Any:
    """What `compiled` makes of the function for these arguments, before it is compiled."""
    chosen = dict(QUICK) if _quickly(quick) else None
    return jax.jit(function, compiler_options=chosen, **options).lower(*arguments)


def compile_ahead(function: Callable[..., Any], quick: bool, arguments: Any, **options: Any) -> Any:
    """The compiled function for these arguments, not called yet."""
    try:
        return lowered(function, quick, arguments, **options).compile()
    except jax.errors.JaxRuntimeError as error:
        if not quick:
            raise
        _note_refusal(error)
        return lowered(function, quick, arguments, **options).compile()


def _quickly(wanted: bool) -> bool:
    return wanted and not _refused and jax.default_backend() == "cpu"


def _note_refusal(error: Exception) -> None:
    """Raises the error again, unless it says that this JAX does not know the options."""
    global _refused
    if _refused or "No such compile option" not in str(error):
        raise error
    _refused = True
