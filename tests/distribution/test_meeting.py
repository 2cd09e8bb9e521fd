"""How processes meet, and what is said if they do not: in threads, without JAX."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from cornu.distribution.meeting import meet


def address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return f"127.0.0.1:{found.getsockname()[1]}"


def together(*calls: Callable[[], Any]) -> list[str]:
    """What each says, when all are made at once."""
    said = [""] * len(calls)

    def make(number: int, call: Callable[[], Any]) -> None:
        try:
            call()
        except Exception as error:
            said[number] = f"{type(error).__name__}: {error}"

    threads = [threading.Thread(target=make, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return said


def test_all_go_on_when_all_are_there() -> None:
    place = address()
    assert together(*(lambda n=n: meet(place, 4, n, 20) for n in range(4))) == [""] * 4


def test_process_0_says_who_is_missing_and_so_do_those_that_came() -> None:
    place = address()
    zero, one = together(lambda: meet(place, 4, 0, 1), lambda: meet(place, 4, 1, 20))
    assert zero.startswith(
        f"ConnectionError: initialize: process 0 has waited 1 s at {place} for process 2, 3 of 4. Are "
    )
    assert one.partition(": ")[2] == zero.partition(": ")[2]


def test_a_process_0_that_is_not_there_is_said_with_address_and_time() -> None:
    place = address()
    with pytest.raises(ConnectionError, match="could not reach process 0") as error:
        meet(place, 2, 1, 0.3)
    assert f"at {place} within 0 s (Connection refused). Is it running" in str(error.value)


def test_somebody_else_at_the_port_is_no_process_0() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        place = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(ConnectionError, match=r"within 1 s \("):
            meet(place, 2, 1, 1)
        with pytest.raises(ConnectionError, match=r"cannot listen at .* Choose another port"):
            meet(place, 2, 0, 1)


def test_two_with_one_number_are_said() -> None:
    place = address()
    said = together(lambda: meet(place, 3, 0, 9), *[lambda: meet(place, 3, 1, 9)] * 2)
    words = "ValueError: initialize: two processes say that they are process 1; give each its own"
    assert said[0].startswith(words)
    assert any(each.startswith(words) for each in said[1:])


def test_another_number_of_processes_is_said_to_all() -> None:
    place = address()
    said = together(lambda: meet(place, 2, 0, 9), lambda: meet(place, 3, 1, 9))
    words = "ValueError: initialize: process 1 was told that there are 3 processes, process 0 that"
    assert all(each.startswith(words) for each in said)
