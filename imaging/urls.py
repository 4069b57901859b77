"""Addresses of verification and of photos."""

from django.urls import path

from imaging.views import photo, verification

app_name = "imaging"

urlpatterns = [
    path("verify/", verification.verify, name="verify"),
    path("verify/<int:record_id>/", verification.verify_record, name="verify_record"),
    path("verify/<int:record_id>/check/", verification.verify_check, name="verify_check"),
    path("verify/<int:record_id>/dispute/", verification.verify_dispute, name="verify_dispute"),
    path("verify/<int:record_id>/submit/", verification.verify_submit, name="verify_submit"),
    path("verify/<int:record_id>/withdraw/", verification.verify_withdraw, name="verify_withdraw"),
    path("photo/<int:version_id>/", photo.photo, name="photo"),
]
