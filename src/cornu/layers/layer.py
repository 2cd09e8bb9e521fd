"""Layer: what every layer and every model is."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np

from cornu import constraints, initializers, regularizers
from cornu.core import dtypes, masks, placement, policies
from cornu.core.config import parameters
from cornu.core.context import context, name_scope
from cornu.core.errors import NotBuiltYetError, describe, did_you_mean, note, show_shape
from cornu.core.in_force import in_force
from cornu.core.module import Module, Structure, owned, walk
from cornu.core.names import auto_name, snake_case
from cornu.core.notebook import page
from cornu.core.remat import RematScope, rematerialized
from cornu.core.symbolic import KerasTensor, Node, is_symbolic, known_shape, record
from cornu.core.variable import Variable
from cornu.layers.additions import Additions
from cornu.layers.building import once, own_variables, take_input_shape
from cornu.layers.described import Described
from cornu.layers.host import as_numbers, explain, is_sparse, one_array, to_dense
from cornu.layers.input_spec import InputSpec, check_input
from cornu.layers.mask_flow import fill_masks, give_masks
from cornu.layers.stateless import Stateless

SUPER_FORGOTTEN = (
    "{cls}.__init__ must call super().__init__(**kwargs) first: it gives the layer its name and "
    "its place for "
    "weights. Write\n    def __init__(self, ..., **kwargs):\n        super().__init__(**kwargs)"
)


SHOWN = 8  # arguments of a call that a message lists

# Arguments of layers for what is a stage beside them, not part of them; None asks for nothing.
LEFT_OUT = ("lora_alpha", "lora_rank", "quantization_config")


class Layer(Additions, Described, Stateless):
    """A function of tensors with weights of its own.

    Subclasses write `build(self, input_shape)`, which makes the weights with `add_weight`, and
    `call(self, inputs)`, which computes with them. A layer is built at its first call.

    Args:
        activity_regularizer: penalty on the output, added to the loss, divided by the batch size.
        trainable: whether an optimizer may change the weights.
        dtype: float of weights and computation, 'float32' by default; or a policy: with
            'mixed_bfloat16' the layer computes in bfloat16 and keeps its weights in float32.
        autocast: whether float inputs are cast to the float that the layer computes in.
        name: 'dense', 'dense_1', ... from the class name by default.
        input_shape, input_dim, batch_input_shape: shape of the input, for the first layer of a
            Sequential.

    Example:
        >>> import cornu, numpy as np
        >>> class Scale(cornu.layers.Layer):
        ...     def build(self, input_shape):
        ...         self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")
        ...
        ...     def call(self, inputs):
        ...         return inputs * self.factor
        >>> layer = Scale()
        >>> layer(np.ones((2, 3))).shape, [v.path for v in layer.weights]
        ((2, 3), ['scale/factor'])
    """

    # Whether row i of the output depends on row i of the input alone; see `is_samplewise`.
    samplewise = False
    # Whether `call` is ordinary NumPy code on what it is given, strings for instance, outside of
    # compiled programs. Such a layer says what it makes of symbolic tensors in `compute_output_spec`.
    on_host = False
    # Whether masks find their way through the layers inside, as in a model.
    hands_masks_on = False
    _call_parameters: tuple[str, ...] = ()
    _training_default: Any = False
    _takes_training = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = once(vars(cls)["build"])  # type: ignore[method-assign]
        if "call" in vars(cls):
            signature = inspect.signature(vars(cls)["call"]).parameters
            cls._call_parameters = tuple(signature)[1:]
            cls._takes_training = "training" in signature
            default = signature["training"].default if cls._takes_training else None
            cls._training_default = False if default in (None, inspect.Parameter.empty) else default

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.name = name or auto_name(snake_case(type(self).__name__))
        if not isinstance(self.name, str) or "/" in self.name:
            raise ValueError(f'A layer\'s name must be a string without "/", got name={name!r}.')
        self.built = False
        self._building = False
        self._warm = False
        self._weights: list[Variable] = []
        self._losses: list[Any] = []
        self._nodes: list[Node] = []
        self._output_shapes: list[
            tuple[int | None, ...]
        ] = []  # of the first call on arrays, without batch
        self._trainable = bool(trainable)
        self.autocast = autocast
        self.dtype_policy = dtype
        self._computes_mask = type(self).compute_mask is not Layer.compute_mask
        self.supports_masking = self._computes_mask
        self._remat = RematScope.current()
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.input_spec: InputSpec | None = None
        self._declared_input_shape = take_input_shape(kwargs)
        for name in LEFT_OUT:
            if kwargs.pop(name, None) is not None:
                what = "Quantization" if name.startswith("q") else "LoRA"
                raise NotBuiltYetError(f"{type(self).__name__}({name}=...): {what} is not built yet.")
        if kwargs:
            unknown = next(iter(kwargs))
            raise ValueError(
                f'{type(self).__name__} has no argument "{unknown}". '
                + did_you_mean(
                    unknown, {**parameters(type(self)), "input_shape": None, "input_dim": None}
                )
            )

    # -- what a subclass writes ------------------------------------------------------------------

    def build(self, *input_shape: Any) -> None:
        """Makes the weights, knowing the shape of the input. Called once."""
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Computes the output."""
        raise NotImplementedError(f"{type(self).__name__} needs a method call(self, inputs).")

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
        autocast: bool = True,
        layout: Any = None,
    ) -> Variable:
        """A new weight of this layer.

        Args:
            shape: () by default.
            initializer: 'glorot_uniform' for floats, 'zeros' otherwise.
            dtype: the layer's by default.
            trainable: whether an optimizer may change it.
            regularizer: penalty on its value, added to the loss.
            constraint: applied to its value after each update.
            name: the last part of its path.
            autocast: whether the layer sees it in the float it computes in, under mixed precision.
            layout: a `cornu.distribution.TensorLayout`: how it lies on several devices. Default: None,
                as the distribution in force says.

        Returns:
            A Variable named `layer/name`.

        Example:
            >>> import cornu
            >>> layer = cornu.layers.Layer()
            >>> scale = layer.add_weight(shape=(2,), initializer="ones", name="scale")
            >>> scale.numpy().tolist(), len(layer.trainable_weights)
            ([1.0, 1.0], 1)
        """
        if isinstance(shape, str):
            raise ValueError(f'add_weight takes the shape first: add_weight(shape=..., name="{shape}").')
        dtype = dtypes.standardize(dtype or self._policy.variable_dtype)
        if initializer is None:
            initializer = "glorot_uniform" if dtypes.is_float(dtype) else "zeros"
        shape, start = () if shape is None else shape, initializers.get(initializer)
        variable = Variable(start, shape, dtype, trainable, name, layout=layout)
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.autocast = autocast
        self._weights.append(variable)
        return variable

    # -- calling ---------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not vars(self).get("_warm") or type(args[0] if args else None) is KerasTensor:
            return self._first_call(args, kwargs)
        first = args[0] if args else None
        if len(args) != 1 or not isinstance(first, jax.Array) or first.dtype != self._compute_dtype:
            if is_symbolic((args, kwargs)):
                return self._first_call(args, kwargs)
            args, kwargs = self._as_arrays(args, kwargs)
            first = args[0] if args else None
        try:
            if self.input_spec is not None:
                check_input(self, self.input_spec, first)
            previous = context.training, context.losses, context.autocast
            training = kwargs.pop("training", None) if "training" in kwargs else previous[0]
            if self._takes_training:
                kwargs["training"] = self._training_default if training is None else training
            if previous[1] is None:
                self._losses.clear()
                context.losses = self._losses
            masked = bool(masks.alive) or self._computes_mask  # the table itself may be empty later
            mask = fill_masks(self, args, kwargs) if masked else None
            context.training, context.autocast = training, self._autocast
            try:
                if self._remat is None:
                    outputs = self.call(*args, **kwargs)
                else:
                    outputs = rematerialized(self, self._remat, args, kwargs)
                if self.activity_regularizer is not None:
                    self._regularize(outputs)
            finally:
                context.training, context.losses, context.autocast = previous
            if masked:
                give_masks(self, args, outputs, mask)
            if in_force.placement is not None:
                outputs = placement.laid_out(self._path, outputs)
        except Exception as error:
            explain(self, error)
            note(error, f'  in {type(self).__name__} "{self.name}", called with {_arguments(args)}')
            raise
        return outputs

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the output, from that of the input; override it where steps come or go."""
        return previous_mask

    def _first_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Builds the layer if need be; then records the call, if it is on symbolic tensors, or
        makes it."""
        if "_warm" not in vars(self):
            raise RuntimeError(SUPER_FORGOTTEN.format(cls=type(self).__name__))
        symbolic = is_symbolic((args, kwargs))
        if not symbolic:
            args, kwargs = self._as_arrays(args, kwargs)
        if not self.built:
            if self.input_spec is not None and args:
                check_input(self, self.input_spec, args[0])
            self._build_for(args, kwargs)
        if self._warm and symbolic:
            outputs = record(self, self.__call__, args, kwargs)
        else:
            with name_scope(self.name):
                self._path = "/".join(context.path)
                self._warm = True
                try:
                    outputs = (
                        record(self, self.__call__, args, kwargs) if symbolic else self(*args, **kwargs)
                    )
                except BaseException:
                    self._warm = False
                    raise
        if symbolic:
            self._nodes.append(tree.tree_leaves(outputs)[0].node)
        else:
            shapes = [known_shape(np.shape(leaf)) for leaf in tree.tree_leaves(outputs)]
            self._output_shapes = [(None, *shape[1:]) for shape in shapes]
        return outputs

    def _build_for(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Calls `build` with the shapes of these arguments, as its signature asks for them."""
        given = {**dict(zip(self._call_parameters, args, strict=False)), **kwargs}
        shapes = {
            name: tree.tree_map(lambda leaf: known_shape(leaf.shape), value)
            for name, value in given.items()
            if all(hasattr(leaf, "shape") for leaf in tree.tree_leaves(value))
            and tree.tree_leaves(value)
        }
        wanted = {
            p.name: p.default
            for p in inspect.signature(self.build).parameters.values()
            if p.kind is not p.VAR_KEYWORD
        }
        by_name = {f"{name}_shape": shape for name, shape in shapes.items()}
        needed = {name for name, default in wanted.items() if default is inspect.Parameter.empty}
        if len(wanted) > 1 and needed <= set(by_name):
            self.build(**{name: by_name[name] for name in wanted if name in by_name})
        elif shapes:
            self.build(next(iter(shapes.values())))
        self.built = True

    def _as_arrays(self, args: Any, kwargs: Any) -> Any:
        """The arguments with NumPy arrays and numbers in lists made JAX arrays, floats in the
        dtype that the layer computes in."""
        if self.on_host:
            return args, kwargs
        first = args[0] if args else None
        if is_sparse(first):
            args = (to_dense(first), *args[1:])
        if isinstance(first, (list, tuple)) and first and not _holds_arrays(first):
            args = (one_array(self, first), *args[1:])
        return tree.tree_map(self._as_array, (args, kwargs))

    def _as_array(self, value: Any) -> Any:
        if not hasattr(value, "dtype") or isinstance(value, (Variable, KerasTensor)):
            return value.value if isinstance(value, Variable) else value
        if not dtypes.is_float(value.dtype) or not self.autocast:
            return as_numbers(self, value)
        if isinstance(value, jax.Array):
            if value.dtype == self._compute_dtype:
                return value
            cast = value.astype(self._compute_dtype)
            if masks.alive:
                masks.set_mask(cast, masks.mask_of(value))
            return cast
        return jax.device_put(np.asarray(value, dtypes.numpy_dtype(self._compute_dtype)))

    def _regularize(self, outputs: Any) -> None:
        for output in tree.tree_leaves(outputs):
            self.add_loss(self.activity_regularizer(output) / output.shape[0])

    # -- weights ---------------------------------------------------------------------------------

    @property
    def _layers(self) -> list[Layer]:
        return owned(self, Layer)

    def _flatten_layers(self) -> Iterator[Layer]:
        """This layer and all below it, depth first, each once."""
        return walk(self, Layer)

    @property
    def variables(self) -> list[Variable]:
        """All variables: weights, and the states of random generators; those of metrics are apart, in
        `metrics_variables`."""
        found: dict[int, Variable] = {}
        for module in walk(self, Module, skip=("optimizer", "metrics")):
            for variable in own_variables(module):
                found.setdefault(id(variable), variable)
        return list(found.values())

    @property
    def weights(self) -> list[Variable]:
        """The weights of this layer and of those below it, in the order of creation, trainable ones
        first in each."""
        found: dict[int, Variable] = {}
        for layer in self._flatten_layers():
            for variable in own_variables(layer):
                found.setdefault(id(variable), variable)
        return list(found.values())

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that an optimizer may change: none of a layer whose `trainable` is False."""
        found: dict[int, Variable] = {}

        def collect(layer: Layer, seen: set[int]) -> None:
            if not layer.trainable or id(layer) in seen:
                return
            seen.add(id(layer))
            for variable in own_variables(layer):
                if variable.trainable:
                    found.setdefault(id(variable), variable)
            for child in layer._layers:
                collect(child, seen)

        collect(self, set())
        return list(found.values())

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that no optimizer changes."""
        trainable = {id(variable) for variable in self.trainable_weights}
        return [variable for variable in self.weights if id(variable) not in trainable]

    @property
    def trainable_variables(self) -> list[Variable]:
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Variable]:
        trainable = {id(variable) for variable in self.trainable_weights}
        return [variable for variable in self.variables if id(variable) not in trainable]

    @property
    def trainable(self) -> bool:
        """Whether an optimizer may change the weights; setting it sets it for all layers below."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self._flatten_layers():
            layer._trainable = bool(value)

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """The values of `weights` as NumPy arrays of their own.

        Example:
            >>> import cornu
            >>> layer = cornu.layers.Dense(1, kernel_initializer="ones")
            >>> layer.build((None, 2))
            >>> [weight.tolist() for weight in layer.get_weights()]
            [[[1.0], [1.0]], [0.0]]
        """
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights: Any) -> None:
        """Sets the values of `weights`, in that order.

        Raises:
            ValueError: if their number or a shape differs; then nothing is changed.

        Example:
            >>> import cornu, numpy as np
            >>> layer = cornu.layers.Dense(1)
            >>> layer.build((None, 2))
            >>> layer.set_weights([np.array([[2.0], [3.0]]), np.array([4.0])])
            >>> layer(np.array([[1.0, 1.0]])).item()
            9.0
        """
        variables, weights = self.weights, list(weights)
        if len(variables) != len(weights):
            raise ValueError(
                f'{type(self).__name__} "{self.name}" has {len(variables)} weights, but set_weights got '
                f"{len(weights)} arrays. Expected shapes: {[v.shape for v in variables]}."
            )
        for variable, value in zip(variables, weights, strict=True):
            if variable.shape != np.shape(value):
                raise ValueError(
                    f'set_weights: weight "{variable.path}" has shape {show_shape(variable.shape)}, '
                    f"but the array given for it has shape {show_shape(np.shape(value))}."
                )
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """The number of numbers in the weights.

        Raises:
            ValueError: if the layer is not built, so that they are not known.

        Example:
            >>> import cornu
            >>> layer = cornu.layers.Dense(3)
            >>> layer.build((None, 2))
            >>> layer.count_params()  # 2 · 3 + 3
            9
        """
        if not self.built:
            raise ValueError(
                f'{type(self).__name__} "{self.name}" is not built yet, so its weights are not known. '
                "Call it on data, or build it: build(input_shape)."
            )
        return sum(variable.size for variable in self.weights)

    # -- shapes and graph ------------------------------------------------------------------------

    @property
    def dtype_policy(self) -> policies.DTypePolicy:
        """What the layer computes in and keeps its weights in."""
        return self._policy

    @dtype_policy.setter
    def dtype_policy(self, policy: Any) -> None:
        self._policy = policies.get(policy)
        self._compute_dtype = self._policy.compute_dtype
        mixed = self._policy.compute_dtype != self._policy.variable_dtype
        self._autocast = self._compute_dtype if mixed else None  # what weights are cast to in `call`
        Structure.version += 1

    @property
    def dtype(self) -> str:
        """The float that the weights are kept in."""
        return self._policy.variable_dtype

    @property
    def variable_dtype(self) -> str:
        return self._policy.variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The float that the layer computes in."""
        return self._compute_dtype

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; override it where an attribute does not have its argument's
        name."""
        config = super().get_config()
        config.pop("autocast", None)
        config |= {"name": self.name, "dtype": self._policy.name}
        if config.get("activity_regularizer") is None:
            config.pop("activity_regularizer", None)
        return config

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    def _repr_html_(self) -> str:
        return page("layer", self)


def is_samplewise(layer: Any) -> bool:
    """Whether we know that row i of what it computes depends on row i of the input alone.

    A class says so by `samplewise = True` beside its own `call`; a subclass with another `call`
    must say it again. A layer may take it back for itself, because of its arguments or its input.
    """
    for cls in type(layer).__mro__:
        if "call" in vars(cls):
            said = bool(vars(cls).get("samplewise", False)) and layer.samplewise
            own = said and layer.activity_regularizer is None
            return own and all(is_samplewise(child) for child in layer._layers)
    return False


def _holds_arrays(values: Any) -> bool:
    return any(hasattr(leaf, "shape") for leaf in tree.tree_leaves(values))


def _arguments(args: Any) -> str:
    leaves = tree.tree_leaves(args)
    shown = [
        f"{leaf.dtype}{show_shape(known_shape(leaf.shape))}"
        if hasattr(leaf, "shape")
        else describe(leaf)
        for leaf in leaves[:SHOWN]
    ]
    return ", ".join(shown + ["..."] * (len(leaves) > SHOWN))
