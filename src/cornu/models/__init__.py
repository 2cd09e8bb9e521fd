"""Models: networks that can be trained."""

from cornu.core import engine

engine.start()  # before anything below imports JAX

from cornu.models.cloning import clone_model
from cornu.models.model import Model
from cornu.models.sequential import Sequential
from cornu.storage import load_model, model_from_json, save_model

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]
