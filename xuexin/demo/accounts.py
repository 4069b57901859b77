"""Accounts of the demonstration: one password, addresses that no mail can reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.hashers import make_password

from accounts.identity import DocumentType
from accounts.models import User
from accounts.services import declare_identity
from accounts.states import CONSENT_VERSION
from enrollment.models import StudentRecord
from enrollment.services.binding import bind_records
from xuexin.demo.people import Student

__all__ = ["DOMAIN", "PASSWORD", "Accounts", "address"]

# `.example` is reserved (RFC 2606): no such mail server will ever exist.
DOMAIN = "demo.yuanshan.example"
PASSWORD = "Yuanshan-2026!"  # noqa: S105 -- printed by `make run`, for people who do not exist

RecordKey = tuple[str, str]


def address(name: str) -> str:
    """The login name of a demonstration account."""
    return f"{name}@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Accounts:
    """Opens accounts; the password is hashed once for all of them."""

    records: Mapping[RecordKey, StudentRecord]
    password: str

    @classmethod
    def of_school(cls) -> "Accounts":
        """With every record that the rosters brought."""
        records = StudentRecord.objects.select_related("school", "class_group", "college", "major")
        known = {(record.school.code, record.student_no): record for record in records}
        return cls(known, make_password(PASSWORD))

    def record_of(self, student: Student) -> StudentRecord:
        """The record that the roster made of this student."""
        return self.records[student.group.school.code, student.student_no]

    def open(self, name: str, *, at: datetime) -> User:
        """An account with a proved address, as after registration."""
        email = address(name)
        user = User.objects.create_user(email, None)
        # Registration itself belongs to allauth, which needs a browser.
        User.objects.filter(pk=user.pk).update(
            password=self.password,
            date_joined=at,
            consented_at=at,
            consent_version=CONSENT_VERSION,
        )
        addresses = cast("Any", user).emailaddress_set  # allauth's, which has no types
        addresses.create(email=email, verified=True, primary=True)
        return User.objects.get(pk=user.pk)

    def open_student(self, student: Student, name: str, *, at: datetime) -> User:
        """An account whose person has declared name and number and is bound to the record."""
        user = self.open(name, at=at)
        identity = declare_identity(
            user=user,
            name=student.name,
            id_type=DocumentType.RESIDENT_ID,
            number=student.id_number,
            now=at,
        )
        bind_records(identity=identity, fact=student.candidate_no, actor=user, now=at)
        return user
