"""Storage: models as files, in the formats of Keras 3."""

from cornu.storage.archive import load_model, save_model
from cornu.storage.description import model_from_json
from cornu.storage.weights import load_weights, save_weights

__all__ = ["load_model", "load_weights", "model_from_json", "save_model", "save_weights"]
