"""`keras.wrappers.scikit_learn` of Keras 1 and 2: a function that makes a model as an estimator."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from cornu.compat.notes import note
from cornu.core.errors import did_you_mean, show_shape
from cornu.models import Sequential
from cornu.utils import to_categorical

_VERBS = (Sequential.fit, Sequential.predict, Sequential.evaluate)
ARGUMENTS = """
    Args:
        build_fn: function that makes a compiled model; or None, and a subclass has `__call__`.
        **sk_params: arguments for `build_fn`, and for the model's `fit`, `predict` and `evaluate`.

    Attributes:
        model: the model that was trained.

    Raises:
        ValueError: if neither of them takes an argument.
"""


class BaseWrapper:
    """What classifier and regressor have in common."""

    kind = ""

    def __init__(self, build_fn: Callable[..., Any] | None = None, **sk_params: Any) -> None:
        name = type(self).__name__
        note(
            f"keras.wrappers.scikit_learn.{name}(build_fn)",
            f"keras.wrappers.SKLearn{name.removeprefix('Keras')}(model, fit_kwargs={{...}})",
        )
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    @property
    def _maker(self) -> Callable[..., Any]:
        maker: Any = self.__call__ if self.build_fn is None else self.build_fn  # type: ignore[operator]
        return maker

    def check_params(self, params: dict[str, Any]) -> None:
        """Refuses an argument that neither the function nor the model takes."""
        legal = {"nb_epoch", "build_fn"}
        for function in (*_VERBS, self._maker):
            taken = inspect.signature(function).parameters.values()
            legal.update(p.name for p in taken if p.kind is not p.VAR_KEYWORD)
        for name in params:
            if name not in legal:
                raise ValueError(
                    f"{type(self).__name__}: neither build_fn nor fit, predict or evaluate takes "
                    f'"{name}". {did_you_mean(name, legal - {"self", "args"})}'
                )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments, by name."""
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> Any:
        """Changes arguments, and returns the estimator."""
        self.check_params(params)
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params.update(params)
        return self

    def filter_sk_params(self, fn: Any, override: dict[str, Any] | None = None) -> dict[str, Any]:
        """Those arguments that a function takes, and `override`."""
        taken = inspect.signature(fn).parameters
        return {**{k: v for k, v in self.sk_params.items() if k in taken}, **(override or {})}

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Makes a model, trains it, and returns what its `fit` returned.

        Args:
            x, y: arrays with a row for each sample.
            **kwargs: arguments for `model.fit`, which come before those of the estimator.
        """
        self.model: Any = self._maker(**self.filter_sk_params(self._maker))
        arguments = self.filter_sk_params(Sequential.fit, kwargs)
        if "nb_epoch" in self.sk_params:
            arguments.setdefault("epochs", self.sk_params["nb_epoch"])
        return self.model.fit(x, self._targets(y), **arguments)

    def _targets(self, y: Any) -> Any:
        one_hot = self.model.loss == "categorical_crossentropy" or (
            getattr(self.model.loss, "__name__", "") == "categorical_crossentropy"
        )
        return to_categorical(y) if one_hot and np.ndim(y) != 2 else y

    def _outputs(self, x: Any, kwargs: dict[str, Any]) -> Any:
        return np.asarray(self.model.predict(x, **self.filter_sk_params(Sequential.predict, kwargs)))

    def _evaluated(self, x: Any, y: Any, kwargs: dict[str, Any]) -> dict[str, float]:
        arguments = self.filter_sk_params(Sequential.evaluate, kwargs)
        found: dict[str, float] = self.model.evaluate(x, y, **{**arguments, "return_dict": True})
        return found

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type=self.kind,
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags() if self.kind == "classifier" else None,
            regressor_tags=RegressorTags() if self.kind == "regressor" else None,
            non_deterministic=True,
        )


class KerasClassifier(BaseWrapper):
    __doc__ = f"""A function that makes a model as a classifier of scikit-learn, as Keras 2 had it.
    {ARGUMENTS}
    Example:
        >>> import cornu
        >>> def make(units=2):
        ...     model = cornu.Sequential()
        ...     model.add(cornu.layers.Dense(units, input_dim=3, activation="relu"))
        ...     model.add(cornu.layers.Dense(1, activation="sigmoid"))
        ...     model.compile(loss="binary_crossentropy", optimizer="sgd", metrics=["accuracy"])
        ...     return model
        >>> model = KerasClassifier(build_fn=make, epochs=1, verbose=0)
        >>> history = model.fit(np.eye(3), [0, 1, 1])
        >>> model.predict_proba(np.eye(3)).shape
        (3, 2)
    """
    kind = _estimator_type = "classifier"

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Makes a model and trains it; see `KerasClassifier`.

        Args:
            x: array with a row for each sample.
            y: classes, (samples,) or (samples, 1); or a column for each class.

        Raises:
            ValueError: if y has another shape.
        """
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_: Any = np.arange(y.shape[1])
        elif y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1):
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ValueError(
                "KerasClassifier: y must have the shape (samples,) or (samples, classes), "
                f"got {show_shape(y.shape)}."
            )
        self.n_classes_ = len(self.classes_)
        return super().fit(x, y, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """The class of each row: that with the largest output, or whether the only one is above 1/2."""
        outputs = self._outputs(x, kwargs)
        if outputs.shape[-1] > 1:
            return self.classes_[outputs.argmax(axis=-1)]
        return self.classes_[(outputs > 0.5).astype(int)]

    def predict_proba(self, x: Any, **kwargs: Any) -> Any:
        """A probability for each class, (samples, classes)."""
        outputs = self._outputs(x, kwargs)
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """The accuracy.

        Raises:
            ValueError: if the model was compiled without it.
        """
        y = np.searchsorted(self.classes_, y) if np.ndim(y) < 2 or np.shape(y)[1] == 1 else np.asarray(y)
        found = self._evaluated(x, self._targets(y), kwargs)
        for name in ("accuracy", "acc"):
            if name in found:
                return found[name]
        raise ValueError(
            "KerasClassifier.score needs the accuracy. Compile the model with metrics=['accuracy']."
        )


class KerasRegressor(BaseWrapper):
    __doc__ = f"""A function that makes a model as a regressor of scikit-learn, as Keras 2 had it.
    {ARGUMENTS}
    Example:
        >>> import cornu
        >>> def make():
        ...     model = cornu.Sequential([cornu.layers.Dense(1, input_dim=2)])
        ...     model.compile("sgd", "mse")
        ...     return model
        >>> model = KerasRegressor(make, epochs=1, verbose=0)
        >>> history = model.fit(np.eye(2), np.ones(2))
        >>> model.predict(np.eye(2)).shape
        (2,)
    """
    kind = _estimator_type = "regressor"

    def predict(self, x: Any, **kwargs: Any) -> Any:
        """The output for each row."""
        return np.squeeze(self._outputs(x, kwargs), axis=-1)

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """Minus the loss: the larger, the better."""
        return -self._evaluated(x, self._targets(y), kwargs)["loss"]


__all__ = ["KerasClassifier", "KerasRegressor"]
