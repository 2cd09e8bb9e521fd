"""What an optimizer remembers: a counter of steps, and slots beside each variable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from cornu import initializers
from cornu.core.context import name_scope
from cornu.core.dtypes import numpy_dtype
from cornu.core.errors import warn
from cornu.core.module import Module, Structure, owned
from cornu.core.stored import load_variables, save_variables
from cornu.core.variable import Variable
from cornu.initializers.constant import Zeros
from cornu.optimizers.checks import check_style


class Memory(Module):
    """The variables of an optimizer, in Keras's order: counter, learning rate, then as they are made.

    Ours are named in `slots`; an optimizer written for Keras makes its own in `build`.
    """

    part = "optimizer"

    #: Names of what is kept of each variable; those in an inner tuple are listed side by side.
    slots: tuple[str | tuple[str, ...], ...] = ()

    name: str
    use_ema: bool = False
    gradient_accumulation_steps: int | None = None
    built: bool = False
    _iterations: Variable
    _variables: list[Variable]
    _positions: dict[Variable, int]
    _slots: list[dict[str, Variable]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        check_style(cls)
        return super().__new__(cls, *args, **kwargs)

    def initial(self, slot: str, variable: Variable) -> Any:
        """What a slot of this variable holds before the first step: zeros. None: it has no such slot."""
        return np.zeros(variable.shape, numpy_dtype(variable.dtype))

    def slot_name(self, slot: str, variable: Variable) -> str:
        """The name of a slot's variable."""
        return f"{variable.path.replace('/', '_')}_{slot}"

    def build(self, variables: Iterable[Variable]) -> None:
        """Makes the slots of these variables, unless it was done before."""
        if self.built:
            return
        variables = list(variables)
        if self.use_ema:
            self._model_variables_moving_average = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._accumulated_gradients = self.add_optimizer_variables(variables, "gradient_accumulator")
        self._slots = [{} for _ in variables]
        for group in self.slots:
            for variable, slots in zip(variables, self._slots, strict=True):
                for slot in (group,) if isinstance(group, str) else group:
                    self._add_slot(slot, variable, slots)
        self._positions = {variable: position for position, variable in enumerate(variables)}
        self.built = True

    def _add_slot(self, slot: str, variable: Variable, slots: dict[str, Variable]) -> None:
        plain = type(self).initial is Memory.initial
        start = Zeros() if plain else self.initial(slot, variable)
        if start is not None:
            name, shape = self.slot_name(slot, variable), variable.shape if plain else None
            about = {"shape": shape, "dtype": variable.dtype, "name": name}
            slots[slot] = self._remember(start, belongs_to=variable, **about)

    def _remember(self, start: Any, **arguments: Any) -> Variable:
        """A new variable of the optimizer."""
        with name_scope(self.name):
            made = Variable(start, trainable=False, **arguments)
        self._variables.append(made)
        Structure.version += 1
        return made

    # ---------------------------------------------------------- for optimizers written for Keras 3

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str | None = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A new variable of the optimizer, which is saved and trained with it.

        Args:
            shape: its shape.
            initializer: name, object or function that fills it. Default: "zeros".
            dtype: `floatx()` by default.
            aggregation: how copies on several devices become one; here there is one. Default: "none".
            layout: a `cornu.distribution.TensorLayout`: how it lies on several devices. Default: None,
                as the distribution in force says.
            name: the last part of its path.

        Example:
            >>> import cornu
            >>> cornu.optimizers.SGD().add_variable((2,), name="pace").shape
            (2,)
        """
        about = {"shape": tuple(shape), "dtype": dtype, "name": name, "layout": layout}
        return self._remember(initializers.get(initializer), **about)

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A new variable of the optimizer, with the shape and dtype of this one, and named after it."""
        path = reference_variable.path.replace("/", "_")
        about = {"shape": reference_variable.shape, "dtype": reference_variable.dtype}
        filler, name = initializers.get(initializer), f"{path}_{name or 'var'}"
        return self._remember(filler, name=name, belongs_to=reference_variable, **about)

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Variable], name: Any, initializer: Any = "zeros"
    ) -> Any:
        """A list with a new variable for each of these; for a list of names, as many lists.

        Raises:
            ValueError: if there are not as many initializers as names.
        """
        names = [name] if isinstance(name, str) else list(name)
        several = isinstance(initializer, (list, tuple))
        fillers = list(initializer) if several else [initializer] * len(names)
        if len(fillers) != len(names):
            raise ValueError(
                f"{type(self).__name__}.add_optimizer_variables got {len(fillers)} initializers for "
                f"{len(names)} names. Give one for each name, or a single one for all."
            )
        made: tuple[list[Variable], ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for column, each, filler in zip(made, names, fillers, strict=True):
                column.append(self.add_variable_from_reference(variable, each, filler))
        return made[0] if isinstance(name, str) else made

    def assign(self, variable: Variable, value: Any) -> None:
        """Gives a variable, of the model or the optimizer, this value."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Adds to a variable in place."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtracts from a variable in place."""
        variable.assign_sub(value)

    def _get_variable_index(self, variable: Variable) -> int:
        return self._positions[variable]

    @property
    def _trainable_variables(self) -> list[Variable]:
        return list(self._positions)

    # ----------------------------------------------------------------------------------- all of it

    @property
    def variables(self) -> list[Variable]:
        """The step counter, the learning rate unless it is a schedule, then all others as they were
        made."""
        return [each for each in owned(self, Variable) if each not in self._positions]

    def get_weights(self) -> list[Any]:
        """The values of `variables`, as NumPy arrays.

        Example:
            >>> import cornu
            >>> optimizer = cornu.optimizers.SGD(0.5)
            >>> [
            ...     weight.item() for weight in optimizer.get_weights()
            ... ]  # the number of steps, and the rate
            [0, 0.5]
        """
        return [variable.numpy() for variable in self.variables]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Gives `variables` these values, in their order.

        Raises:
            ValueError: if there are not as many, or a shape differs; then nothing is changed.

        Example:
            >>> import cornu, numpy as np
            >>> optimizer = cornu.optimizers.SGD(0.5)
            >>> optimizer.build([])
            >>> optimizer.set_weights([np.array(7), np.array(0.25)])
            >>> optimizer.iterations.numpy().item(), float(optimizer.learning_rate)
            (7, 0.25)
        """
        mine = f'{type(self).__name__} "{self.name}"'
        if not self.built:
            raise ValueError(f"{mine} has no slots yet. Call build(model.trainable_variables) first.")
        load_variables(
            mine, self.variables, {str(number): value for number, value in enumerate(weights)}
        )

    def _known(self, variables: Iterable[Variable] | None) -> list[Variable]:
        """The variables that a step changes, for all of which there are slots."""
        mine = f'{type(self).__name__} "{self.name}"'
        if variables is None:
            if not self.built:
                raise ValueError(
                    f"{mine} does not know its variables yet. Pass them, "
                    "apply(grads, trainable_variables), or call build(trainable_variables)."
                )
            return list(self._positions)
        variables = list(variables)
        if not self.built:
            self.build(variables)
        for variable in variables:
            if variable not in self._positions:
                raise ValueError(
                    f'{mine} was built for {len(self._positions)} variables, and "{variable.path}" '
                    f"is not among them. Create a new {type(self).__name__} for other variables."
                )
        return variables

    def save_own_variables(self, store: Any) -> None:
        """Puts the values of `variables` into a store, a mapping from names to arrays."""
        save_variables(self.variables, store)

    def load_own_variables(self, store: Any) -> None:
        """Takes them out again; where the store holds those of another optimizer, warns and leaves
        everything."""
        if not self.built or not len(store.keys()):
            return
        if len(store.keys()) != len(self.variables):
            if "0" in store and not np.any(store["0"]):
                return  # no step was made yet, so that there is nothing to lose
            warn(
                f'{type(self).__name__} "{self.name}" has {len(self.variables)} variables, but the file '
                f"holds {len(store.keys())}: its state was left out, and training starts afresh."
            )
            return
        load_variables(f'{type(self).__name__} "{self.name}"', self.variables, store)
