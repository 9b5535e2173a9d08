"""Ways of looking at a file in a process of its own: one that is fair, and those that go wrong."""

import os
import sys
import time


def backwards(file: bytes) -> bytes:
    """Answer; what is printed on the way is no part of it."""
    print("reading")  # noqa: T201
    return file[::-1]


def secrets(_file: bytes) -> bytes:
    """Tell what of the surroundings can be seen."""
    return "\n".join(f"{name}={value}" for name, value in os.environ.items()).encode()


def without_reading(_file: bytes) -> bytes:
    """Answer as if the file had never been there."""
    return b"seen"


def bomb(file: bytes) -> bytes:
    """Unpack a few bytes to two gigabytes."""
    return file * (2 * 1024**3 // len(file))


def flood(file: bytes) -> bytes:
    """Answer a hundred times as much as was brought."""
    return file * 100


def hang(_file: bytes) -> bytes:
    """Wait for what never comes."""
    time.sleep(600)
    return b"late"


def spin(_file: bytes) -> bytes:
    """Take the processor and give nothing."""
    while True:
        pass


def crash(_file: bytes) -> bytes:
    """End the process as a broken library does."""
    os.abort()


def leave(file: bytes) -> bytes:
    """Answer, as if all were well, and end with a failure."""
    sys.stdout.buffer.write(file)
    sys.stdout.flush()
    os._exit(3)


def refuse(_file: bytes) -> bytes:
    """Raise what readers raise."""
    raise ValueError("no such file")


def keep(file: bytes) -> bytes:
    """Write to a disk that nobody offered."""
    import tempfile

    with tempfile.TemporaryFile() as disk:
        disk.write(file)
    return b"kept"


def bear(_file: bytes) -> bytes:
    """Leave a child behind that holds the pipes, and wait for it."""
    if os.fork() == 0:
        time.sleep(20)
        os._exit(0)
    time.sleep(20)
    return b"late"


def abandon(_file: bytes) -> bytes:
    """Answer, and leave a child behind, in a session of its own, that holds the pipes."""
    if os.fork() == 0:
        os.setsid()
        time.sleep(4)
        os._exit(0)
    return b"early"
