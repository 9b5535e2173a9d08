"""What people are asked. A set is never changed once it was used: a new wording is a new set. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from volunteer.kernel.text import N_

SUPPORT, AGE, SEX = "support", "age", "sex"
AWARE, JOINED = "aware", "joined"
# What neighbours and organizers know of somebody: beside an opinion in one row it would tell whose opinion it is.
KNOWN_TO_OTHERS = (AWARE, JOINED, AGE, SEX)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be ticked."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answers, one of which is ticked; one that is not required may be left out."""

    code: str
    words: str
    choices: tuple[Choice, ...]
    is_required: bool = True
    supporting: frozenset[str] = frozenset()

    def words_of(self, code: str) -> str:
        """Return the words of an answer; "" for one that is not there."""
        return next((choice.words for choice in self.choices if choice.code == code), "")


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of a campaign, in order."""

    code: str
    questions: tuple[Question, ...]

    def question(self, code: str) -> Question:
        """Return a question by its code."""
        return next(question for question in self.questions if question.code == code)

    def supports(self, choices: Mapping[str, str]) -> bool:
        """Return whether an answer sheet counts as support."""
        return choices.get(SUPPORT) in self.question(SUPPORT).supporting

    def checked(self, sent: Mapping[str, object]) -> dict[str, str] | None:
        """Return what was ticked, known questions and answers alone; None where a required one is missing or odd."""
        found: dict[str, str] = {}
        for question in self.questions:
            code = sent.get(question.code) or ""
            if isinstance(code, str) and question.words_of(code):
                found[question.code] = code
            elif code or question.is_required:
                return None
        return found


def _choices(**words: str) -> tuple[Choice, ...]:
    return tuple(Choice(code, text) for code, text in words.items())


_FIRST = QuestionSet(
    "2026-1",
    (
        Question(
            SUPPORT,
            N_("您认同和支持本地的志愿服务活动吗？"),
            _choices(
                strongly=N_("非常支持"),
                rather=N_("比较支持"),
                neutral=N_("一般，谈不上支持或反对"),
                hardly=N_("不太支持"),
                not_at_all=N_("不支持"),
            ),
            supporting=frozenset({"strongly", "rather"}),
        ),
        Question(
            AWARE,
            N_("最近一年，您在身边见过或听说过志愿服务活动吗？"),
            _choices(often=N_("经常见到"), seen=N_("见过几次"), heard=N_("只听说过"), never=N_("没有")),
        ),
        Question(
            JOINED,
            N_("最近一年，您自己参加过志愿服务吗？"),
            _choices(
                often=N_("参加过几次"),
                once=N_("参加过一次"),
                willing=N_("没有，以后愿意参加"),
                unwilling=N_("没有，也不打算参加"),
            ),
        ),
        Question(
            "satisfied",
            N_("您对身边的志愿服务满意吗？"),
            _choices(
                very=N_("很满意"),
                rather=N_("比较满意"),
                neutral=N_("过得去"),
                hardly=N_("不太满意"),
                not_at_all=N_("很不满意"),
                unknown=N_("没接触过，说不上"),
            ),
        ),
        Question(
            "wish",
            N_("您最希望身边多一些哪种志愿服务？"),
            _choices(
                elders=N_("帮助老人"),
                children=N_("陪伴孩子"),
                order=N_("文明交通和环境卫生"),
                health=N_("健康义诊"),
                skills=N_("法律、维修等专业服务"),
            ),
            is_required=False,
        ),
        Question(
            AGE,
            N_("您的年龄段"),
            _choices(young=N_("35 岁以下"), middle=N_("35 到 59 岁"), old=N_("60 岁及以上")),
            is_required=False,
        ),
        Question(SEX, N_("您的性别"), _choices(female=N_("女"), male=N_("男")), is_required=False),
    ),
)

QUESTION_SETS = {one.code: one for one in (_FIRST,)}
NEWEST = _FIRST.code
