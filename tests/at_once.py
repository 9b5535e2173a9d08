"""Acts of several people at the same moment, each in a thread and a transaction of its own."""

import threading
from collections.abc import Callable, Sequence

from flask import Flask

from models.base import db
from volunteer.kernel.errors import DomainError


def at_once(app: Flask, acts: Sequence[Callable[[], object]]) -> list[BaseException]:
    """Do each in a thread and a transaction of its own; return what went wrong beyond a plain refusal."""
    faults: list[BaseException] = []

    def do(act: Callable[[], object]) -> None:
        with app.app_context():
            try:
                act()
                db.session.commit()
            except DomainError:
                db.session.rollback()
            except BaseException as fault:
                faults.append(fault)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults
