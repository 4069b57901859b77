"""Addresses of verification and of photos."""

from django.urls import path

from imaging.views import photo, proxy, receipt, reopen, verification

app_name = "imaging"

urlpatterns = [
    path("verify/", verification.verify, name="verify"),
    path("verify/<int:record_id>/", verification.verify_record, name="verify_record"),
    path("verify/<int:record_id>/check/", verification.verify_check, name="verify_check"),
    path("verify/<int:record_id>/dispute/", verification.verify_dispute, name="verify_dispute"),
    path("verify/<int:record_id>/submit/", verification.verify_submit, name="verify_submit"),
    path("verify/<int:record_id>/withdraw/", verification.verify_withdraw, name="verify_withdraw"),
    path("verify/<int:record_id>/receipt.pdf", receipt.verify_receipt, name="verify_receipt"),
    path("verify/<int:record_id>/reopen/", reopen.reopen_new, name="reopen_new"),
    path("verify/reopened/<int:reopen_id>/", reopen.reopen_page, name="reopen_page"),
    path(
        "verify/reopened/<int:reopen_id>/withdraw/", reopen.reopen_withdraw, name="reopen_withdraw"
    ),
    path("verify/for/<int:member_id>/", proxy.proxy_entry, name="proxy_entry"),
    path("photo/<int:version_id>/", photo.photo, name="photo"),
]
