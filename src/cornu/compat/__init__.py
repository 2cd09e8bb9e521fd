"""Old names: `keras` and `tensorflow.keras` as other names of Cornu's own modules."""

from cornu.compat.finder import ALIASES, install, installed, uninstall

__all__ = ["ALIASES", "install", "installed", "uninstall"]
