"""Addresses of the class pages and of correction requests."""

from django.urls import path

from corrections.views import (
    classes,
    counter,
    evidence,
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
    path("sheet-check/<str:code>/", sheet_check.sheet_check, name="sheet_check"),
    path("papers/", papers.papers, name="papers"),
    path("papers/errors/", papers.error_list, name="error_list"),
    path("papers/<int:print_id>/", papers.college_pdf, name="college_pdf"),
    path("requests/", requests.request_list, name="request_list"),
    path("requests/<int:request_id>/", requests.request_page, name="request_page"),
    path("requests/<int:request_id>/withdraw/", requests.request_withdraw, name="request_withdraw"),
    path("evidence/<int:evidence_id>/", evidence.evidence_file, name="evidence_file"),
    path(
        "evidence/reported/<int:conclusion_id>/",
        evidence.evidence_reported,
        name="evidence_reported",
    ),
]
