"""实名绑定: records become a person's own, by a fact that only the person and the roster know."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.identity import DocumentType, birth_date_of, canonical_number, sex_of
from accounts.models import DeclaredIdentity, IdentityNumber
from accounts.states import NumberSource
from common import audit, outbox
from common.actors import SYSTEM, Actor
from common.errors import NotAllowedError
from common.masking import MaskKind, mask
from common.models import AuditEvent, Channel
from common.ratelimit import Limit, hit
from enrollment.models import Binding, StudentRecord
from enrollment.policies import check_can_bind
from enrollment.selectors.facts import fact_agrees, plain_number
from enrollment.states import BindingSource

# A classmate knows name, number and student number: few tries, counted on the account and on the
# number from one address, whatever the answer was. The number alone has a wider limit: a stranger
# who uses up the narrow one stops nobody who tries from elsewhere.
TRIES_PER_ACCOUNT = Limit("bind-account", 5, 3600)
TRIES_PER_NUMBER_HERE = Limit("bind-number-here", 5, 3600)
TRIES_PER_NUMBER = Limit("bind-number", 30, 3600)
TRIES_PER_ADDRESS = Limit("bind-address", 120, 3600)
_CHUNK = 1_000


def bind_records(
    *, identity: DeclaredIdentity, fact: str, actor: Actor, now: datetime, address: str = ""
) -> list[Binding]:
    """Bind every record whose name key, document number and fact agree; an empty list when none does.

    The fact is the candidate number, or the student number for rows without one; what it is, and
    whether it is asked, is the school's setting. A wrong fact and an unknown number take the same
    path and count alike; TooManyError when there were too many tries. Once a person is proven,
    further records of the same name and number are bound without another fact.
    """
    check_can_bind(identity.user, now=now)
    numbers = list(identity.numbers.filter(superseded_at=None))
    hit(TRIES_PER_ACCOUNT, str(identity.user_id), now=now)
    if address:
        hit(TRIES_PER_ADDRESS, address, now=now)
    for number in identity.numbers.all():
        index = bytes(number.number_index).hex()
        hit(TRIES_PER_NUMBER_HERE, f"{index}:{address}", now=now)
        hit(TRIES_PER_NUMBER, index, now=now)
    with transaction.atomic():
        agreeing = [
            record.pk
            for record in _candidates(identity, numbers)
            if fact_agrees(record, plain_number(fact))
        ]
        _release_closed(agreeing, actor=actor, now=now)
        pairs = [(pk, identity.pk) for pk in agreeing]
        bound = _bind(pairs, source=BindingSource.FACT, actor=actor, now=now)
        if bound:
            pairs = [(record.pk, identity.pk) for record in _candidates(identity, numbers)]
            _release_closed([pk for pk, _ in pairs], actor=actor, now=now)
            bound += _bind(pairs, source=BindingSource.ROSTER, actor=SYSTEM, now=now)
        else:
            audit.record("binding.refused", actor=actor, now=now, obj=identity)
    return bound


def _candidates(
    identity: DeclaredIdentity, numbers: list[IdentityNumber]
) -> QuerySet[StudentRecord]:
    free = Q(binding=None) | Q(binding__identity__user__closed_at__isnull=False)
    return StudentRecord.objects.filter(
        free,
        duplicate_of=None,
        name_key=identity.name_key,
        id_number_index__in=[number.number_index for number in numbers],
    ).select_related("school")


@transaction.atomic
def bind_further_records(
    *, records: Iterable[StudentRecord], identity: DeclaredIdentity, actor: Actor, now: datetime
) -> list[Binding]:
    """Bind records whose facts the caller found to agree; those bound meanwhile are left out."""
    check_can_bind(identity.user, now=now)
    pairs = [(record.pk, identity.pk) for record in records]
    return _bind(pairs, source=BindingSource.FACT, actor=actor, now=now)


@transaction.atomic
def bind_new_records(*, now: datetime, record_ids: Iterable[int] | None = None) -> int:
    """Bind records that arrived after their person was proven; returns how many. Safe to run twice.

    A person is proven by at least one binding; a record is theirs when name key and held number
    agree. With `record_ids` only these are looked at (a roster that was just applied).
    """
    proven = (
        IdentityNumber.objects.filter(
            Exists(Binding.objects.filter(identity=OuterRef("identity"))),
            number_index=OuterRef("id_number_index"),
            identity__name_key=OuterRef("name_key"),
            superseded_at=None,
        )
        .order_by("pk")
        .values("identity")[:1]
    )
    unbound = StudentRecord.objects.filter(binding=None, duplicate_of=None)
    if record_ids is not None:
        unbound = unbound.filter(pk__in=list(record_ids))
    pairs = list(
        unbound.annotate(person=Subquery(proven))
        .filter(person__isnull=False)
        .values_list("pk", "person")
    )
    return sum(
        len(
            _bind(pairs[start : start + _CHUNK], source=BindingSource.ROSTER, actor=SYSTEM, now=now)
        )
        for start in range(0, len(pairs), _CHUNK)
    )


@transaction.atomic
def attach_record(
    *, record: StudentRecord, identity: DeclaredIdentity, reason: str, actor: Actor, now: datetime
) -> Binding:
    """Staff bind a record to a person, with a reason; for cases that the fact cannot settle."""
    check_can_bind(identity.user, now=now)
    _release_closed([record.pk], actor=actor, now=now)
    bound = _bind(
        [(record.pk, identity.pk)], source=BindingSource.STAFF, actor=actor, now=now, reason=reason
    )
    if not bound:
        raise NotAllowedError("这条学籍已经绑定了账号，先解除原来的绑定。")
    return bound[0]


@transaction.atomic
def bind_invited(
    *, record: StudentRecord, identity: DeclaredIdentity, actor: Actor, now: datetime
) -> Binding:
    """Bind the record of somebody whom the school invited by a contact of its own."""
    check_can_bind(identity.user, now=now)
    held = identity.numbers.filter(
        number_index=bytes(record.id_number_index), superseded_at=None
    ).exists()
    if not held:
        raise NotAllowedError(
            "这个证件号码已登记在另一个账号上。是你的，用那个账号登录；不是你登记的，带证件到教务处。"
        )
    bound = _bind([(record.pk, identity.pk)], source=BindingSource.INVITATION, actor=actor, now=now)
    if not bound:
        raise NotAllowedError("这条学籍刚刚绑定了另一个账号，请带证件到教务处核对。")
    return bound[0]


@transaction.atomic
def detach_record(*, record: StudentRecord, reason: str, actor: Actor, now: datetime) -> None:
    """Staff take a record from a person, with a reason; conclusions stay with the record."""
    binding = Binding.objects.filter(record=record).select_related("identity").first()
    if binding is None:
        raise NotAllowedError("这条学籍没有绑定账号。")
    audit.record(
        "binding.removed",
        actor=actor,
        now=now,
        obj=binding.identity,
        subject=record,
        reason=reason,
        details={"student_no": mask(record.student_no, MaskKind.STUDENT_NO)},
    )
    outbox.queue(
        outbox.Message(
            key=f"identity_detached:{binding.pk}",
            channel=Channel.NOTICE,
            template="identity_detached",
            user_id=binding.identity.user_id,
            params={"school": record.school.name, "student_no": record.student_no},
        ),
        now=now,
    )
    binding.delete()


def _bind(
    pairs: list[tuple[int, int]],
    *,
    source: BindingSource,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> list[Binding]:
    """Write bindings for (record, identity) pairs; a record that was bound meanwhile is left out."""
    wanted = dict(pairs)
    numbers = _held_numbers(wanted.values())
    if source == BindingSource.ROSTER:
        # Whom the number was taken from meanwhile gets no record for it.
        holders = {number.identity_id for number in numbers}
        wanted = {record: person for record, person in wanted.items() if person in holders}
    if not wanted:
        return []
    Binding.objects.bulk_create(
        [
            Binding(
                record_id=record,
                identity_id=identity,
                source=source,
                bound_at=now,
                bound_by=actor.actor_label,
            )
            for record, identity in wanted.items()
        ],
        ignore_conflicts=True,
    )
    written = [
        binding
        for binding in Binding.objects.filter(
            record__in=list(wanted), bound_at=now, source=source
        ).select_related("record__school", "identity")
        if binding.identity_id == wanted[binding.record_id]
    ]
    _follow_roster(written, numbers)
    audit.record_many(_event(binding, actor=actor, reason=reason, now=now) for binding in written)
    outbox.queue_many([_notice(binding) for binding in written], now=now)
    return written


def _held_numbers(identity_ids: Iterable[int]) -> list[IdentityNumber]:
    """The live numbers of these people, locked.

    By key and before any binding, like whoever hands a number over with its records.
    """
    live = IdentityNumber.objects.filter(identity__in=set(identity_ids), superseded_at=None)
    return list(live.order_by("pk").select_for_update(of=("self",), no_key=True))


def _release_closed(record_ids: list[int], *, actor: Actor, now: datetime) -> None:
    """Bindings of closed accounts give way to the person's new one; the trail keeps what they proved."""
    closed = Binding.objects.filter(
        record__in=record_ids, identity__user__closed_at__isnull=False
    ).select_related("record", "identity")
    for binding in closed:
        audit.record(
            "binding.released",
            actor=actor,
            now=now,
            obj=binding.identity,
            subject=binding.record,
            details={
                "source": binding.source,
                "bound_at": binding.bound_at.isoformat(),
                "student_no": mask(binding.record.student_no, MaskKind.STUDENT_NO),
            },
        )
        binding.delete()


def _event(binding: Binding, *, actor: Actor, reason: str, now: datetime) -> AuditEvent:
    return audit.event(
        "binding.made",
        actor=actor,
        now=now,
        obj=binding.identity,
        subject=binding.record,
        reason=reason,
        details={
            "source": binding.source,
            "student_no": mask(binding.record.student_no, MaskKind.STUDENT_NO),
        },
    )


def _follow_roster(bindings: list[Binding], numbers: list[IdentityNumber]) -> None:
    """The roster confirms the number and decides its kind; sex and birth date follow where empty."""
    held = {(number.identity_id, bytes(number.number_index)): number for number in numbers}
    confirmed = []
    for binding in bindings:
        record = binding.record
        number = held.get((binding.identity_id, bytes(record.id_number_index)))
        if number is None:
            continue
        confirmed.append(number.pk)
        if number.id_type == record.id_type:
            continue
        kind = number.id_type = DocumentType(record.id_type)
        number.save(update_fields=["id_type"])
        canonical = canonical_number(record.id_number, kind)
        sex = sex_of(canonical, kind)
        DeclaredIdentity.objects.filter(pk=binding.identity_id, sex="", birth_date=None).update(
            sex=sex.label if sex else "", birth_date=birth_date_of(canonical, kind)
        )
    # What staff wrote down from a document stays theirs: it says more than that a roster agrees.
    IdentityNumber.objects.filter(pk__in=confirmed, source=NumberSource.DECLARED).update(
        source=NumberSource.ROSTER
    )


def _notice(binding: Binding) -> outbox.Message:
    record = binding.record
    return outbox.Message(
        key=f"identity_bound:{binding.pk}",
        channel=Channel.NOTICE,
        template="identity_bound",
        user_id=binding.identity.user_id,
        params={
            "school": record.school.name,
            "student_no": record.student_no,
            "by_roster": binding.source == BindingSource.ROSTER,
        },
    )
