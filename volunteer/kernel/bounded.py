"""A stranger's file looked at in a process of its own, which may not take long or much, and can do no more than fail.

The process knows no configuration, no keys and no database. Run as `python -m volunteer.kernel.bounded` it is told a
function and its limits, reads a file from standard input, and answers with the bytes that the function returns.
"""

import importlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from time import monotonic
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_AT_ONCE = 64 * 1024


class Busy(Exception):
    """Other files are looked at, for longer than whoever asked would wait."""


class Failed(Exception):
    """The function took too long or too much, answered too much, raised, or ended its process."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take: seconds on the wall and of the processor, bytes of memory and of the answer."""

    seconds: float
    cpu_seconds: int
    memory: int
    answer: int


class Bounded:
    """A function of bytes, from a module's top level, that looks at `at_once` files at the most.

    `libraries` are brought in before the memory is cut to what a file may take.
    """

    def __init__(
        self, look: Callable[[bytes], bytes], limits: Limits, *, at_once: int, libraries: Sequence[str] = ()
    ) -> None:
        self.limits, self.at_once = limits, at_once
        self._named = {"module": look.__module__, "name": look.__name__, "libraries": list(libraries)}
        self._desks = threading.BoundedSemaphore(at_once)

    def __call__(self, file: bytes, *, patience: float) -> bytes:
        """Return what the function makes of a file. It may take seconds: whoever calls holds no transaction.

        Raises Busy where no desk is free within `patience` seconds, and Failed.
        """
        if not self._desks.acquire(timeout=patience):
            raise Busy
        try:
            return _ask(json.dumps({**self._named, "limits": asdict(self.limits)}), file, self.limits)
        finally:
            self._desks.release()


def _ask(order: str, file: bytes, limits: Limits) -> bytes:
    command = [sys.executable, "-E", "-s", "-m", __name__, order]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    places: dict[str, Any] = {"stdin": pipe, "stdout": pipe, "stderr": nowhere, "cwd": _ROOT, "env": {}, "bufsize": 0}
    until = monotonic() + limits.seconds
    try:
        child = subprocess.Popen(command, **places, start_new_session=True)  # noqa: S603 - ours
    except OSError as error:
        raise Failed from error
    with child:
        try:
            answer = _exchange(child, file, limits.answer, until)
            status = child.wait(until - monotonic())
        except subprocess.TimeoutExpired as error:
            raise Failed from error
        finally:
            # Whatever the look left behind goes with it.
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
    if status:
        raise Failed
    return answer


def _exchange(child: subprocess.Popen[bytes], file: bytes, most: int, until: float) -> bytes:
    """Hand over the file and return what is answered; wait for nobody beyond `until`, whoever holds the pipes."""
    assert child.stdin is not None  # noqa: S101 - a pipe was asked for
    assert child.stdout is not None  # noqa: S101 - likewise
    left, answer = memoryview(file), bytearray()
    os.set_blocking(child.stdin.fileno(), False)
    with DefaultSelector() as pipes:
        pipes.register(child.stdin, EVENT_WRITE)
        pipes.register(child.stdout, EVENT_READ)
        while True:
            ready = [key.fileobj for key, _events in pipes.select(max(until - monotonic(), 0))]
            if monotonic() >= until:
                raise Failed
            if child.stdin in ready:
                left = left[_feed(child.stdin.fileno(), left) :]
                if not left:
                    pipes.unregister(child.stdin)
                    child.stdin.close()
            if child.stdout in ready:
                part = os.read(child.stdout.fileno(), min(_AT_ONCE, most + 1 - len(answer)))
                answer += part
                if len(answer) > most:
                    raise Failed
                if not part:
                    return bytes(answer)


def _feed(pipe: int, left: memoryview) -> int:
    """Return how much was taken; who ends early reads no further, and counts as one who took it all."""
    try:
        return os.write(pipe, left[:_AT_ONCE])
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        return len(left)


def _look(order: str) -> None:
    import resource

    told = json.loads(order)
    logging.disable()
    for library in told["libraries"]:
        importlib.import_module(library)
    look = getattr(importlib.import_module(told["module"]), told["name"])
    limits = Limits(**told["limits"])
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # No children: root alone is exempt, whose children end with the session.
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    # Nothing that is printed on the way is taken for an answer.
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    out.write(look(sys.stdin.buffer.read()))
    out.flush()


if __name__ == "__main__":
    _look(sys.argv[1])
