"""The backend: what old programs import as K."""

from cornu.core.dtypes import floatx, set_floatx
from cornu.core.names import clear_session

__all__ = ["backend", "clear_session", "floatx", "set_floatx"]


def backend() -> str:
    """The name of the engine: always 'jax'.

    Example:
        >>> backend()
        'jax'
    """
    return "jax"
