"""Config: named values as attributes."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any

from cornu.core.errors import did_you_mean


class Config:
    """Named values, read and set as attributes or by their names, which can be frozen.

    Args:
        **kwargs: the first values.

    Raises:
        ValueError: if a value of a frozen one is set.
        AttributeError: if there is no value of this name, with the closest name.

    Example:
        >>> config = Config(rate=0.1)
        >>> config.seed = 7
        >>> config["seed"], config.rate, len(config), config.to_json()
        (7, 0.1, 2, '{"rate": 0.1, "seed": 7}')
        >>> config.freeze()
        >>> config.seed = 8
        Traceback (most recent call last):
        ValueError: The Config is frozen, so "seed" cannot be changed. Call config.unfreeze() first.
    """

    _config: dict[str, Any]
    _frozen: bool

    def __init__(self, **kwargs: Any) -> None:
        object.__setattr__(self, "_config", kwargs)
        object.__setattr__(self, "_frozen", False)

    @property
    def frozen(self) -> bool:
        """Whether values can no longer be changed."""
        return self._frozen

    def freeze(self) -> None:
        """Lets no value be changed from now on.

        Example:
            >>> config = Config(rate=0.1)
            >>> config.freeze()
            >>> config.frozen
            True
        """
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self) -> None:
        """Lets values be changed again.

        Example:
            >>> config = Config(rate=0.1)
            >>> config.freeze()
            >>> config.unfreeze()
            >>> config.rate = 0.2
        """
        object.__setattr__(self, "_frozen", False)

    def _changing(self, name: Any) -> dict[str, Any]:
        if self._frozen:
            raise ValueError(
                f'The Config is frozen, so "{name}" cannot be changed. Call config.unfreeze() first.'
            )
        return self._config

    def as_dict(self) -> dict[str, Any]:
        """The values in a dict of their own.

        Example:
            >>> Config(rate=0.1).as_dict()
            {'rate': 0.1}
        """
        return dict(self._config)

    def to_json(self) -> str:
        """The values as JSON.

        Example:
            >>> Config(rate=0.1).to_json()
            '{"rate": 0.1}'
        """
        return json.dumps(self._config)

    def keys(self) -> KeysView[str]:
        return self._config.keys()

    def values(self) -> ValuesView[Any]:
        return self._config.values()

    def items(self) -> ItemsView[str, Any]:
        return self._config.items()

    def get(self, keyname: str, value: Any = None) -> Any:
        """The value of this name, or else `value`.

        Example:
            >>> Config(rate=0.1).get("size", 3)
            3
        """
        return self._config.get(keyname, value)

    def pop(self, *args: Any) -> Any:
        """Takes a value out, as a dict does.

        Example:
            >>> Config(rate=0.1).pop("rate")
            0.1
        """
        return self._changing(args[0] if args else "").pop(*args)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Sets several values, as a dict does.

        Example:
            >>> config = Config(rate=0.1)
            >>> config.update(rate=0.2)
            >>> config.rate
            0.2
        """
        self._changing(", ".join([*(args[0] if args else ()), *kwargs])).update(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._config:
            text = f'The Config has no "{name}". {did_you_mean(name, self._config)}'
            raise AttributeError(text, name=name, obj=object())
        return self._config[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(type(self), name):
            raise AttributeError(
                f'"{name}" is a method of Config; write config["{name}"] = ... for a value.'
            )
        self._changing(name)[name] = value

    def __getitem__(self, key: str) -> Any:
        return self._config[key]

    def __setitem__(self, key: str, item: Any) -> None:
        self._changing(key)[key] = item

    def __delitem__(self, key: str) -> None:
        del self._changing(key)[key]

    def __contains__(self, item: object) -> bool:
        return item in self._config

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._config))

    def __len__(self) -> int:
        return len(self._config)

    def __repr__(self) -> str:
        return f"<Config {self._config}>"
