"""Every address of the portal, and who is let in."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLResolver, get_resolver

# Open without a login → why.
PUBLIC: dict[str, str] = {
    "healthz": "for the monitoring of the host",
    "readyz": "for the monitoring of the host",
    "admin:login": "sends to the one login page",
    "account_login": "the way in",
    "account_logout": "asks a person who is out to log in",
    "account_signup": "the way in",
    "account_inactive": "says that an account is closed",
    "account_confirm_email": "opened from a mail, perhaps on another device",
    "account_email_verification_sent": "after sign-up, before the first login",
    "account_verify_phone": "after sign-up, before the first login",
    "account_request_login_code": "the way in",
    "account_confirm_login_code": "the way in",
    "account_reset_password": "the way back in",
    "account_confirm_password_reset_code": "the way back in",
    "account_complete_password_reset": "the way back in",
    "account_password_reset_completed": "the way back in",
    "mfa_authenticate": "the second step of the login",
    "mfa_login_webauthn": "the way in",
    "sso_login": "the way in; 404 unless a provider is set",
    "sso_callback": "the way in; 404 unless a provider is set",
    "accounts:not_me": "opened from a mail, perhaps on another device",
    "accounts:activation_resend": "after sign-up, before the first login",
    "captcha-image": "the picture on forms that a visitor fills in",
    "captcha-refresh": "another picture on those forms",
    "accounts:recover_login": "the way back in",
    "accounts:phone_doubt": "between the code by SMS and being logged in",
    "accounts:phone_doubt_reset": "between the code by SMS and the new password",
    "accounts:privacy": "what people read before they sign up",
    "enrollment:invitation": "opened from a mail by somebody who has no account yet",
    "accounts:counter_prove": "opened from a mail or SMS, by who has no way in",
    "enrollment:objection_link": "opened from an alarm, by who may have lost the account",
    "freshman": "asked by new students without an account, where their school opened it",
    "help": "common questions, before anybody registers",
    "imaging:announcements": "the notices that are for everybody",
    "home": "what the portal is, for a visitor",
    "imaging:self_check": "whoever will be photographed tries a picture; nothing is kept",
    "corrections:sheet_check": "where the QR code of a printed class sheet leads",
    "reports:about": "what a report is, for whoever receives one",
    "reports:certification": "the way to the official service",
    "reports:check": "strangers check a code",
    "reports:check_coded": "where the QR code of a report leads",
    "reports:check_result": "what a stranger has checked, in the same browser only",
    "reports:check_photo": "404 unless the same browser has checked the code",
    "reports:receipt": "that a code was checked, without a word about whom",
    "reports:receipt_find": "finds such a receipt",
    "corrections:graduation_notice": "a public notice with masked names, 404 outside of its time",
    "outbox": "404 unless embedded, where there is nobody else to deliver",
}

# People are fixtures of tests/conftest.py.
STAFF = frozenset({"li", "auditor"})
ABOVE_MONITOR = STAFF | {"chen", "secretary", "leader"}
COLLEGES = STAFF | {"secretary", "leader"}
REVIEWERS = frozenset({"secretary", "leader"})
BOARDS = ABOVE_MONITOR | {"monitor"}
COLLEGE = frozenset({"secretary", "leader", "li"})
STUDENTS = frozenset({"alice", "monitor"})
ALICE = frozenset({"alice"})
EVERYONE = frozenset({"eve", "alice", "monitor", "chen", "secretary", "leader", "li", "auditor"})

# Address name, or a prefix ending in *, → who gets in. The longest match counts.
# An address that is in neither table fails the walk: decide, then write it down here.
ACCESS: dict[str, frozenset[str]] = {
    "admin:*": STAFF,
    "admin:index": STAFF,
    # Confidential: an office role alone opens nothing, one has to be named.
    "admin:imaging_identityreview_*": frozenset(),
    "admin:imaging_reviewimport_*": frozenset(),
    "admin:corrections_sanction_*": frozenset(),
    "admin:corrections_sanctionimport_*": frozenset(),
    "admin:imaging_captureentry_picture": STAFF,
    "admin:imaging_captureentry_original": STAFF,
    "admin:imaging_captureentry_print": STAFF,
    "admin:imaging_captureentry_thumb": STAFF,
    "admin:imaging_ownphoto_picture": STAFF,
    "admin:corrections_correctionrequest_evidence": STAFF,
    "admin:enrollment_recordclaim_evidence": STAFF,
    "account_*": EVERYONE,
    "mfa_*": EVERYONE,
    "usersessions_*": EVERYONE,
    "sso_*": EVERYONE,
    "accounts:*": EVERYONE,
    "admin:enrollment_rescuecase_evidence": STAFF,
    "accounts:counter_receipt": ALICE | STAFF,
    "enrollment:*": EVERYONE,
    "enrollment:rescue_case": ALICE,
    "enrollment:rescue_withdraw": ALICE,
    "enrollment:rescue_receipt": ALICE | STAFF,
    "enrollment:objection_own": frozenset({"monitor"}),
    "enrollment:claim_page": ALICE,
    "enrollment:claim_withdraw": ALICE,
    "enrollment:claim_evidence": ALICE,
    "enrollment:profile": STUDENTS,
    "notices": EVERYONE,
    "own_data:*": EVERYONE,
    "own_data:export_download": ALICE,
    "class_monitors": frozenset({"li", "chen"}),
    "record": EVERYONE,
    "record_detail": ALICE,
    "record_history": ALICE,
    "imaging:verify": EVERYONE,
    "imaging:verify_record": ALICE,
    "imaging:verify_check": ALICE,
    "imaging:verify_dispute": ALICE,
    "imaging:verify_submit": ALICE,
    "imaging:verify_withdraw": ALICE,
    "imaging:verify_receipt": ALICE,
    "imaging:reopen_new": ALICE,
    "imaging:reopen_page": ALICE,
    "imaging:reopen_withdraw": ALICE,
    "imaging:proxy_entry": frozenset({"li", "chen"}),
    "imaging:reminder_choice": EVERYONE,
    "imaging:own_photo": ALICE,
    "imaging:own_photo_discard": ALICE,
    "imaging:own_photo_file": ALICE,
    "imaging:own_photo_send": ALICE,
    "imaging:own_photo_withdraw": ALICE,
    "corrections:counter": frozenset({"li"}),
    "corrections:counter_person": frozenset({"li"}),
    "corrections:counter_receipt": ALICE | frozenset({"li"}),
    "imaging:print_address": ALICE,
    "imaging:print_address_withdraw": ALICE,
    "imaging:photo": ALICE | STAFF,
    "imaging:find_photo": ALICE,
    "imaging:find_near": ALICE,
    "imaging:find_compare": frozenset(),
    # Number 1 is no notice: whom each concerns is tried in tests/imaging/views/test_announcement.py.
    "imaging:announcement": frozenset(),
    "imaging:announcement_file": frozenset(),
    "imaging:find_face": frozenset(),
    "imaging:photo_claim": ALICE,
    "imaging:photo_claim_withdraw": ALICE,
    "photo_way": ALICE,
    "imaging:capture": EVERYONE,
    "imaging:capture_record": ALICE,
    "imaging:capture_book": ALICE,
    "imaging:capture_give_back": ALICE,
    "imaging:capture_leave": ALICE,
    "imaging:capture_come": ALICE,
    "imaging:ticket_renew": ALICE,
    "imaging:ticket_qr": ALICE,
    "imaging:ticket_image": ALICE,
    "imaging:photo_small": frozenset(),
    "imaging:review_*": frozenset(),
    "imaging:class_photos": STAFF | {"chen"},
    "corrections:graduation_list": ALICE,
    "corrections:graduation_page": ALICE,
    "corrections:graduation_confirm": ALICE,
    "corrections:graduation_object": ALICE,
    "corrections:graduation_withdraw": ALICE,
    "corrections:graduation_class": frozenset({"chen"}),
    "corrections:graduation_classes": frozenset({"chen"}),
    "corrections:graduation_colleges": COLLEGES,
    "corrections:graduation_college": COLLEGES,
    "corrections:graduation_propose_all": COLLEGES,
    "corrections:graduation_certificates": COLLEGES,
    "corrections:graduation_certificates_xlsx": COLLEGES,
    "corrections:graduation_student": COLLEGES,
    "corrections:graduation_answer": COLLEGES,
    "corrections:graduation_certificate": COLLEGES,
    "corrections:graduation_notice_object": EVERYONE,
    "corrections:board": BOARDS,
    "corrections:class_page": BOARDS,
    "corrections:college_board": STAFF | {"secretary", "leader"},
    "corrections:office_board": STAFF,
    "corrections:class_remind": frozenset({"chen", "secretary", "leader", "li"}),
    "corrections:sheet_note": BOARDS,
    "corrections:sheet_notes": BOARDS,
    "corrections:sheet_page": BOARDS,
    "corrections:sheet_step": BOARDS,
    "corrections:sheet_pdf": BOARDS,
    "corrections:sheet_xlsx": BOARDS,
    "corrections:class_paper": BOARDS,
    "corrections:papers": COLLEGE,
    "corrections:error_list": COLLEGE,
    "corrections:college_pdf": frozenset({"secretary"}),
    "corrections:request_list": STUDENTS,
    "corrections:request_new": STUDENTS,
    "corrections:request_page": ALICE,
    "corrections:request_draft": ALICE,
    "corrections:request_proof": ALICE,
    "corrections:request_redraft": ALICE,
    "corrections:request_disagree": ALICE,
    "corrections:college_list": REVIEWERS,
    "corrections:college_case": REVIEWERS,
    "corrections:request_withdraw": ALICE,
    "corrections:evidence_file": ALICE | ABOVE_MONITOR,
    "reports:report_list": STUDENTS,
    "reports:report_start": STUDENTS,
    "reports:report_draft": ALICE,
    "reports:report_name": ALICE,
    "reports:report_preview": ALICE,
    "reports:report_page": ALICE,
    "reports:report_qr": ALICE,
    "reports:report_file": ALICE,
    "reports:report_extend": ALICE,
    "reports:report_close": ALICE,
    "corrections:evidence_reported": ALICE | ABOVE_MONITOR,
}

# Value of an address's argument, or of one address's argument (name.argument) → fixture and
# attribute, or a plain text.
ARGUMENTS: dict[str, str] = {
    "announcement_id": "1",
    "file_id": "1",
    "content_type_id": "1",
    "object_id": "1",
    "pk": "1",
    "app_label": "accounts",
    "url": "nowhere",
    "key": "unknown-key",
    "session_id": "1",
    "name": "unknown",
    "record_id": "record.pk",
    "campaign_id": "member.campaign_id",
    "member_id": "member.pk",
    "request_id": "case.pk",
    "evidence_id": "proof.pk",
    "conclusion_id": "reported.pk",
    "claim_id": "claim.pk",
    "enrollment:claim_evidence.evidence_id": "claim_proof.pk",
    "admin:enrollment_recordclaim_evidence.pk": "claim.pk",
    "admin:enrollment_recordclaim_evidence.evidence_pk": "claim_proof.pk",
    "imaging:photo_claim.claim_id": "photo_claim.pk",
    "imaging:photo_claim_withdraw.claim_id": "photo_claim.pk",
    "version_id": "photo.pk",
    "export_id": "data_export.pk",
    "reopen_id": "reopening.pk",
    "own_id": "own_photo.pk",
    "visit_id": "counter_visit.pk",
    "admin:imaging_ownphoto_picture.pk": "own_photo.pk",
    "review_id": "review.pk",
    "document_id": "review_paper.pk",
    "imaging:review_photo.name": "graduation",
    "imaging:review_step.name": "paper",
    "student_id": "audited.pk",
    "audit_id": "audited.audit_id",
    "item_id": "audit_objection.item_id",
    "objection_id": "audit_objection.pk",
    "certificate_id": "certificate.pk",
    "corrections:graduation_notice.audit_id": "audit_on_notice.pk",
    "corrections:graduation_notice_object.audit_id": "audit_on_notice.pk",
    "report_id": "attested.pk",
    "evidence_pk": "proof.pk",
    "admin:imaging_captureentry_picture.pk": "photo.entry_id",
    "admin:imaging_captureentry_original.pk": "photo.entry_id",
    "admin:imaging_captureentry_print.pk": "photo.entry_id",
    "admin:imaging_captureentry_thumb.pk": "photo.entry_id",
    "admin:corrections_correctionrequest_evidence.pk": "case.pk",
    "admin:enrollment_rescuecase_evidence.pk": "rescue.pk",
    "admin:enrollment_rescuecase_evidence.evidence_pk": "rescue_photo.pk",
    "case_id": "rescue.pk",
    "recovery_id": "visit.pk",
    "way": "counter",
    "class_id": "class_group.pk",
    "college_id": "class_group.college_id",
    "corrections:sheet_step.action": "freeze",
    "token": "no-such-token",
    "layout": "roster",
    "file_format": "pdf",
    "print_id": "college_print.pk",
    "class_group_id": "class_group.pk",
}


@dataclass(frozen=True, slots=True)
class Address:
    """One address with its full name."""

    name: str
    arguments: tuple[str, ...]


def addresses() -> list[Address]:
    """Every named address; unnamed ones are Django's own catch-alls."""
    found = {address.name: address for address in walk(get_resolver())}
    return [found[name] for name in sorted(found)]


def walk(
    resolver: URLResolver, namespace: str = "", above: tuple[str, ...] = ()
) -> Iterator[Address]:
    """The addresses below a resolver, with the arguments that stand above them."""
    for part in resolver.url_patterns:
        pattern = part.pattern
        own = tuple(pattern.converters) or tuple(pattern.regex.groupindex)
        if isinstance(part, URLResolver):
            inner = f"{namespace}{part.namespace}:" if part.namespace else namespace
            yield from walk(part, inner, above + own)
        elif part.name:
            yield Address(namespace + part.name, above + own)


def admitted(name: str) -> frozenset[str] | None:
    """Who gets in at that address; None when nobody has decided."""
    fits = [
        key
        for key in ACCESS
        if key == name or (key.endswith("*") and name.startswith(key.removesuffix("*")))
    ]
    return ACCESS[max(fits, key=len)] if fits else None
