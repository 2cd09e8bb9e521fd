"""Old names: `keras` and `tensorflow.keras` as other names of Cornu's own modules."""

from cornu.compat.finder import ALIASES, install, installed, uninstall
from cornu.compat.notes import OldNameWarning

__all__ = ["ALIASES", "OldNameWarning", "install", "installed", "uninstall"]
