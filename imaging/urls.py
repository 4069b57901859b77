"""Addresses of verification, of photos, and of having one taken."""

from django.urls import path

from imaging.views import (
    announcement,
    capture,
    class_photos,
    finding,
    own_photo,
    photo,
    prints,
    proxy,
    receipt,
    reminders,
    reopen,
    review,
    self_check,
    verification,
)

app_name = "imaging"

urlpatterns = [
    path("announcements/", announcement.announcements, name="announcements"),
    path("announcements/<int:announcement_id>/", announcement.announcement, name="announcement"),
    path(
        "announcements/<int:announcement_id>/files/<int:file_id>/",
        announcement.announcement_file,
        name="announcement_file",
    ),
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
    path("reminders/", reminders.reminder_choice, name="reminder_choice"),
    path("capture/", capture.capture, name="capture"),
    path("capture/<int:record_id>/", capture.capture_record, name="capture_record"),
    path("capture/<int:record_id>/ticket/", capture.ticket_renew, name="ticket_renew"),
    path("capture/<int:record_id>/ticket.svg", capture.ticket_qr, name="ticket_qr"),
    path("capture/<int:record_id>/ticket.png", capture.ticket_image, name="ticket_image"),
    path("capture/<int:record_id>/book/", capture.capture_book, name="capture_book"),
    path("capture/<int:record_id>/give-back/", capture.capture_give_back, name="capture_give_back"),
    path("capture/<int:record_id>/leave/", capture.capture_leave, name="capture_leave"),
    path("capture/<int:record_id>/come/", capture.capture_come, name="capture_come"),
    path("capture/<int:record_id>/own/", own_photo.own_photo, name="own_photo"),
    path("capture/own/<int:own_id>/send/", own_photo.own_photo_send, name="own_photo_send"),
    path(
        "capture/own/<int:own_id>/discard/", own_photo.own_photo_discard, name="own_photo_discard"
    ),
    path(
        "capture/own/<int:own_id>/withdraw/",
        own_photo.own_photo_withdraw,
        name="own_photo_withdraw",
    ),
    path("capture/own/<int:own_id>/photo.jpg", own_photo.own_photo_file, name="own_photo_file"),
    path("capture/<int:record_id>/address/", prints.print_address, name="print_address"),
    path(
        "capture/<int:record_id>/address/withdraw/",
        prints.print_address_withdraw,
        name="print_address_withdraw",
    ),
    path("photo/find/<int:record_id>/", finding.find_photo, name="find_photo"),
    path("photo/find/<int:record_id>/near/", finding.find_near, name="find_near"),
    path("photo/find/near/<str:token>/", finding.find_compare, name="find_compare"),
    path("photo/find/face/<str:token>/", finding.find_face, name="find_face"),
    path("photo/claims/<int:claim_id>/", finding.photo_claim, name="photo_claim"),
    path(
        "photo/claims/<int:claim_id>/withdraw/",
        finding.photo_claim_withdraw,
        name="photo_claim_withdraw",
    ),
    path("photo/<int:version_id>/", photo.photo, name="photo"),
    path("self-check/", self_check.self_check, name="self_check"),
    path("photo/small/<str:token>/", photo.photo_small, name="photo_small"),
    path("reviews/", review.review_list, name="review_list"),
    path("reviews/<int:review_id>/", review.review_page, name="review_page"),
    path("reviews/<int:review_id>/photo/<slug:name>/", review.review_photo, name="review_photo"),
    path("reviews/<int:review_id>/<slug:name>/", review.review_step, name="review_step"),
    path("reviews/documents/<int:document_id>/", review.review_document, name="review_document"),
    path("classes/<int:class_id>/photos/", class_photos.class_photos, name="class_photos"),
]
