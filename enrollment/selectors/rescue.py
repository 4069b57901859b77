"""Rescue cases as the claimant, the holder and the office find them."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.policies import is_office
from accounts.selectors import other_holder_of
from common.components import FieldRow, TimelineStep
from common.crypto import blind_index
from common.wording import moment_sentence, until_sentence
from enrollment.models import (
    Binding,
    RescueAlert,
    RescueCase,
    RescueEvidence,
    RescueQuerySet,
    School,
    StudentRecord,
)
from enrollment.selectors.later import work_since
from enrollment.states import APPROVED_RESCUES, OPEN_RESCUES, RescueState

TOKEN_PURPOSE = "rescue-alert"  # noqa: S105 -- the name of a key, not a secret
_WHOLE = ("identity__user", "number", "holder", "school", "proposer", "decider")


def rescues_of(user: User) -> RescueQuerySet:
    """The cases that the person opened, the newest first."""
    return RescueCase.objects.filter(identity__user=user).select_related(*_WHOLE).order_by("-pk")


def open_rescue_of(user: User) -> RescueCase | None:
    """The person's case that is not decided, if there is one."""
    return rescues_of(user).waiting().first()


def rescues_visible_to(user: User) -> QuerySet[RescueCase]:
    """The cases whose receipt the person may read: the own ones, all for the office."""
    cases = RescueCase.objects.select_related(*_WHOLE)
    return cases if is_office(user) else cases.filter(identity__user=user)


def rescues_against(user: User) -> QuerySet[RescueCase]:
    """Undecided cases about a number that this account holds; who claims it is not told."""
    return RescueCase.objects.waiting().filter(holder=user).select_related(*_WHOLE).order_by("pk")


def alert_with(token: str) -> RescueAlert | None:
    """The alert whose message carried this token, if it may still be used."""
    return (
        RescueAlert.objects.filter(
            token_index=blind_index(token, purpose=TOKEN_PURPOSE), used_at=None
        )
        .select_related("case__identity", "told")
        .first()
    )


def rescue_evidence_visible_to(user: User) -> QuerySet[RescueEvidence]:
    """Photos that the person may open: the office's matter; nobody looks at a case about oneself."""
    kept = RescueEvidence.objects.filter(file__purged_at=None).select_related(
        "file", "case__identity"
    )
    if not is_office(user):
        return kept.none()
    return kept.exclude(Q(case__identity__user=user) | Q(case__holder=user))


def is_holder_as_told(case: RescueCase) -> bool:
    """Whether the number is still with the account whose contacts were told."""
    now_held_by = other_holder_of(case.number)
    return (now_held_by.pk if now_held_by else None) == case.holder_id


def rivals_of(case: RescueCase) -> QuerySet[RescueCase]:
    """Other undecided cases about the same number."""
    return (
        RescueCase.objects.waiting()
        .filter(number__number_index=case.number.number_index)
        .exclude(pk=case.pk)
        .select_related("identity__user")
        .order_by("pk")
    )


def records_at_stake(case: RescueCase) -> Sequence[tuple[StudentRecord, Binding | None]]:
    """Records that would go to the claimant: those of the holder, and unbound ones with the number."""
    wanted = Q(id_number_index=case.number.number_index)
    if case.holder_id is not None:
        wanted |= Q(binding__identity__user=case.holder_id)
    records = (
        StudentRecord.objects.filter(wanted)
        .exclude(binding__identity=case.identity_id)
        .select_related("school", "binding__identity")
        .order_by("school", "student_no")
    )
    return [(record, getattr(record, "binding", None)) for record in records]


def reasons_to_keep(case: RescueCase) -> list[str]:
    """Why an approval cannot be taken back as a whole; empty when nothing was built on it."""
    if case.memo is None or case.closed_at is None:
        return ["这个申请通过时没有留下恢复的依据"]
    reasons = work_since(
        case.identity.user, [each["record"] for each in case.memo["records"]], since=case.closed_at
    )
    if case.identity.user.superseded_at is not None or case.identity.user.closed_at is not None:
        reasons.append("申请人的账号后来停用了")
    if case.holder is not None and case.holder.closed_at is not None:
        reasons.append("原账号后来注销了")
    return reasons


def subject_of(case: RescueCase) -> str:
    """The record that looking into the case concerns, for the access ledger; empty without one."""
    at_stake = records_at_stake(case)
    return str(at_stake[0][0].pk) if at_stake else ""


def schools_to_claim_at() -> QuerySet[School]:
    """The schools whose facts can be asked for."""
    return School.objects.order_by("code")


def rescue_timeline(case: RescueCase, *, now: datetime) -> list[TimelineStep]:
    """Where the case is, for its claimant: the same steps whether or not somebody holds the number."""
    is_frozen = case.is_frozen_at(now)
    steps = [
        TimelineStep(label="已提交", state="done", note=moment_sentence(case.opened_at)),
        TimelineStep(
            label="等待 24 小时",
            state="now" if is_frozen else "done",
            note=f"到 {until_sentence(case.freeze_ends_at)} 为止；同一号码有别的账号时，会通知对方",
        ),
    ]
    if case.state == RescueState.WITHDRAWN:
        return [*steps, _end("已撤回", case)]
    steps.append(_check(case, is_frozen=is_frozen))
    if case.state not in OPEN_RESCUES:
        steps.append(TimelineStep(label="第二位老师确认", state="done"))
        return [*steps, *_ends(case)]
    is_second = case.state == RescueState.AWAITING_SECOND
    return [
        *steps,
        TimelineStep(label="第二位老师确认", state="now" if is_second else "todo"),
        TimelineStep(label="答复你", state="todo", note=f"{until_sentence(case.due_at)}以前"),
    ]


def _check(case: RescueCase, *, is_frozen: bool) -> TimelineStep:
    if case.state == RescueState.COUNTER:
        return TimelineStep(
            label="要你带证件来一趟", state="now", note="当面核对以后，学籍科接着办"
        )
    note = "学籍科看你交的材料"
    if case.met_at is not None:
        note = f"{moment_sentence(case.met_at)}当面核对过证件"
    if case.state != RescueState.OPEN:
        return TimelineStep(label="学籍科核实", state="done", note=note)
    return TimelineStep(label="学籍科核实", state="todo" if is_frozen else "now", note=note)


def _ends(case: RescueCase) -> list[TimelineStep]:
    """The decision; and that it was taken back, once it was."""
    if case.state == RescueState.REFUSED:
        return [_end(str(RescueState.REFUSED.label), case)]
    end = _end(str(RescueState.APPROVED.label), case)
    if case.state != RescueState.UNDONE:
        return [end]
    note = moment_sentence(case.undone_at) if case.undone_at else ""
    return [end, TimelineStep(label="通过后又撤销", state="broken", note=note)]


def _end(label: str, case: RescueCase) -> TimelineStep:
    note = moment_sentence(case.closed_at) if case.closed_at else ""
    if case.state in APPROVED_RESCUES:
        return TimelineStep(label=label, state="lock", note=note)
    return TimelineStep(label=label, state="broken", note=note)


def rescue_receipt(case: RescueCase) -> list[FieldRow]:
    """What both sides take home: number of the case, what was done, by whom, when; no document number."""
    met = moment_sentence(case.met_at) if case.met_at else "没有要求"
    done = {
        RescueState.APPROVED: "证件号码和学籍转到申请人的账号，原账号停用",
        RescueState.UNDOING: "证件号码和学籍转到申请人的账号，原账号停用",
        RescueState.UNDONE: "通过以后又撤销，号码、学籍和原账号恢复到申请以前",
        RescueState.REFUSED: "不通过，号码和学籍维持原状",
        RescueState.WITHDRAWN: "申请人撤回，号码和学籍维持原状",
    }
    return [
        FieldRow(label="单号", value=case.case_no),
        FieldRow(label="事项", value="证件号码找回"),
        FieldRow(label="提交时间", value=moment_sentence(case.opened_at)),
        FieldRow(label="证明方式", value=str(case.get_proof_display())),
        FieldRow(label="当面核对证件", value=met),
        FieldRow(label="结果", value=done.get(RescueState(case.state), "还没办结")),
        FieldRow(label="第一经办人", value=case.proposer_name),
        FieldRow(label="第二经办人", value=case.decider_name),
        FieldRow(label="办结时间", value=moment_sentence(case.closed_at) if case.closed_at else ""),
    ]
