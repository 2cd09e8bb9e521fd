"""RemoteMonitor: the logs of each epoch, sent to a server."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cornu.core.errors import describe, warn
from cornu.training.callback import Callback, Logs

if TYPE_CHECKING:
    import urllib.request

TIMEOUT = 10.0  # seconds that an epoch may wait for the server
NO_ADDRESS = (
    "RemoteMonitor(root={got}): an address of a server was expected, such as 'http://localhost:9000'."
)
UNREACHABLE = (
    "RemoteMonitor could not send the logs of epoch {epoch} to {address}: {why}. Training goes on; "
    "whether later epochs arrive is not told again."
)


class RemoteMonitor(Callback):
    """Sends the logs of each epoch to a server, by HTTP POST.

    What is sent is a JSON object of the epoch and the logs; what is no finite number is null. If the
    server does not answer, there is one warning, and training goes on.

    Args:
        root: address of the server. Default: 'http://localhost:9000'.
        path: where on it. Default: '/publish/epoch/end/'.
        field: name of the form's field that holds the JSON. Default: 'data'.
        headers: further HTTP headers, as a dict. Default: None.
        send_as_json: whether the JSON itself is sent, as 'application/json', instead of a form.
            Default: False.

    Raises:
        ValueError: if `root` is no HTTP address.

    Example:
        >>> import cornu
        >>> monitor = cornu.callbacks.RemoteMonitor("http://localhost:9000", send_as_json=True)
        >>> monitor.request({"epoch": 0, "loss": 0.5}).data
        b'{"epoch": 0, "loss": 0.5}'
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: Mapping[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        if not str(root).lower().startswith(("http://", "https://")):
            raise ValueError(NO_ADDRESS.format(got=describe(root)))
        self.root, self.path, self.field = str(root), path, field
        self.headers, self.send_as_json = headers, send_as_json
        self.warned = False

    def request(self, values: dict[str, Any]) -> urllib.request.Request:
        """What is sent for these values."""
        import urllib.parse  # these take 30 ms to import
        import urllib.request

        text = json.dumps(values)
        kind = "application/json" if self.send_as_json else "application/x-www-form-urlencoded"
        body = text if self.send_as_json else urllib.parse.urlencode({self.field: text})
        headers = {"Content-Type": kind, **(self.headers or {})}
        return urllib.request.Request(self.root + self.path, body.encode(), headers, method="POST")

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.warned = False

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        import http.client
        import urllib.request

        values = {name: _as_json(value) for name, value in (logs or {}).items()}
        try:
            with urllib.request.urlopen(self.request({"epoch": epoch, **values}), timeout=TIMEOUT):
                pass
        except (OSError, http.client.HTTPException) as error:
            if not self.warned:
                self.warned = True
                address, why = self.root + self.path, getattr(error, "reason", error)
                warn(UNREACHABLE.format(epoch=epoch + 1, address=address, why=why))


def _as_json(value: Any) -> Any:
    """A log as JSON knows it."""
    if isinstance(value, str):
        return value
    if np.ndim(value) > 0:
        return [_as_json(item) for item in value]
    number = np.asarray(value).item()
    return number if math.isfinite(number) else None


__all__ = ["RemoteMonitor"]
