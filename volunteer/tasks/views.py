"""The pages of long work: how far it is, the file when it is there, and all that its asker asked for."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from models.base import db
from models.tasks import Task
from volunteer.kernel import clock
from volunteer.kernel.errors import Forbidden, NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_, Words
from volunteer.notices.rules import unpacked
from volunteer.tasks import operations, queries
from volunteer.tasks.rules import TaskStatus, scopes_of
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.downloads import file_answer
from volunteer.web.paging import page_number, paginate

bp = Blueprint("tasks", __name__, url_prefix="/tasks")

ID = "/<string(length=20):task_id>"
LOOK_AGAIN_SECONDS = 3


@bp.get("/")
@access(Permission.OWN)
def list_tasks() -> ResponseReturnValue:
    """Show what the reader asked for, the newest first."""
    page = paginate(db.session, queries.tasks_of(own_id()), page_number())
    return render_template("tasks/list_tasks.html", page=page)


@bp.get(ID)
@access(Permission.OWN)
def show(task_id: str) -> ResponseReturnValue:
    """Show how far one task is; the page looks again by itself until it is over, also without a script."""
    task = queries.task_of(own_id(), task_id)
    page = render_template("tasks/show.html", task=task, why=_why(task), share=_share(task))
    headers = {} if task.status.is_over else {"Refresh": str(LOOK_AGAIN_SECONDS)}
    return page, 200, headers


@bp.get(f"{ID}/file")
@access(Permission.OWN)
def download(task_id: str) -> ResponseReturnValue:
    """Hand out the file that a task made."""
    task = queries.task_of(own_id(), task_id)
    if task.status is not TaskStatus.DONE:
        raise NotFound(N_("文件还没有做好"))
    if (right := operations.rights.get(task.kind)) is not None:
        # Whoever lost the right since then gets nothing that they asked for while they had it.
        for scope in scopes_of(task.params, task.lineage):
            require_at(right, scope)
    if not operations.may_have(principal(), task):
        raise Forbidden(N_("文件里有全名，您现在不能看全名了；请重新导出一份"))
    if task.result_href:
        return redirect(task.result_href)
    return file_answer(task.result or b"", task.result_type, task.result_name)


def _why(task: Task) -> Words | None:
    return unpacked(task.why["text"], task.why["params"], clock.now()) if task.why else None


def _share(task: Task) -> int:
    """Return how much is done, in whole percent."""
    return task.done * 100 // task.total if task.total else 0
