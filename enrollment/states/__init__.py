"""Choices and machines of enrollment."""

from django.db import models

from common.workflow import Transition, Workflow, sources
from enrollment.states.merge import MERGE, OPEN_MERGES, MergeAction, MergeState
from enrollment.states.rescue import (
    APPROVED_RESCUES,
    OPEN_RESCUES,
    RESCUE,
    RESCUE_FACT_COUNT,
    RESCUE_FACTS,
    RescueAction,
    RescueOpinion,
    RescueProof,
    RescueState,
)

__all__ = [
    "APPROVED_RESCUES",
    "CLAIM",
    "CLASS_ROLES",
    "DUPLICATE",
    "ENROLLED",
    "FRESHMAN_FIELDS",
    "IMPORT",
    "INVITATION",
    "MERGE",
    "OPEN_MERGES",
    "OPEN_RESCUES",
    "OWNERS_OF_RECORDS",
    "RESCUE",
    "RESCUE_FACTS",
    "RESCUE_FACT_COUNT",
    "ROSTER_UNDO",
    "AssignmentRole",
    "BindingFact",
    "BindingSource",
    "ClaimAction",
    "ClaimState",
    "Coverage",
    "DuplicateAction",
    "DuplicateState",
    "EnrollmentStatus",
    "GraduationOutcome",
    "ImportAction",
    "ImportState",
    "InvitationAction",
    "InvitationState",
    "ListedOutcome",
    "ListedRole",
    "MergeAction",
    "MergeState",
    "NumberUse",
    "RescueAction",
    "RescueOpinion",
    "RescueProof",
    "RescueState",
    "RowOutcome",
    "SamePerson",
    "Severity",
    "StatusSource",
    "UndoAction",
    "UndoState",
    "UpgradeState",
]


class EnrollmentStatus(models.TextChoices):
    """学籍状态 (domain: status vocabulary); the delivered text is kept beside it."""

    REGISTERED = "REGISTERED", "在籍（注册学籍）"
    UNREGISTERED = "UNREGISTERED", "在籍（未注册）"
    SUSPENDED = "SUSPENDED", "在籍（休学）"
    RETAINED = "RETAINED", "在籍（保留学籍）"
    ADMISSION_RETAINED = "ADMISSION_RETAINED", "保留入学资格"
    GRADUATED = "GRADUATED", "不在籍（毕业）"
    COMPLETED = "COMPLETED", "不在籍（结业）"
    INCOMPLETE = "INCOMPLETE", "不在籍（肄业）"
    WITHDRAWN = "WITHDRAWN", "不在籍（退学）"
    TRANSFERRED_OUT = "TRANSFERRED_OUT", "不在籍（转学）"
    EXPELLED = "EXPELLED", "不在籍（开除学籍）"
    DECEASED = "DECEASED", "不在籍（死亡）"
    CANCELLED = "CANCELLED", "不在籍（取消学籍）"
    OTHER = "OTHER", "其他"


ENROLLED = frozenset(
    {
        EnrollmentStatus.REGISTERED,
        EnrollmentStatus.UNREGISTERED,
        EnrollmentStatus.SUSPENDED,
        EnrollmentStatus.RETAINED,
        EnrollmentStatus.OTHER,
    }
)


class StatusSource(models.TextChoices):
    """Where a change of the enrolment status came from."""

    OFFICE = "OFFICE", "教务处登记"
    AMENDMENT = "AMENDMENT", "更正学籍"
    ROSTER = "ROSTER", "名册导入"
    DUPLICATE = "DUPLICATE", "重复学籍处理"
    GRADUATION = "GRADUATION", "学历登记"


class GraduationOutcome(models.TextChoices):
    """With what the student left: the outcome that the certificate names."""

    GRADUATED = "GRADUATED", "毕业"
    COMPLETED = "COMPLETED", "结业"
    INCOMPLETE = "INCOMPLETE", "肄业"


class UpgradeState(models.TextChoices):
    """How far the check of the prior diploma of an upgrade student has come (专升本)."""

    PENDING = "PENDING", "等待核查"
    PASSED = "PASSED", "核查通过"
    FAILED = "FAILED", "核查未通过"


class DuplicateState(models.TextChoices):
    """Stages of cancelling a duplicate record: proposed by one person, confirmed by another."""

    PROPOSED = "PROPOSED", "等另一人确认"
    CONFIRMED = "CONFIRMED", "已注销"
    DECLINED = "DECLINED", "不是重复，保留"
    UNDONE = "UNDONE", "已恢复"


class DuplicateAction(models.TextChoices):
    """Moves of a duplicate case."""

    CONFIRM = "CONFIRM", "确认注销"
    DECLINE = "DECLINE", "不注销"
    UNDO = "UNDO", "恢复学籍"


DUPLICATE = Workflow[DuplicateState, DuplicateAction](
    name="duplicate_record",
    initial=DuplicateState.PROPOSED,
    transitions={
        DuplicateAction.CONFIRM: Transition(
            sources(DuplicateState.PROPOSED), DuplicateState.CONFIRMED
        ),
        DuplicateAction.DECLINE: Transition(
            sources(DuplicateState.PROPOSED), DuplicateState.DECLINED
        ),
        DuplicateAction.UNDO: Transition(sources(DuplicateState.CONFIRMED), DuplicateState.UNDONE),
    },
)


class BindingFact(models.TextChoices):
    """What a student must know beside name and number to be bound (school setting)."""

    NONE = "NONE", "不要求"
    CANDIDATE_NO = "CANDIDATE_NO", "考生号"
    STUDENT_NO = "STUDENT_NO", "学号"


class BindingSource(models.TextChoices):
    """How a binding came about."""

    FACT = "FACT", "本人核实"
    ROSTER = "ROSTER", "名册导入时自动绑定"
    STAFF = "STAFF", "教务处绑定"
    INVITATION = "INVITATION", "学校邀请"


class AssignmentRole(models.TextChoices):
    """Dated roles in classes and colleges."""

    COUNSELLOR = "COUNSELLOR", "辅导员"
    MONITOR = "MONITOR", "班长"
    COLLEGE_SECRETARY = "COLLEGE_SECRETARY", "教学秘书"
    COLLEGE_LEADER = "COLLEGE_LEADER", "学院领导"


CLASS_ROLES = frozenset({AssignmentRole.COUNSELLOR, AssignmentRole.MONITOR})


class ListedRole(models.TextChoices):
    """What a list of people may make of somebody: a role of theirs, or only an account (student)."""

    COUNSELLOR = "COUNSELLOR", "辅导员"
    MONITOR = "MONITOR", "班长"
    COLLEGE_SECRETARY = "COLLEGE_SECRETARY", "教学秘书"
    COLLEGE_LEADER = "COLLEGE_LEADER", "学院领导"
    REGISTRAR = "REGISTRAR", "教务处"
    AUDITOR = "AUDITOR", "审计"
    STUDENT = "STUDENT", "学生"


# Whose account belongs to a record; everybody else works with an account without one.
OWNERS_OF_RECORDS = frozenset({ListedRole.MONITOR, ListedRole.STUDENT})


class ListedOutcome(models.TextChoices):
    """What applying a row of a list of people does."""

    APPOINT = "APPOINT", "直接任命"
    INVITE = "INVITE", "发邀请"
    UNCHANGED = "UNCHANGED", "已经有了"
    ERROR = "ERROR", "有错误"


class InvitationState(models.TextChoices):
    """Stages of an invitation; that it has run out is derived from its moment."""

    PENDING = "PENDING", "等对方接受"
    ACCEPTED = "ACCEPTED", "已接受"
    REVOKED = "REVOKED", "已撤回"


class InvitationAction(models.TextChoices):
    """Moves of an invitation."""

    ACCEPT = "ACCEPT", "接受"
    REVOKE = "REVOKE", "撤回"


INVITATION = Workflow[InvitationState, InvitationAction](
    name="invitation",
    initial=InvitationState.PENDING,
    transitions={
        InvitationAction.ACCEPT: Transition(
            sources(InvitationState.PENDING), InvitationState.ACCEPTED
        ),
        InvitationAction.REVOKE: Transition(
            sources(InvitationState.PENDING), InvitationState.REVOKED
        ),
    },
)


class ImportState(models.TextChoices):
    """Stages of an import, for rosters and photo batches alike."""

    UPLOADED = "UPLOADED", "已上传"
    STAGED = "STAGED", "已检查"
    REFUSED = "REFUSED", "有错误，未导入"
    APPLYING = "APPLYING", "导入中"
    APPLIED = "APPLIED", "已导入"
    DISCARDED = "DISCARDED", "已放弃"


class ImportAction(models.TextChoices):
    """Moves of an import."""

    STAGE = "STAGE", "检查"
    REFUSE = "REFUSE", "拒绝"
    START = "START", "开始导入"
    FINISH = "FINISH", "完成导入"
    DISCARD = "DISCARD", "放弃"


IMPORT = Workflow[ImportState, ImportAction](
    name="import",
    initial=ImportState.UPLOADED,
    transitions={
        ImportAction.STAGE: Transition(sources(ImportState.UPLOADED), ImportState.STAGED),
        ImportAction.REFUSE: Transition(sources(ImportState.UPLOADED), ImportState.REFUSED),
        ImportAction.START: Transition(sources(ImportState.STAGED), ImportState.APPLYING),
        ImportAction.FINISH: Transition(sources(ImportState.APPLYING), ImportState.APPLIED),
        ImportAction.DISCARD: Transition(
            sources(ImportState.UPLOADED, ImportState.STAGED, ImportState.REFUSED),
            ImportState.DISCARDED,
        ),
    },
)


class RowOutcome(models.TextChoices):
    """What applying a staged roster row does."""

    CREATE = "CREATE", "新增"
    UPDATE = "UPDATE", "更新"
    UNCHANGED = "UNCHANGED", "无变化"
    SKIP = "SKIP", "跳过"
    ERROR = "ERROR", "有错误"


class Coverage(models.TextChoices):
    """What a roster claims to hold completely; who is missing from it is marked, never deleted."""

    PART = "PART", "只含一部分人"
    SCHOOL = "SCHOOL", "全校名册"
    GRADE = "GRADE", "一个年级的名册"
    CLASS = "CLASS", "一个班的名册"


class UndoState(models.TextChoices):
    """Whether an applied roster or photo batch was taken back."""

    NONE = "NONE", "没有撤销"
    UNDOING = "UNDOING", "撤销中"
    UNDONE = "UNDONE", "已撤销"


class UndoAction(models.TextChoices):
    """Moves of taking a roster or photo batch back."""

    BEGIN = "BEGIN", "开始撤销"
    FINISH = "FINISH", "完成撤销"


ROSTER_UNDO = Workflow[UndoState, UndoAction](
    name="roster-undo",
    initial=UndoState.NONE,
    transitions={
        UndoAction.BEGIN: Transition(sources(UndoState.NONE), UndoState.UNDOING),
        UndoAction.FINISH: Transition(sources(UndoState.UNDOING), UndoState.UNDONE),
    },
)


class SamePerson(models.TextChoices):
    """What staff decided about a row and a record that nearly agree."""

    UNDECIDED = "UNDECIDED", "待定"
    SAME = "SAME", "同一人"
    DIFFERENT = "DIFFERENT", "不是同一人"


class Severity(models.TextChoices):
    """Whether a finding stops its row."""

    ERROR = "ERROR", "错误"
    WARNING = "WARNING", "提醒"


class ClaimState(models.TextChoices):
    """学籍认领: a claim on a further record."""

    OPEN = "OPEN", "等教务处核实"
    APPROVED = "APPROVED", "已绑定"
    REFUSED = "REFUSED", "没有通过"
    WITHDRAWN = "WITHDRAWN", "已撤回"


class ClaimAction(models.TextChoices):
    """Moves of a claim."""

    APPROVE = "APPROVE", "核实无误，绑定"
    REFUSE = "REFUSE", "不予通过"
    WITHDRAW = "WITHDRAW", "撤回认领"


CLAIM = Workflow[ClaimState, ClaimAction](
    name="record_claim",
    initial=ClaimState.OPEN,
    transitions={
        ClaimAction.APPROVE: Transition(sources(ClaimState.OPEN), ClaimState.APPROVED),
        ClaimAction.REFUSE: Transition(sources(ClaimState.OPEN), ClaimState.REFUSED),
        ClaimAction.WITHDRAW: Transition(sources(ClaimState.OPEN), ClaimState.WITHDRAWN),
    },
)


class NumberUse(models.TextChoices):
    """How a further document number of a person stands beside the others."""

    PARALLEL = "PARALLEL", "和现在的号码同时有效"
    FORMER = "FORMER", "以前的号码，现在不用了"


# Fields of a record that the quick look-up of freshmen may show, in the order of the page.
FRESHMAN_FIELDS: dict[str, str] = {
    "school": "学校",
    "student_no": "学号",
    "college_name": "学院",
    "major_name": "专业",
    "class_name": "班级",
    "entry_date": "入学日期",
}
