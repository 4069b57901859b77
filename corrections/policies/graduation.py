"""毕业资格审核: the college proposes, the office decides, nobody works on the own case."""

from datetime import datetime

from accounts.models import User
from accounts.policies import is_registrar
from common.errors import NotAllowedError
from common.policy import allowed
from corrections.models import AuditedStudent, AuditObjection, Certificate, GraduationAudit
from corrections.selectors.graduation_scope import (
    is_of_college,
    is_own,
    is_sanction_handler,
)
from corrections.states.graduation import (
    ANSWERING,
    AUDIT,
    CERTIFICATE,
    CERTIFIED,
    OBJECTION,
    OUT,
    RESULT,
    AuditAction,
    AuditState,
    CertificateAction,
    CertificateState,
    ObjectionAction,
    ObjectionKind,
    ObjectionState,
    ResultAction,
    ResultState,
)

__all__ = [
    "audit_actions",
    "certificate_actions",
    "check_can_change_list",
    "check_can_confirm",
    "check_can_move_audit",
    "check_can_move_certificate",
    "check_can_move_many",
    "check_can_move_objection",
    "check_can_move_result",
    "check_can_name_sanction_handler",
    "check_can_object",
    "check_can_object_to_notice",
    "check_can_print_certificate",
    "check_handles_sanctions",
    "check_is_office",
    "check_is_printed",
    "check_nothing_is_upheld",
    "check_notice_is_over",
    "objection_actions",
    "result_actions",
]

_OFFICE_ONLY = "毕业资格审核由教务处办理。"
_COLLEGE_ONLY = "这一步由学生所在学院的教学秘书或学院领导办理。"
_NO_COLLEGE = "这名学生没有学院，由教务处提出。"
_PARTY = "这件事和你自己的学籍有关，要由别人办理。"
_OVER = "这次审核现在不能再改。"


def check_is_office(actor: User) -> None:
    """Rounds, items and lists are the office's."""
    if not is_registrar(actor):
        raise NotAllowedError(_OFFICE_ONLY)


def check_can_change_list(actor: User, audit: GraduationAudit) -> None:
    """Students, items and marks change while a round is prepared or checked, never after."""
    check_is_office(actor)
    if audit.state not in {AuditState.DRAFT, AuditState.CHECKING}:
        raise NotAllowedError(_OVER)


def check_can_move_audit(
    actor: User, audit: GraduationAudit, action: AuditAction, *, now: datetime
) -> None:
    """The office moves a round; it is archived after its notice, not retracted after the first certificate."""
    check_is_office(actor)
    AUDIT.target(action, source=AuditState(audit.state))
    if action is AuditAction.CLOSE:
        if not audit.notice_window.has_closed(now):
            raise NotAllowedError("公示还没有结束，结束以后才能归档。")
        check_nothing_is_upheld(audit)
    handed = Certificate.objects.filter(student__audit=audit, state=CertificateState.HANDED)
    if action is AuditAction.RETRACT and handed.exists():
        raise NotAllowedError("已有证书发给学生，公示不能撤回。")


def audit_actions(actor: User, audit: GraduationAudit, *, now: datetime) -> list[AuditAction]:
    """What the person may do with the round now."""
    return [
        action
        for action in AUDIT.actions_from(AuditState(audit.state))
        if allowed(check_can_move_audit, actor, audit, action, now=now)
    ]


def check_can_move_result(
    actor: User, student: AuditedStudent, action: ResultAction, *, now: datetime
) -> None:
    """The college proposes; another person, of the office, returns, decides, reopens or drops."""
    if is_own(actor, student.record):
        raise NotAllowedError(_PARTY)
    if action is ResultAction.PROPOSE:
        _check_proposes(actor, student, now=now)
    else:
        check_is_office(actor)
    RESULT.target(action, source=ResultState(student.state))
    if student.audit.state != AuditState.CHECKING:
        raise NotAllowedError(_OVER)
    if action is ResultAction.DECIDE and student.proposer_id == actor.pk:
        raise NotAllowedError("是你代学院提出的，要由另一个人审定。")


def _check_proposes(actor: User, student: AuditedStudent, *, now: datetime) -> None:
    """The student's college; for who has none the office, of whom another one decides."""
    if student.college_id is None:
        if not is_registrar(actor):
            raise NotAllowedError(_NO_COLLEGE)
    elif not is_of_college(actor, student, now=now):
        raise NotAllowedError(_COLLEGE_ONLY)


def check_can_move_many(actor: User, audit: GraduationAudit, action: ResultAction) -> None:
    """What holds for all of a round; whose row it is says the query that finds them."""
    if not actor.is_active:
        raise NotAllowedError(_COLLEGE_ONLY)
    if action is not ResultAction.PROPOSE:
        check_is_office(actor)
    if audit.state != AuditState.CHECKING:
        raise NotAllowedError(_OVER)


def result_actions(actor: User, student: AuditedStudent, *, now: datetime) -> list[ResultAction]:
    """What the person may do with the result now, in the order of the table."""
    return [
        action
        for action in RESULT.actions_from(ResultState(student.state))
        if allowed(check_can_move_result, actor, student, action, now=now)
    ]


def check_can_confirm(actor: User, student: AuditedStudent, *, now: datetime) -> None:
    """The student, while the round takes answers."""
    _check_owner(actor, student)
    if not student.audit.takes_answers_at(now):
        raise NotAllowedError("核对的时间已过，有疑问请联系学院。")


def check_can_object(actor: User, student: AuditedStudent, *, now: datetime) -> None:
    """The student, while the round takes answers and nothing is decided."""
    _check_owner(actor, student)
    if not student.audit.takes_answers_at(now):
        raise NotAllowedError("提异议的时间已过，有疑问请联系学院。")
    if student.state not in {ResultState.PENDING, ResultState.PROPOSED}:
        raise NotAllowedError("结果已经审定。公示时可以对公示提异议。")


def _check_owner(actor: User, student: AuditedStudent) -> None:
    if not (actor.is_active and is_own(actor, student.record)) or student.state in OUT:
        raise NotAllowedError("只有学生本人可以这样做。")


def check_can_object_to_notice(audit: GraduationAudit, *, now: datetime) -> None:
    """Anybody, while the notice is up: [开始, 结束)."""
    if not audit.is_on_notice_at(now):
        raise NotAllowedError("现在不在公示期内，不能提异议。")


def check_can_move_objection(
    actor: User,
    objection: AuditObjection,
    action: ObjectionAction,
    *,
    now: datetime,
) -> None:
    """Item objections: college or office answer; notice objections: the office; who objected withdraws."""
    OBJECTION.target(action, source=ObjectionState(objection.state))
    if action not in ANSWERING:
        if objection.objector_id is None or objection.objector_id != actor.pk:
            raise NotAllowedError("只有提出异议的人可以撤回。")
        return
    student = objection.student
    if objection.objector_id == actor.pk or (student and is_own(actor, student.record)):
        raise NotAllowedError(_PARTY)
    if is_registrar(actor):
        return
    is_item = objection.kind == ObjectionKind.ITEM
    if not (is_item and student and is_of_college(actor, student, now=now)):
        raise NotAllowedError(_COLLEGE_ONLY if is_item else _OFFICE_ONLY)


def objection_actions(
    actor: User, objection: AuditObjection, *, now: datetime
) -> list[ObjectionAction]:
    """What the person may do with the objection now."""
    return [
        action
        for action in OBJECTION.actions_from(ObjectionState(objection.state))
        if allowed(check_can_move_objection, actor, objection, action, now=now)
    ]


def check_is_printed(actor: User, audit: GraduationAudit) -> None:
    """The office enters certificates from the notice on."""
    check_is_office(actor)
    if audit.state not in {AuditState.NOTICE, AuditState.CLOSED}:
        raise NotAllowedError("公示以后才能登记证书。")


def check_can_print_certificate(actor: User, student: AuditedStudent) -> None:
    """The office, for another one who is to graduate or to complete; nobody prints the own one."""
    check_is_printed(actor, student.audit)
    if is_own(actor, student.record):
        raise NotAllowedError(_PARTY)
    if student.state != ResultState.DECIDED or student.decided not in CERTIFIED:
        raise NotAllowedError("审定为毕业或结业的学生才有证书。")


def check_notice_is_over(audit: GraduationAudit, *, now: datetime) -> None:
    """Certificates leave the office after the notice, when everything objected to it is answered and nothing upheld."""
    if audit.state == AuditState.CLOSED:
        return
    if audit.state != AuditState.NOTICE:
        raise NotAllowedError("公示撤回了，重新公示、公示结束以后才能发证。")
    if not audit.notice_window.has_closed(now):
        raise NotAllowedError("公示还没有结束，结束以后才能发证。")
    if audit.objections.filter(kind=ObjectionKind.NOTICE, state=ObjectionState.OPEN).exists():
        raise NotAllowedError("对公示的异议还没有都答复，答复以后才能发证。")
    # Asked second: what is answered between the two questions is found by this one.
    check_nothing_is_upheld(audit)


def check_nothing_is_upheld(audit: GraduationAudit) -> None:
    """A notice that was found wrong ends nothing: it is taken down, put right and published anew."""
    upheld = audit.objections.filter(
        kind=ObjectionKind.NOTICE,
        state=ObjectionState.UPHELD,
        answered_at__gte=audit.published_at,
    )
    if upheld.exists():
        raise NotAllowedError("有一份对公示的异议成立：先撤回公示，改好以后再公示。")


def check_can_move_certificate(
    actor: User, certificate: Certificate, action: CertificateAction, *, now: datetime
) -> None:
    """The office does everything; the college hands out what it has fetched and puts its receipts right."""
    student = certificate.student
    if is_own(actor, student.record):
        raise NotAllowedError(_PARTY)
    CERTIFICATE.target(action, source=CertificateState(certificate.state))
    if action in {CertificateAction.FETCH, CertificateAction.HAND}:
        check_notice_is_over(student.audit, now=now)
    if is_registrar(actor):
        return
    if action in {CertificateAction.FETCH, CertificateAction.VOID}:
        raise NotAllowedError(_OFFICE_ONLY)
    if not is_of_college(actor, student, now=now):
        raise NotAllowedError(_COLLEGE_ONLY)
    if certificate.state == CertificateState.PRINTED:
        raise NotAllowedError("证书还在教务处，学院领取以后才能发。")


def certificate_actions(
    actor: User, certificate: Certificate, *, now: datetime
) -> list[CertificateAction]:
    """What the person may do with the certificate now."""
    return [
        action
        for action in CERTIFICATE.actions_from(CertificateState(certificate.state))
        if allowed(check_can_move_certificate, actor, certificate, action, now=now)
    ]


def check_handles_sanctions(actor: User) -> None:
    """Sanctions are for the named staff alone."""
    if not is_sanction_handler(actor):
        raise NotAllowedError("处分只由指定的人办理。")


def check_can_name_sanction_handler(actor: User, user: User) -> None:
    """One of the office names another of the office: nobody lets themselves in."""
    check_is_office(actor)
    if actor.pk == user.pk:
        raise NotAllowedError("不能指定自己，请教务处另一位老师来指定。")
    if not is_registrar(user):
        raise NotAllowedError("经办人要是教务处的账号。")
