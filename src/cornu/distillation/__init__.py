"""Distillation: a small model, the student, learns what a large one, the teacher, knows."""

from cornu.distillation.distiller import Distiller
from cornu.distillation.losses import DistillationLoss, FeatureDistillation, LogitsDistillation

__all__ = ["DistillationLoss", "Distiller", "FeatureDistillation", "LogitsDistillation"]
