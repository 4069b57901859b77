"""Addresses of the class pages and of correction requests."""

from django.urls import path

from corrections.views import (
    classes,
    college,
    counter,
    drafts,
    evidence,
    graduation,
    graduation_classes,
    graduation_college,
    graduation_notice,
    papers,
    reminders,
    requests,
    sheet_check,
    sheets,
)
from corrections.views.boards import college_board, office_board

app_name = "corrections"

urlpatterns = [
    path("boards/", office_board, name="office_board"),
    path("boards/<int:college_id>/", college_board, name="college_board"),
    path("graduation/", graduation.graduation_list, name="graduation_list"),
    path("graduation/<int:student_id>/", graduation.graduation_page, name="graduation_page"),
    path(
        "graduation/<int:student_id>/confirm/",
        graduation.graduation_confirm,
        name="graduation_confirm",
    ),
    path(
        "graduation/<int:student_id>/object/<int:item_id>/",
        graduation.graduation_object,
        name="graduation_object",
    ),
    path(
        "graduation/objections/<int:objection_id>/withdraw/",
        graduation.graduation_withdraw,
        name="graduation_withdraw",
    ),
    path("graduation/classes/", graduation_classes.graduation_classes, name="graduation_classes"),
    path(
        "graduation/classes/<int:audit_id>/<int:class_id>/",
        graduation_classes.graduation_class,
        name="graduation_class",
    ),
    path(
        "graduation/colleges/", graduation_college.graduation_colleges, name="graduation_colleges"
    ),
    path(
        "graduation/colleges/<int:audit_id>/",
        graduation_college.graduation_college,
        name="graduation_college",
    ),
    path(
        "graduation/colleges/<int:audit_id>/propose/",
        graduation_college.graduation_propose_all,
        name="graduation_propose_all",
    ),
    path(
        "graduation/colleges/<int:audit_id>/certificates/",
        graduation_college.graduation_certificates,
        name="graduation_certificates",
    ),
    path(
        "graduation/colleges/<int:audit_id>/certificates.xlsx",
        graduation_college.graduation_certificates_xlsx,
        name="graduation_certificates_xlsx",
    ),
    path(
        "graduation/students/<int:student_id>/",
        graduation_college.graduation_student,
        name="graduation_student",
    ),
    path(
        "graduation/objections/<int:objection_id>/",
        graduation_college.graduation_answer,
        name="graduation_answer",
    ),
    path(
        "graduation/certificates/<int:certificate_id>/",
        graduation_college.graduation_certificate,
        name="graduation_certificate",
    ),
    path(
        "graduation/notices/<int:audit_id>/",
        graduation_notice.graduation_notice,
        name="graduation_notice",
    ),
    path(
        "graduation/notices/<int:audit_id>/object/",
        graduation_notice.graduation_notice_object,
        name="graduation_notice_object",
    ),
    path("classes/", classes.board, name="board"),
    path("classes/<int:class_id>/<int:campaign_id>/", classes.sheet_page, name="sheet_page"),
    path(
        "classes/<int:class_id>/<int:campaign_id>/progress/", classes.class_page, name="class_page"
    ),
    path(
        "classes/<int:class_id>/<int:campaign_id>/remind/",
        reminders.class_remind,
        name="class_remind",
    ),
    path("classes/<int:class_id>/<int:campaign_id>/sheet.pdf", classes.sheet_pdf, name="sheet_pdf"),
    path(
        "classes/<int:class_id>/<int:campaign_id>/sheet.xlsx", classes.sheet_xlsx, name="sheet_xlsx"
    ),
    path("counter/", counter.counter, name="counter"),
    path("counter/<int:record_id>/", counter.counter_page, name="counter_person"),
    path(
        "counter/receipts/<int:visit_id>.pdf", counter.counter_receipt_pdf, name="counter_receipt"
    ),
    path(
        "classes/<int:class_id>/<int:campaign_id>/steps/<slug:action>/",
        sheets.sheet_step,
        name="sheet_step",
    ),
    path("classes/<int:class_id>/<int:campaign_id>/notes/", sheets.sheet_notes, name="sheet_notes"),
    path(
        "classes/<int:class_id>/<int:campaign_id>/notes/<int:member_id>/",
        sheets.sheet_note,
        name="sheet_note",
    ),
    path(
        "classes/<int:class_id>/<int:campaign_id>/<slug:layout>/<slug:file_format>/",
        papers.class_paper,
        name="class_paper",
    ),
    path("sheet-check/<slug:code>/", sheet_check.sheet_check, name="sheet_check"),
    path("papers/", papers.papers, name="papers"),
    path("papers/errors/", papers.error_list, name="error_list"),
    path("papers/<int:print_id>/", papers.college_pdf, name="college_pdf"),
    path("requests/", requests.request_list, name="request_list"),
    path("requests/new/", drafts.request_new, name="request_new"),
    path("requests/<int:request_id>/draft/", drafts.request_draft, name="request_draft"),
    path(
        "requests/<int:request_id>/proofs/<int:evidence_id>/remove/",
        drafts.request_proof,
        name="request_proof",
    ),
    path("requests/<int:request_id>/redraft/", drafts.request_redraft, name="request_redraft"),
    path("requests/<int:request_id>/disagree/", drafts.request_disagree, name="request_disagree"),
    path("college/", college.college_list, name="college_list"),
    path("college/<int:request_id>/", college.college_case, name="college_case"),
    path("requests/<int:request_id>/", requests.request_page, name="request_page"),
    path("requests/<int:request_id>/withdraw/", requests.request_withdraw, name="request_withdraw"),
    path("evidence/<int:evidence_id>/", evidence.evidence_file, name="evidence_file"),
    path(
        "evidence/reported/<int:conclusion_id>/",
        evidence.evidence_reported,
        name="evidence_reported",
    ),
]
