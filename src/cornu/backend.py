"""The backend: what old programs import as K."""

from cornu.core.dtypes import floatx, set_floatx
from cornu.core.names import clear_session
from cornu.core.settings import epsilon, image_data_format, set_epsilon, set_image_data_format

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]


def backend() -> str:
    """The name of the engine: always 'jax'.

    Example:
        >>> backend()
        'jax'
    """
    return "jax"
