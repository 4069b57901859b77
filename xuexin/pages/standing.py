"""What an account is at a moment, in one query: it decides the navigation and the home page."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import DeclaredIdentity, OfficeRole, User
from common.models import Channel, OutboxMessage
from corrections.models import AuditedStudent
from corrections.selectors.graduation_scope import COLLEGE_ROLES
from corrections.states.graduation import OUT, AuditState
from enrollment.models import Assignment, Binding, RescueCase
from enrollment.states import AssignmentRole
from imaging.models import IdentityReview, ReviewSeat
from imaging.states.review import OPEN_REVIEWS

_BEGUN = [AuditState.CHECKING, AuditState.NOTICE, AuditState.CLOSED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Student, monitor, staff of classes, office; is the number claimed elsewhere; unread notices.

    `is_audited`: on the list of a graduation audit that has begun; `has_audits`: works for a college
    that has students on one; `has_class_audits`: counsels a class that has.
    `is_reviewed`: the school wants to check the person and the photo face to face.
    `has_review_seat`: named for such a case about somebody else.
    """

    is_student: bool
    has_declared: bool
    has_hidden: bool
    is_reviewed: bool
    has_review_seat: bool
    is_monitor: bool
    is_class_staff: bool
    is_office: bool
    is_audited: bool
    has_audits: bool
    has_class_audits: bool
    is_challenged: bool
    unread: int

    @property
    def is_staff(self) -> bool:
        """A working account: such an account owns no record."""
        return self.is_class_staff or self.is_office


def standing_of(user: User, *, now: datetime) -> Standing:
    """The account's standing at `now`."""
    held = Assignment.objects.in_force_at(now).filter(user=OuterRef("pk"))
    notices = (
        OutboxMessage.objects.filter(user=OuterRef("pk"), channel=Channel.NOTICE, read_at=None)
        .order_by()
        .values("user")
        .annotate(amount=Count("pk"))
        .values("amount")
    )
    row = (
        User.objects.filter(pk=user.pk)
        .annotate(
            is_student=Exists(Binding.objects.filter(identity__user=OuterRef("pk"))),
            has_declared=Exists(DeclaredIdentity.objects.filter(user=OuterRef("pk"))),
            **_about_records(),
            is_monitor=Exists(held.filter(role=AssignmentRole.MONITOR)),
            is_class_staff=Exists(held.filter(~Q(role=AssignmentRole.MONITOR))),
            **_about_audits(now),
            is_office=Exists(OfficeRole.objects.filter(user=OuterRef("pk"), ended_at=None)),
            is_challenged=Exists(RescueCase.objects.waiting().filter(holder=OuterRef("pk"))),
            unread=Coalesce(Subquery(notices, output_field=IntegerField()), 0),
        )
        .values(
            "is_student",
            "has_declared",
            "has_hidden",
            "is_reviewed",
            "has_review_seat",
            "is_monitor",
            "is_class_staff",
            "is_office",
            "is_audited",
            "has_audits",
            "has_class_audits",
            "is_challenged",
            "unread",
        )
        .get()
    )
    return Standing(**row)


def _about_audits(now: datetime) -> dict[str, Exists]:
    """Graduation audits that have begun: of the own records, and of colleges and classes one works for."""
    begun = AuditedStudent.objects.filter(audit__state__in=_BEGUN)
    colleges = Assignment.objects.in_force_at(now).filter(
        user=OuterRef(OuterRef("pk")), role__in=COLLEGE_ROLES
    )
    classes = Assignment.objects.in_force_at(now).filter(
        user=OuterRef(OuterRef("pk")), role=AssignmentRole.COUNSELLOR
    )
    return {
        "is_audited": Exists(
            begun.filter(
                record__binding__identity__user=OuterRef("pk"),
                record__hidden_at=None,
                record__duplicate_of=None,
            ).exclude(state__in=OUT)
        ),
        "has_class_audits": Exists(
            begun.filter(
                record__class_group__in=classes.values("class_group"),
                record__hidden_at=None,
                record__duplicate_of=None,
            ).exclude(state__in=OUT)
        ),
        "has_audits": Exists(begun.filter(college__in=colleges.values("college"))),
    }


def _about_records() -> dict[str, Exists]:
    """What the office looks into: of the own records, and of others by a name given for it."""
    return {
        "has_hidden": Exists(
            Binding.objects.filter(
                identity__user=OuterRef("pk"),
                record__hidden_at__isnull=False,
                record__duplicate_of=None,
            )
        ),
        "is_reviewed": Exists(
            IdentityReview.objects.waiting().filter(
                record__binding__identity__user=OuterRef("pk"), record__duplicate_of=None
            )
        ),
        "has_review_seat": Exists(
            ReviewSeat.objects.filter(
                user=OuterRef("pk"), ended_at=None, review__state__in=sorted(OPEN_REVIEWS)
            )
        ),
    }
