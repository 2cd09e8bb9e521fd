"""Models as estimators of scikit-learn: for its pipelines, searches and scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
    from sklearn.utils.multiclass import type_of_target
    from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data
except ImportError as error:
    raise ImportError(
        "cornu.wrappers needs scikit-learn, version 1.6 or later. Install it: pip install scikit-learn"
    ) from error

from cornu.core.errors import describe
from cornu.models import Model, clone_model

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]

NO_MODEL = (
    "{owner}: model must be a compiled model, or a function model(X, y, **model_kwargs) that makes one, "
    "got {found}."
)
NOT_COMPILED = (
    "{owner}: the model is not compiled, or has no loss. Write first, for instance: "
    'model.compile(optimizer="adam", loss="{loss}").'
)
TARGET = (
    "{owner}: Unknown label type: {kind}. y must hold classes, one label per row: integers or strings."
)
ONE_CLASS = "Classifier can't train when only one class is present: y holds nothing but {label!r}."
ARGUMENTS = """
    Args:
        model: a compiled model, which is cloned for each `fit`; or a function that makes one, called as
            `model(X=X, y=y, **model_kwargs)` with the arrays that it is to be trained on.
        warm_start: whether a further `fit` goes on with the weights of the one before; a model given as
            an object is then trained itself. Default: False.
        model_kwargs: arguments for the function. Default: none.
        fit_kwargs: arguments for `model.fit`; those given to `fit` itself come first. Default: none.

    Attributes:
        model_: the model that was trained.
        history_: what its `fit` returned.

    Raises:
        ValueError: in `fit`, if the data do not suit.
        RuntimeError: in `fit`, if the model is not compiled.
"""


def _copied(model: Any, with_weights: bool) -> Any:
    """A clone of a model, compiled as it is."""
    copy = clone_model(model)
    if model.compiled:
        copy.compile_from_config(model.get_compile_config())
    if with_weights and model.built:
        copy.set_weights(model.get_weights())
    return copy


class _Wrapper(BaseEstimator):  # type: ignore[misc]
    """What the three have in common."""

    loss_for_example = "mse"
    model_: Any

    def __init__(
        self,
        model: Model | Callable[..., Model],
        warm_start: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
        fit_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True  # unless the seed is set
        return tags

    def __sklearn_clone__(self) -> Any:
        own = self.get_params(deep=False)
        model = _copied(self.model, with_weights=True) if isinstance(self.model, Model) else self.model
        return type(self)(**{**own, "model": model})

    @property
    def epoch_(self) -> int:
        """How many epochs the last `fit` took; 0 before."""
        history = getattr(self, "history_", None)
        return 0 if history is None else len(history.epoch)

    def fit(self, X: Any, y: Any, **kwargs: Any) -> Any:
        """Trains the model.

        Args:
            X: array of shape (samples, features).
            y: targets of shape (samples,) or (samples, outputs).
            **kwargs: arguments for `model.fit`, such as `epochs` and `sample_weight`.
        """
        X, y = validate_data(self, X, y, multi_output=True, y_numeric=self._numeric)
        y = self._learn_target(y)
        again = self.warm_start and hasattr(self, "model_")
        model: Any = self.model_ if again else self._new_model(X, y)
        self.history_ = model.fit(X, y, **{**(self.fit_kwargs or {}), **kwargs})
        self.model_ = model
        return self

    _numeric = True

    def _new_model(self, X: Any, y: Any) -> Any:
        owner = type(self).__name__
        if isinstance(self.model, Model):
            model: Any = self.model if self.warm_start else _copied(self.model, with_weights=False)
        elif callable(self.model):
            model = self.model(X=X, y=y, **(self.model_kwargs or {}))
        else:
            model = None
        if not isinstance(model, Model):
            found = describe(self.model if model is None else model)
            raise TypeError(NO_MODEL.format(owner=owner, found=found))
        if not model.compiled or not model.loss:
            raise RuntimeError(NOT_COMPILED.format(owner=owner, loss=self.loss_for_example))
        return model

    def _learn_target(self, y: Any) -> Any:
        """The targets as the model is given them, one row for each."""
        self._flat = y.ndim == 1
        return y.reshape(-1, 1) if self._flat else y

    def _outputs(self, X: Any) -> Any:
        """What the model makes of the inputs."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        verbose = {"verbose": (self.fit_kwargs or {}).get("verbose", "auto")}
        return self.model_.predict(X, **verbose)


class SKLearnClassifier(ClassifierMixin, _Wrapper):  # type: ignore[misc]
    __doc__ = f"""Makes a model a classifier of scikit-learn; y reaches it as ones and zeros, a column
    for each class.
    {ARGUMENTS}
    The classes, in the order of the columns, are `classes_`.

    Example:
        >>> import cornu, numpy as np
        >>> def make(X, y):
        ...     model = cornu.Sequential([cornu.layers.Dense(y.shape[1], activation="softmax")])
        ...     model.compile("adam", "categorical_crossentropy")
        ...     return model
        >>> classifier = SKLearnClassifier(make, fit_kwargs={{"epochs": 2, "verbose": 0}})
        >>> classifier.fit(np.eye(4), ["a", "b", "a", "b"]).classes_.tolist()
        ['a', 'b']
    """
    loss_for_example = "categorical_crossentropy"
    _numeric = False

    def _learn_target(self, y: Any) -> Any:
        kind = type_of_target(y)
        if kind not in ("binary", "multiclass"):
            raise ValueError(TARGET.format(owner=type(self).__name__, kind=kind))
        y = column_or_1d(y, warn=True)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError(ONE_CLASS.format(label=self.classes_.tolist()[0]))
        return np.eye(len(self.classes_), dtype="float32")[numbers]

    def decision_function(self, X: Any) -> Any:
        """What the model makes of each row: a number for each class."""
        return self._outputs(X)

    def predict(self, X: Any) -> Any:
        """The class of each row: that with the largest output."""
        outputs = self._outputs(X)
        if outputs.ndim != 2 or outputs.shape[1] != len(self.classes_):
            raise ValueError(
                f"SKLearnClassifier: the model has outputs of shape {outputs.shape}, but there are "
                f"{len(self.classes_)} classes. Let it end with Dense(y.shape[1], activation='softmax')."
            )
        return self.classes_[np.argmax(outputs, axis=-1)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # a few epochs on tiny data
        return tags


class SKLearnRegressor(RegressorMixin, _Wrapper):  # type: ignore[misc]
    __doc__ = f"""Makes a model a regressor of scikit-learn.
    {ARGUMENTS}
    Example:
        >>> import cornu, numpy as np
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(1,))])
        >>> model.compile("sgd", "mse")
        >>> regressor = SKLearnRegressor(model, fit_kwargs={{"epochs": 2, "verbose": 0}})
        >>> regressor.fit(np.ones((4, 1)), np.ones(4)).predict(np.ones((3, 1))).shape
        (3,)
    """

    def predict(self, X: Any) -> Any:
        """The outputs for each row, in the shape that y had."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._flat and outputs.ndim == 2 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        tags.target_tags.multi_output = True
        return tags


class SKLearnTransformer(TransformerMixin, _Wrapper):  # type: ignore[misc]
    __doc__ = f"""Makes a model a step of a pipeline, whose outputs are what the next step is given.
    {ARGUMENTS}
    Example:
        >>> import cornu, numpy as np
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(3,))])
        >>> model.compile("sgd", "mse")
        >>> transformer = SKLearnTransformer(model, fit_kwargs={{"verbose": 0}})
        >>> transformer.fit(np.ones((4, 3)), np.ones(4)).transform(np.ones((2, 3))).shape
        (2, 1)
    """

    def transform(self, X: Any) -> Any:
        """The model's outputs for each row."""
        return self._outputs(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        tags.target_tags.multi_output = True
        return tags
