"""Addresses of reports: the student's own, and the public check."""

from django.urls import path

from reports.views import check, guidance, making, own

app_name = "reports"

urlpatterns = [
    path("reports/", own.report_list, name="report_list"),
    path("reports/about/", guidance.about, name="about"),
    path("reports/certification/", guidance.certification, name="certification"),
    path("reports/new/", making.start, name="report_start"),
    path("reports/new/<int:record_id>/", making.draft, name="report_draft"),
    path("reports/new/<int:record_id>/name/", making.latin_name, name="report_name"),
    path("reports/new/<int:record_id>/preview/", making.preview, name="report_preview"),
    path("reports/<int:report_id>/", own.report_page, name="report_page"),
    path("reports/<int:report_id>/code.svg", own.report_qr, name="report_qr"),
    path("reports/<int:report_id>/report.pdf", own.report_file, name="report_file"),
    path("reports/<int:report_id>/extend/", own.report_extend, name="report_extend"),
    path("reports/<int:report_id>/close/", own.report_close, name="report_close"),
    path("check/", check.check, name="check"),
    path("check/receipt/", check.receipt_find, name="receipt_find"),
    path("check/receipt/<str:number>/", check.receipt, name="receipt"),
    path("check/result/<str:number>/", check.result, name="check_result"),
    path("check/result/<str:number>/photo/", check.result_photo, name="check_photo"),
    path("check/<str:code>/", check.check_coded, name="check_coded"),
]
