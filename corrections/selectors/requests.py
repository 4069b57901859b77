"""Correction requests as the student and the office find them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.policies import is_office
from common.components import FieldRow, TimelineStep, Tone
from common.wording import moment_sentence
from corrections.models import CorrectionField, CorrectionRequest, Evidence, RequestStep
from corrections.selectors.cases import (
    FieldChange,
    case_status,
    lock_text,
    reason_rows,
)
from corrections.selectors.college import cases_of_college
from corrections.selectors.steps import DONE_STEPS, NEXT_STEPS, SAD_ENDS
from corrections.selectors.values import masked_value, written_value
from corrections.states import UNDECIDED, WORKED_ON, RequestAction, RequestState
from enrollment.models import Binding, PersonMerge
from enrollment.selectors import FIELD_LABELS, classes_with_role
from enrollment.states import AssignmentRole, MergeState
from imaging.models import VerificationConclusion
from imaging.selectors import locked_disputes, reason_labels
from imaging.states import Conclusion

_ABOVE_MONITOR = (
    AssignmentRole.COUNSELLOR,
    AssignmentRole.COLLEGE_SECRETARY,
    AssignmentRole.COLLEGE_LEADER,
)
_WHOLE = (
    "record__school",
    "record__college",
    "record__major",
    "record__class_group",
    "conclusion__round__member__campaign__profile",
    "handler",
)


def requests_of(user: User) -> QuerySet[CorrectionRequest]:
    """The requests on the person's own records, the newest first; not the draft of a former holder."""
    return (
        CorrectionRequest.objects.filter(
            ~Q(state=RequestState.DRAFT) | Q(submitter=user) | Q(submitter=None),
            record__binding__identity__user=user,
        )
        .select_related(*_WHOLE)
        .order_by("-submitted_at", "-pk")
    )


def all_requests() -> QuerySet[CorrectionRequest]:
    """Every request for the office's desk, without drafts: open ones first, the oldest of them first."""
    sent_in = CorrectionRequest.objects.exclude(state=RequestState.DRAFT)
    open_first = F("closed_at").desc(nulls_first=True)
    return sent_in.select_related(*_WHOLE).order_by(open_first, "submitted_at", "pk")


def open_requests() -> QuerySet[CorrectionRequest]:
    """Requests that are sent in and not decided."""
    return all_requests().filter(state__in=UNDECIDED)


def requests_awaiting_office() -> QuerySet[CorrectionRequest]:
    """Requests in which the school, or somebody whom it asked, has the next move."""
    return all_requests().filter(state__in=WORKED_ON)


def disputes_to_open(*, now: datetime) -> QuerySet[VerificationConclusion]:
    """Locked disputes that still need a request.

    While a request of the same record and kind is open, a further dispute waits for its end: the office
    answers one question after the other, and nothing that the student said is mixed into another case.
    """
    same = CorrectionRequest.objects.filter(
        record=OuterRef("round__member__record"), kind=OuterRef("kind"), state__in=UNDECIDED
    )
    return (
        locked_disputes(now=now)
        .filter(~Exists(same), correction_request=None, round__member__removed_at=None)
        .select_related(
            "evidence",
            "round__member__campaign",
            "round__member__record__school",
            "round__member__record__college",
            "round__member__record__major",
            "round__member__record__class_group",
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A 有误 of the person's own that is no request yet."""

    record_id: int
    kind_label: str
    status: str
    tone: Tone
    concluded_at: datetime
    locks_at: datetime
    is_locked: bool

    @property
    def title(self) -> str:
        """What was reported."""
        return f"{self.kind_label}有误"

    @property
    def note(self) -> str:
        """Until when it can be changed, or since when it cannot."""
        return lock_text(self.locks_at, is_locked=self.is_locked, is_waiting=True).replace(
            "学生", ""
        )


def reported_of(user: User, *, now: datetime) -> list[Reported]:
    """What the person has reported as wrong and what is not a request yet.

    Until the lock it is 已报告; between the lock and the sweep the page says so without writing.
    """
    rows = (
        VerificationConclusion.objects.valid()
        .filter(
            state=Conclusion.INCORRECT,
            round__is_current=True,
            round__member__removed_at=None,
            round__member__record__binding__identity__user=user,
            correction_request=None,
        )
        .select_related("round__member")
        .order_by("locks_at", "pk")
    )
    return [_reported(row, now=now) for row in rows]


def _reported(row: VerificationConclusion, *, now: datetime) -> Reported:
    is_locked = row.is_locked_at(now)
    status, tone = case_status(None, is_locked=is_locked)
    if row.concluded_at is None or row.locks_at is None:  # a constraint keeps both beside a 有误
        raise ValueError("a conclusion without its moments")
    return Reported(
        record_id=row.round.member.record_id,
        kind_label=str(row.get_kind_display()),
        status=status,
        tone=tone,
        concluded_at=row.concluded_at,
        locks_at=row.locks_at,
        is_locked=is_locked,
    )


def evidence_visible_to(user: User, *, now: datetime) -> QuerySet[Evidence]:
    """Proofs that the person may open: the own ones, those of overseen classes and cases, all for the office.

    The class is the one as of the campaign, for as long as the student is in it: of who has left the
    campaign, a former class opens nothing. Who looks at a case for the college that the student is of
    now opens what its page shows. A monitor sees none but the own.
    """
    evidence = Evidence.objects.filter(file__purged_at=None).select_related(
        "file", "request__record"
    )
    sent_in = ~Q(request__state=RequestState.DRAFT)
    own = _own_proof(user)
    if is_office(user):
        return evidence.filter(own | sent_in)
    classes = classes_with_role(user, _ABOVE_MONITOR, now=now).order_by().values("pk")
    from_class = Q(
        request__conclusion__round__member__class_group__in=classes,
        request__conclusion__round__member__removed_at=None,
    )
    at_college = Q(request__in=cases_of_college(user, now=now).order_by().values("pk"))
    return evidence.filter(own | (sent_in & (from_class | at_college)))


def proofs_shown_to(user: User, request: CorrectionRequest) -> QuerySet[Evidence]:
    """The own proofs of a case for the student's page, the erased ones too."""
    return request.evidence.filter(_own_proof(user)).select_related("file").order_by("pk")


def proofs_given_by(user: User, request: CorrectionRequest) -> QuerySet[Evidence]:
    """The proofs of a case that the person handed in, whoever holds the record now."""
    binding = Binding.objects.filter(record=request.record_id).select_related("identity").first()
    if binding is None:
        return request.evidence.all()
    if binding.identity.user_id == user.pk:
        return request.evidence.filter(_own_proof(user))
    return request.evidence.filter(file__created_at__lt=binding.bound_at)


def _own_proof(user: User) -> Q:
    """What the person handed in for a record that is theirs now; nothing of who held it before.

    What staff entered for the student (代录) is the student's, whenever the record was bound. What an
    account that was made one with this one handed in is the person's own.
    """
    merged = PersonMerge.objects.filter(
        stays=user, state__in=[MergeState.MERGED, MergeState.UNDOING]
    )
    by_me = Q(request__submitter=user) | Q(request__submitter__in=merged.values("goes"))
    whose = by_me | Q(request__submitter=None)
    mine = (
        Q(file__created_at__gte=F("request__record__binding__bound_at"))
        | by_me & Q(request__conclusion=None)
        | whose & Q(request__conclusion__is_proxy=True)
    )
    return Q(request__record__binding__identity__user=user) & mine


def unfiled_evidence_visible_to(user: User, *, now: datetime) -> QuerySet[VerificationConclusion]:
    """Conclusions with a proof that no request holds yet, for the same readers."""
    conclusions = VerificationConclusion.objects.filter(
        state=Conclusion.INCORRECT, evidence__isnull=False, evidence__purged_at=None
    ).select_related("evidence", "round__member__record")
    if is_office(user):
        return conclusions
    classes = classes_with_role(user, _ABOVE_MONITOR, now=now).order_by().values("pk")
    record = "round__member__record__binding"
    mine = Q(concluded_at__gte=F(f"{record}__bound_at")) | Q(is_proxy=True)
    return conclusions.filter(
        (Q(**{f"{record}__identity__user": user}) & mine)
        | Q(round__member__class_group__in=classes, round__member__removed_at=None)
    )


def request_changes(
    request: CorrectionRequest, *, whole_number: bool = False
) -> tuple[FieldChange, ...]:
    """The fields of a request, as they were and as they should be.

    `whole_number` only for the student, who has to see which digit is meant.
    """
    return tuple(
        _change(field, whole_number=whole_number) for field in request.fields.order_by("pk")
    )


def _change(field: CorrectionField, *, whole_number: bool) -> FieldChange:
    def shown(value: str) -> str:
        written = written_value(field.field, value)
        return written if whole_number else masked_value(field.field, written)

    return FieldChange(
        name=field.field,
        label=FIELD_LABELS.get(field.field, field.field),
        original=shown(field.original),
        proposed=shown(field.proposed),
        is_applied=field.is_applied,
        is_key=field.is_key,
        refusal=field.refusal or "",
    )


def request_reasons(request: CorrectionRequest) -> tuple[str, ...]:
    """The reasons of a request in words."""
    return reason_labels(request.reasons)


def request_rows(request: CorrectionRequest) -> list[FieldRow]:
    """Reasons and note of a request, for a list of fields."""
    return reason_rows(request_reasons(request), request.note or "")


def request_timeline(request: CorrectionRequest) -> list[TimelineStep]:
    """The way of a request from the report to its end, with what is next."""
    conclusion = request.conclusion
    steps = []
    if conclusion is not None and conclusion.concluded_at is not None:
        steps.append(_step("报告有误", "done", conclusion.concluded_at))
    if conclusion is not None:
        steps.append(_step("锁定，勘误单建立", "lock", request.submitted_at))
    steps += [_moved(step) for step in request.steps.order_by("acted_at", "pk")]
    steps += [
        TimelineStep(label=label, state="now" if state == "now" else "todo")
        for state, label in NEXT_STEPS.get(request.state, ())
    ]
    return steps


def _step(label: str, state: str, at: datetime, note: str = "") -> TimelineStep:
    words = [moment_sentence(at), note]
    return TimelineStep(
        label=label,
        state="lock" if state == "lock" else "broken" if state == "broken" else "done",
        note="，".join(word for word in words if word),
    )


def _moved(step: RequestStep) -> TimelineStep:
    mark = "broken" if step.action in SAD_ENDS else "done"
    return _step(DONE_STEPS[step.action], mark, step.acted_at, step.note or "")


def asked_for(request: CorrectionRequest) -> tuple[str, str]:
    """What is to be handed in while it is waited for, and who asks: 学院 or 教务处."""
    if request.state != RequestState.RETURNED:
        return "", ""
    steps = list(request.steps.order_by("-acted_at", "-pk")[:2])
    note = next((step.note or "" for step in steps if step.action == RequestAction.RETURN), "")
    # The college works on a case between taking it and its next move, and never else.
    at_college = steps[-1].action == RequestAction.COLLEGE_TAKE if steps else False
    return note, "学院" if at_college else "教务处"


def refused_by_province(request: CorrectionRequest) -> bool:
    """Whether the answer to a refused case is the province's."""
    if request.state != RequestState.REFUSED:
        return False
    decisions = request.steps.filter(
        action__in=[RequestAction.REFUSE, RequestAction.PROVINCE_REFUSE]
    )
    last = decisions.order_by("-acted_at", "-pk").first()
    return last is not None and last.action == RequestAction.PROVINCE_REFUSE


def asks_again(request: CorrectionRequest) -> bool:
    """Whether the student is now asked to check again what the request was about.

    Of a direct case any running campaign may ask.
    """
    conclusion = request.conclusion
    if request.state in {*UNDECIDED, RequestState.DRAFT}:
        return False
    asked = VerificationConclusion.objects.filter(
        round__member__removed_at=None,
        round__is_current=True,
        kind=request.kind,
        state=Conclusion.PENDING,
    )
    if conclusion is not None:
        return asked.filter(round__member=conclusion.round.member_id).exists()
    if request.state != RequestState.RECHECK:
        return False
    return asked.filter(round__member__record=request.record_id).exists()
