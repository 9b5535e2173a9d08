"""What a volunteer's account is told when others write, confirm, return or take back hours, and who else is told.

The account is the one that acts for the volunteer: their own, or that of a child's or an elder's family.
"""

from collections.abc import Callable, Iterable
from typing import Any

from models.hours import Entry, Proposal
from volunteer.hours.awaiting import waits_for_office
from volunteer.hours.office import officials_for
from volunteer.hours.rules import EntryKind, ProposalState
from volunteer.kernel.speech import hours_text
from volunteer.kernel.text import N_, Words
from volunteer.notices.operations import tell, tell_each
from volunteer.notices.rules import NoticeKind
from volunteer.organizations.queries import scope_of

BACK_DATED_PAGE = "/hours/back-dated"

resting: list[Callable[[int], tuple[int, str]]] = []
"""How many papers rest on the entry with this id, and where its volunteer gets them anew; filled by app.py."""


def record_path(public_id: str) -> str:
    """Return the page of a record, an entry's or a proposal's."""
    return f"/hours/{public_id}"


def _facts(row: Entry | Proposal) -> dict[str, Any]:
    return {
        "organization": row.organization.name,
        "name": row.volunteer.name,
        "title": row.shift.activity.title,
        "hours": hours_text(row.minutes),
    }


def tell_proposed(made: Iterable[Proposal]) -> None:
    """Tell volunteers what others have proposed for them, and the office what it has to confirm."""
    for proposal in made:
        if proposal.made_by != proposal.volunteer.account_id:
            words = Words(
                N_(
                    "%(organization)s提出给%(name)s记“%(title)s”%(hours)s 小时（%(cause)s），等另一个人确认。"
                    "没有参加的话，点开选“这不是我做的”"
                ),
                {**_facts(proposal), "cause": Words(proposal.cause.label)},
            )
            _tell(proposal, NoticeKind.HOURS_PROPOSED, words)
        if waits_for_office(proposal):
            _tell_office(proposal)


def _tell_office(proposal: Proposal) -> None:
    words = Words(
        N_("%(organization)s给“%(title)s”补录了 %(hours)s 小时，班次过去超过 10 个工作日，等主管单位确认"),
        {name: value for name, value in _facts(proposal).items() if name != "name"},
    )
    near = officials_for(scope_of(proposal.organization).lineage).near
    tell_each(near - {proposal.made_by or 0}, NoticeKind.HOURS_PROPOSED, words, link=BACK_DATED_PAGE)


def tell_confirmed(proposal: Proposal) -> None:
    """Tell the volunteer that minutes took effect, went on public notice, or were taken back."""
    if proposal.kind is EntryKind.REVERSAL:
        _tell_taken_back(proposal)
    elif proposal.state is ProposalState.ON_NOTICE:
        words = N_(
            "%(name)s的“%(title)s”%(hours)s 小时（%(organization)s）已由另一个人确认，公示到 %(day)s，没有异议就生效。"
            "没有参加的话，点开选“这不是我做的”"
        )
        _tell(proposal, NoticeKind.HOURS_DECIDED, Words(words, {**_facts(proposal), "day": proposal.notice_until_on}))
    else:
        _tell(proposal, NoticeKind.HOURS_DECIDED, _effective(proposal))
        _tell_superseded(proposal, proposal.replaces_id)


def _effective(proposal: Proposal) -> Words:
    facts = _facts(proposal)
    if proposal.replaces is None:
        return Words(N_("%(name)s的“%(title)s”%(hours)s 小时（%(organization)s）生效了"), facts)
    return Words(
        N_("%(name)s的“%(title)s”从 %(before)s 小时更正为 %(hours)s 小时（%(organization)s），生效了"),
        {**facts, "before": hours_text(proposal.replaces.minutes)},
    )


def _tell_taken_back(proposal: Proposal) -> None:
    words = Words(
        N_("%(organization)s冲销了%(name)s的“%(title)s”%(hours)s 小时：%(why)s"),
        {**_facts(proposal), "why": proposal.reason},
    )
    _tell(proposal, NoticeKind.HOURS_DECIDED, words)
    _tell_superseded(proposal, proposal.reverses_id)


def _tell_superseded(proposal: Proposal, entry_id: int | None) -> None:
    if entry_id is None:
        return
    for ask in resting:
        count, page = ask(entry_id)
        if count:
            words = N_("“%(title)s”的记录有更正，%(name)s用到它的 %(count)d 份证明随之写着“已被更正”，可以重新开具")
            facts = {"name": proposal.volunteer.name, "title": proposal.shift.activity.title, "count": count}
            told = Words(words, facts)
            about = proposal.volunteer_id
            tell(proposal.volunteer.account_id, NoticeKind.CERTIFICATE, told, link=page, about=about)


def tell_returned(proposal: Proposal) -> None:
    """Tell the volunteer that minutes were not recorded, and why; of a refused reversal nothing changes for them."""
    if proposal.kind is EntryKind.REVERSAL:
        return
    words = Words(
        N_("%(name)s的“%(title)s”%(hours)s 小时（%(organization)s）被退回，没有记入：%(why)s"),
        {**_facts(proposal), "why": proposal.answer},
    )
    _tell(proposal, NoticeKind.HOURS_DECIDED, words)


def _tell(proposal: Proposal, kind: NoticeKind, words: Words) -> None:
    link = record_path(proposal.public_id)
    tell(proposal.volunteer.account_id, kind, words, link=link, about=proposal.volunteer_id)
