"""The counter desk: the person is found by number, the presence confirmed, and both get a receipt (C-173, C-83)."""

import json
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import transaction

from accounts.models import User
from accounts.policies import is_registrar
from common import audit, outbox
from common.errors import InvalidInputError, NotAllowedError
from common.masking import MaskKind, mask
from common.models import Channel
from common.outbox import Message
from common.ratelimit import Limit, hit
from common.wording import moment_field
from corrections.documents.counter import CounterReceipt, render_counter_pdf
from corrections.models import CounterVisit
from corrections.policies.counter import check_can_serve
from corrections.selectors.counter import CounterPerson, counter_person
from corrections.states.counter import ShownDocument
from enrollment.models import StudentRecord
from enrollment.selectors import owner_of, records_with_number

__all__ = ["confirm_in_person", "counter_receipt", "find_at_counter", "note_look"]

LOOKS: Final = Limit("counter-desk", 240, 3600)
PAPERS: Final = Limit("counter-receipt", 60, 3600)
_LONGEST: Final = 300
_MOST_FOUND: Final = 10


@transaction.atomic
def find_at_counter(*, typed: str, actor: User, now: datetime) -> list[StudentRecord]:
    """The shown records of a document number or a student number, exactly as typed or scanned.

    Every search is a line in the ledger of whom it found. InvalidInputError where it finds nobody.
    """
    if not is_registrar(actor):
        raise NotAllowedError("柜台由教务处办理")
    hit(LOOKS, str(actor.pk), now=now)
    number = "".join(typed.split())
    if not number:
        raise InvalidInputError("请刷身份证，或者输入证件号码、学号。", field="number")
    by_student_no = StudentRecord.objects.filter(student_no=number).select_related("school")
    found = [
        record
        for record in [*records_with_number(number)[:_MOST_FOUND], *by_student_no[:_MOST_FOUND]]
        if record.is_shown
    ]
    found = list({record.pk: record for record in found}.values())
    details = {"号码": mask(number, MaskKind.DOCUMENT_NO), "列表": "柜台"}
    audit.record_many(
        audit.event(
            "number.searched", actor=actor, now=now, obj=record, subject=record, details=details
        )
        for record in found
    )
    if not found:
        audit.record("number.searched", actor=actor, now=now, details=details)
    return found


def note_look(*, record: StudentRecord, actor: User, now: datetime) -> None:
    """Write down that the page of the person was opened."""
    check_can_serve(actor, record)
    hit(LOOKS, str(actor.pk), now=now)
    audit.record("countervisit.viewed", actor=actor, now=now, obj=record, subject=record)


@transaction.atomic
def confirm_in_person(
    *,
    record: StudentRecord,
    document: ShownDocument,
    is_same: bool,
    note: str,
    actor: User,
    now: datetime,
) -> CounterVisit:
    """Keep what the two read at the counter, and tell the student.

    InvalidInputError unless the document was held against person and record.
    """
    check_can_serve(actor, record)
    hit(LOOKS, str(actor.pk), now=now)
    if not is_same:
        raise InvalidInputError(
            "请核对证件原件：照片是本人，姓名和号码与学籍一致。不一致的，请办勘误。",
            field="is_same",
        )
    if len(note) > _LONGEST:
        raise InvalidInputError(f"最多 {_LONGEST} 个字。", field="note")
    content = json.dumps(
        _content(counter_person(record, now=now), document, now), ensure_ascii=False
    )
    visit = CounterVisit.objects.create(
        record=record,
        document=document,
        content=content,
        note=note.strip() or None,
        digest=_digest(record, content, now),
        confirmed_at=now,
        confirmed_by=actor.actor_label,
        staff_id=str(actor.pk),
    )
    audit.record(
        "countervisit.confirmed",
        actor=actor,
        now=now,
        obj=visit,
        subject=record,
        details={"document": document.value, "digest": visit.digest},
    )
    _tell(visit, now=now)
    return visit


@transaction.atomic
def counter_receipt(*, visit: CounterVisit, actor: User, now: datetime) -> bytes:
    """The receipt as PDF, one copy for the student and one for the school; the same bytes each time."""
    hit(PAPERS, str(actor.pk), now=now)
    rows = [(str(label), str(value)) for label, value in json.loads(visit.content)]
    audit.record("countervisit.printed", actor=actor, now=now, obj=visit, subject=visit.record)
    return render_counter_pdf(
        CounterReceipt(
            school=visit.record.school.name,
            number=visit.number,
            rows=tuple(rows),
            digest=visit.digest,
            confirmed_at=visit.confirmed_at,
            is_demo=visit.record.school.is_demo,
        )
    )


def _content(
    person: CounterPerson, document: ShownDocument, now: datetime
) -> list[tuple[str, str]]:
    """What stands on both copies, top to bottom."""
    facts = [(row.label, row.value) for row in person.rows if row.label != "账号" and row.value]
    cases = [(case.label, case.state) for case in person.cases] or [("没办结的事", "没有")]
    return [
        *facts,
        *person.lines,
        *cases,
        ("出示的证件", str(document.label)),
        ("核对时间", moment_field(now)),
    ]


def _digest(record: StudentRecord, content: str, now: datetime) -> str:
    return sha256(f"{record.pk}\n{now.isoformat()}\n{content}".encode()).hexdigest()


def _tell(visit: CounterVisit, *, now: datetime) -> None:
    owner = owner_of(visit.record)
    if owner is None:
        return
    message = Message(
        key=f"counter-visit:{visit.pk}",
        channel=Channel.NOTICE,
        template="counter_confirmed",
        user_id=owner.pk,
        params={"number": visit.number, "confirmed_at": now.isoformat()},
    )
    outbox.queue_many([message], now=now)
