"""Processes: how those of one program find each other."""

from __future__ import annotations

from typing import Any


def initialize(job_addresses: Any = None, num_processes: Any = None, process_id: Any = None) -> None:
    """To be written."""
    raise NotImplementedError
