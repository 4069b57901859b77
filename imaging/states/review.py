"""身份复核: what the outside comparison said, how a case goes on, who has a say in it, what papers it needs.

The portal compares no faces. It takes in what the platform's own comparison said, keeps the papers
together and ends the case when people have decided (教电 [2021] 128 号).
"""

from dataclasses import dataclass
from typing import Final

from django.db import models

from common.workflow import Transition, Workflow, sources


class ComparisonResult(models.TextChoices):
    """What the platform's comparison of graduation and admission photo said."""

    NOT_PASSED = "NOT_PASSED", "未通过"
    UNCERTAIN = "UNCERTAIN", "不确定"
    ABNORMAL = "ABNORMAL", "异常"
    PASSED = "PASSED", "通过"


# The results that open a case; 通过 only ever answers one.
REVIEWED_RESULTS: Final = sources(
    ComparisonResult.NOT_PASSED, ComparisonResult.UNCERTAIN, ComparisonResult.ABNORMAL
)


class ReviewRowOutcome(models.TextChoices):
    """What applying a row of imported results does."""

    OPEN = "OPEN", "立案"
    AGAIN = "AGAIN", "记入在办的案子"
    NOTHING = "NOTHING", "不用办"
    ERROR = "ERROR", "有错误，不导入"


class ReviewState(models.TextChoices):
    """身份复核: from the result of the comparison to the end, each step by named people."""

    COLLECTING = "COLLECTING", "收集材料"
    AT_COLLEGE = "AT_COLLEGE", "等学院核实"
    CONFIRMED = "CONFIRMED", "学院已核实"
    PANEL = "PANEL", "专家组核查"
    AGREED = "AGREED", "专家组已有结论"
    FILED = "FILED", "已备案"
    RELEASED = "RELEASED", "已解除"
    UPHELD = "UPHELD", "没有通过复核"


class ReviewAction(models.TextChoices):
    """Moves of a case."""

    SUBMIT = "SUBMIT", "送学院核实"
    RETURN = "RETURN", "退回补材料"
    CONFIRM = "CONFIRM", "学院核实无误"
    CONVENE = "CONVENE", "交专家组核查"
    AGREE = "AGREE", "提交专家组结论"
    FILE = "FILE", "登记备案"
    RELEASE = "RELEASE", "解除"
    UPHOLD = "UPHOLD", "认定没有通过"


OPEN_REVIEWS: Final = sources(
    ReviewState.COLLECTING,
    ReviewState.AT_COLLEGE,
    ReviewState.CONFIRMED,
    ReviewState.PANEL,
    ReviewState.AGREED,
    ReviewState.FILED,
)

REVIEW = Workflow[ReviewState, ReviewAction](
    name="identity_review",
    initial=ReviewState.COLLECTING,
    transitions={
        ReviewAction.SUBMIT: Transition(sources(ReviewState.COLLECTING), ReviewState.AT_COLLEGE),
        ReviewAction.RETURN: Transition(sources(ReviewState.AT_COLLEGE), ReviewState.COLLECTING),
        ReviewAction.CONFIRM: Transition(sources(ReviewState.AT_COLLEGE), ReviewState.CONFIRMED),
        ReviewAction.CONVENE: Transition(sources(ReviewState.CONFIRMED), ReviewState.PANEL),
        ReviewAction.AGREE: Transition(sources(ReviewState.PANEL), ReviewState.AGREED),
        ReviewAction.FILE: Transition(
            sources(ReviewState.CONFIRMED, ReviewState.AGREED), ReviewState.FILED
        ),
        ReviewAction.RELEASE: Transition(OPEN_REVIEWS, ReviewState.RELEASED),
        ReviewAction.UPHOLD: Transition(sources(ReviewState.FILED), ReviewState.UPHELD),
    },
)


class ReviewEndKind(models.TextChoices):
    """Why a case is to end; two handlers agree on it."""

    PASSED = "PASSED", "重新比对通过，解除"
    AGREED = "AGREED", "省级同意备案，解除"
    MISTAKEN = "MISTAKEN", "比对结果导入有误，解除"
    NOT_SAME = "NOT_SAME", "不是本人，没有通过复核"


class ReviewEndState(models.TextChoices):
    """复核办结: proposed by one handler, decided by another."""

    PROPOSED = "PROPOSED", "提出了，等第二人确认"
    DONE = "DONE", "两人一致，办结"
    DROPPED = "DROPPED", "没有采用"


class ReviewEndAction(models.TextChoices):
    """Moves of a proposal to end a case."""

    CONFIRM = "CONFIRM", "第二人确认办结"
    DROP = "DROP", "不办结，接着核实"


REVIEW_END = Workflow[ReviewEndState, ReviewEndAction](
    name="identity_review_end",
    initial=ReviewEndState.PROPOSED,
    transitions={
        ReviewEndAction.CONFIRM: Transition(sources(ReviewEndState.PROPOSED), ReviewEndState.DONE),
        ReviewEndAction.DROP: Transition(sources(ReviewEndState.PROPOSED), ReviewEndState.DROPPED),
    },
)


class SeatRole(models.TextChoices):
    """What somebody is named for in one case."""

    COLLEGE = "COLLEGE", "学院核实人"
    CHAIR = "CHAIR", "专家组组长"
    MEMBER = "MEMBER", "专家组成员"


PANEL_ROLES: Final = sources(SeatRole.CHAIR, SeatRole.MEMBER)
# A panel decides with a chair and two more at least.
SMALLEST_PANEL: Final = 3


class PanelOpinion(models.TextChoices):
    """What a member of the panel, and then the panel, holds."""

    SAME = "SAME", "是本人"
    NOT_SAME = "NOT_SAME", "不是本人"
    UNCLEAR = "UNCLEAR", "现有材料不能确定"


class DocumentNeed(models.TextChoices):
    """When a document must be in the case file."""

    ALWAYS = "ALWAYS", "必交"
    PANEL = "PANEL", "专家组核查时必交"
    OPTIONAL = "OPTIONAL", "有就交"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRule:
    """One line of a checklist as it is typed: the document, when it is needed, how many files at most."""

    title: str
    need: DocumentNeed
    most: int = 1
    hint: str = ""


# What schools ask for in practice, until a school writes its province's list (domain 5.5).
DEFAULT_PAPERS: Final = (
    PaperRule(title="身份证", need=DocumentNeed.ALWAYS, most=2, hint="正面、反面各一张"),
    PaperRule(title="手持身份证照片", need=DocumentNeed.ALWAYS, hint="当面拍，看清脸和证件"),
    PaperRule(title="本人承诺书", need=DocumentNeed.ALWAYS, most=3, hint="本人签名、写日期"),
    PaperRule(title="学院身份核实表", need=DocumentNeed.ALWAYS, most=3, hint="学院盖章"),
    PaperRule(title="未修图的新照片", need=DocumentNeed.OPTIONAL, hint="重新比对用"),
    PaperRule(title="户口簿", need=DocumentNeed.OPTIONAL, most=4, hint="首页和本人页"),
    PaperRule(title="学校证件", need=DocumentNeed.OPTIONAL, most=2, hint="学生证或校园卡"),
    PaperRule(title="就诊或手术证明", need=DocumentNeed.OPTIONAL, most=4, hint="相貌有变化时"),
    PaperRule(title="高中学籍档案", need=DocumentNeed.PANEL, most=6, hint="从档案馆调取"),
    PaperRule(title="笔迹样本", need=DocumentNeed.PANEL, most=4, hint="入学时和现在各一份"),
    PaperRule(title="专家组会议纪要", need=DocumentNeed.OPTIONAL, most=3, hint="签字的原件"),
)
# Only 未通过 demands that the record is not shown (教电 [2021] 128 号).
DEFAULT_HIDES: Final = (ComparisonResult.NOT_PASSED.value,)
DEFAULT_FOLDER_RULE: Final = "{学号}_{姓名}"
DEFAULT_FILE_RULE: Final = "{学号}_{姓名}_{序号}{材料}"
