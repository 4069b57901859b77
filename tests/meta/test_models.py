"""Every model keeps its promises in the database and can be seen by staff."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.db.models import Q

from tests.meta.project import own_models

pytestmark = pytest.mark.unit

# Models without a page in the admin → why.
WITHOUT_ADMIN: dict[str, str] = dict.fromkeys(
    (
        "imaging.ReviewDocument",
        "imaging.ReviewDocumentRule",
        "imaging.ReviewEnd",
        "imaging.ReviewImportRow",
        "imaging.ReviewSeat",
        "imaging.ReviewStep",
    ),
    "confidential: shown on the page of its case alone, where each look is written down",
) | {
    "corrections.AuditItem": "shown on the page of its audit",
    "corrections.ItemMark": "shown on the page of its student",
    "corrections.ResultRow": "shown on the page of its list",
    "corrections.SanctionRow": "confidential: shown on the page of its list alone",
    "corrections.CertificateCorrection": "shown on the page of its certificate",
}

WITHOUT_ADMIN["imaging.AnnouncementRead"] = "counted, never listed: who has not read is not shamed"

# Moments that nobody's act makes: rules set them, or a worker does, or the row's own birth is meant.
# A whole field name, or App.Model.field → why.
WITHOUT_ACTOR: dict[str, str] = {
    # planned moments
    "opens_at": "a planned moment",
    "closes_at": "a planned moment",
    "starts_at": "a planned moment",
    "ends_at": "a planned moment",
    "due_at": "a planned moment",
    "expires_at": "a planned moment",
    "sheet_freeze_at": "a planned moment",
    "capture_opens_at": "a planned moment",
    "capture_closes_at": "a planned moment",
    "publishes_at": "a planned moment",
    "hand_in_at": "a planned moment",
    "locks_at": "follows from the conclusion and the campaign",
    # acts of workers and sweeps
    "sent_at": "the worker's act",
    "given_up_at": "the worker's act",
    "purged_at": "the sweep's act",
    "heartbeat_at": "the worker's sign of life",
    "announced_at": "the sweep's act",
    "lock_announced_at": "the sweep's act",
    "expiry_announced_at": "the sweep's act",
    # acts whose person the row itself is about, or names in another way
    "created_at": "birth of the row; the audit event names the person",
    "updated_at": "last change of the row; the audit event names the person",
    "read_at": "only the recipient can read it",
    "occurred_at": "the audit event has actor_id and actor_label",
    "viewed_at": "the view has viewer_id and viewer_label",
    "enrollment.StatusChange.applied_at": "the sweep's act; recorded_by names the person",
    "accounts.User.consented_at": "the account's own act",
    "accounts.User.phone_verified_at": "the account's own act",
    "accounts.User.closed_at": "the closure names who ended it",
    "accounts.Consent.given_at": "the account's own act",
    "accounts.DataExport.requested_at": "the account's own act",
    "accounts.DataExport.ready_at": "the worker's act",
    "accounts.AccountClosure.requested_at": "the account's own act",
    "enrollment.RescueCase.freeze_ends_at": "a planned moment",
    "enrollment.PersonMerge.freeze_ends_at": "a planned moment",
    "enrollment.RescueAlert.used_at": "whoever holds the link; nobody logs in for it",
    "accounts.DeclaredIdentity.declared_at": "the account's own act",
    "accounts.LoginEvent.disowned_at": "the account's own act",
    "accounts.IdentityNumber.superseded_at": "the next number's source names who brought it",
    "enrollment.StudentRecord.missing_at": "missing_roster names who applied it",
    "enrollment.RosterAbsence.missing_at": "the roster names who applied it",
    "enrollment.RosterAbsence.returned_at": "the roster names who applied it",
    "enrollment.RosterRow.found_at": "a moment of the record, kept to compare with",
    "enrollment.RosterRow.written_at": "the roster names who applied it",
    "enrollment.PeopleListRow.done_at": "the list names who had it applied",
    "imaging.PlatformRow.done_at": "the list names who had it registered",
    "imaging.ReminderOptOut.chosen_at": "the account's own act",
    "imaging.RegistrationPack.ready_at": "the worker's act",
    "corrections.CollegePrint.ready_at": "the worker's act",
    "imaging.RehearsalWipe.done_at": "the worker's act; asked_by names the person",
    "imaging.PhotoHint.found_at": "the finder's act",
    "imaging.VerificationConclusion.reached_at": "concluded_by names who reached the student",
    "corrections.GraduationAudit.notice_opens_at": "a planned moment",
    "corrections.GraduationAudit.notice_closes_at": "a planned moment",
    "imaging.CaptureEntry.received_at": "the batch names who delivered it",
}


def label(model: type[models.Model], field: str = "") -> str:
    return f"{model._meta.label}.{field}".rstrip(".")


def leaves(condition: Any) -> Iterator[tuple[str, Any]]:
    """Every (lookup, value) of a condition."""
    for child in condition.children:
        if isinstance(child, Q):
            yield from leaves(child)
        elif isinstance(child, tuple):
            yield child


def checks(model: type[models.Model]) -> list[models.CheckConstraint]:
    return [rule for rule in model._meta.constraints if isinstance(rule, models.CheckConstraint)]


def values_allowed_by_database(model: type[models.Model], field: str) -> set[Any]:
    """The values that the model's check constraints name for the field."""
    allowed: set[Any] = set()
    for rule in checks(model):
        for lookup, value in leaves(rule.condition):
            if lookup == f"{field}__in":
                allowed |= {getattr(item, "value", item) for item in value}
            elif lookup in {field, f"{field}__exact"}:
                allowed.add(getattr(value, "value", value))
    return allowed


def choice_fields() -> list[tuple[type[models.Model], str, set[Any]]]:
    return [
        (model, field.name, {value for value, _ in field.flatchoices})
        for model in own_models()
        for field in model._meta.local_fields
        if getattr(field, "flatchoices", None)
    ]


def test_walk_sees_the_models() -> None:
    assert len(own_models()) > 5


def test_choices_are_kept_by_the_database() -> None:
    loose = [
        label(model, field)
        for model, field, values in choice_fields()
        if not values <= values_allowed_by_database(model, field)
    ]

    assert loose == []


def test_database_allows_no_other_choice() -> None:
    foreign = {
        label(model, field): sorted(
            map(str, values_allowed_by_database(model, field) - values - {"", None})
        )
        for model, field, values in choice_fields()
        if values_allowed_by_database(model, field) - values - {"", None}
    }

    assert foreign == {}


def test_moment_names_its_actor() -> None:
    nameless = []
    for model in own_models():
        names = {field.name for field in model._meta.local_fields}
        for name in sorted(name for name in names if name.endswith("_at")):
            if name.removesuffix("_at") + "_by" in names:
                continue
            if name not in WITHOUT_ACTOR and label(model, name) not in WITHOUT_ACTOR:
                nameless.append(label(model, name))

    assert nameless == []


def test_moment_and_date_are_named_for_what_they_are() -> None:
    wrong = [
        label(model, field.name)
        for model in own_models()
        for field in model._meta.local_fields
        if field.name not in {"last_login", "date_joined"}  # Django's own names
        if isinstance(field, models.DateTimeField) != field.name.endswith(("_at", "_until"))
        or (type(field) is models.DateField) != field.name.endswith(("_date", "_from", "_to"))
    ]

    assert wrong == []


def test_check_constraint_speaks_to_the_user() -> None:
    """A broken rule between fields has a sentence; that a choice is known is the form's matter."""
    choice_rules = {f"{field}__in" for _, field, _ in choice_fields()}

    silent = [
        f"{label(model)}: {rule.name}"
        for model in own_models()
        for rule in checks(model)
        if {lookup for lookup, _ in leaves(rule.condition)} - choice_rules
        and rule.violation_error_message == rule.default_violation_error_message
    ]

    assert silent == []


def test_model_has_own_text_and_names() -> None:
    mute = [
        label(model)
        for model in own_models()
        if model.__str__ is models.Model.__str__ or str(model._meta.verbose_name).isascii()
    ]

    assert mute == []


def test_model_is_seen_in_the_admin() -> None:
    registered = set(admin.site._registry)

    hidden = {label(model) for model in own_models() if model not in registered}

    assert sorted(hidden - set(WITHOUT_ADMIN)) == []


def test_exemption_is_still_needed() -> None:
    names = {label(model) for model in own_models()}
    fields = {field.name for model in own_models() for field in model._meta.local_fields}
    labels = {
        label(model, field.name) for model in own_models() for field in model._meta.local_fields
    }
    registered = {label(model) for model in admin.site._registry}

    assert sorted(set(WITHOUT_ADMIN) - (names - registered)) == []
    assert sorted(set(WITHOUT_ACTOR) - fields - labels) == []


def test_admin_shows_only_our_models() -> None:
    """What allauth or Django register by themselves would be edited past every service."""
    foreign = sorted(label(model) for model in set(admin.site._registry) - set(own_models()))

    assert foreign == []
