"""Addresses of declaring and binding."""

from django.urls import path

from enrollment.views import (
    binding,
    claim,
    diagnosis,
    identity,
    invitation,
    profile,
    rescue,
)

app_name = "enrollment"
urlpatterns = [
    path("", identity.declare, name="identity_declare"),
    path("confirm/", identity.confirm, name="identity_confirm"),
    path("profile/", profile.profile, name="profile"),
    path("binding/", binding.bind, name="record_bind"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("rescue/", rescue.start, name="rescue_start"),
    path("rescue/by/<slug:way>/", rescue.open_case, name="rescue_open"),
    path("rescue/<int:case_id>/", rescue.case_page, name="rescue_case"),
    path("rescue/<int:case_id>/withdraw/", rescue.withdraw, name="rescue_withdraw"),
    path("rescue/<int:case_id>/receipt/", rescue.receipt, name="rescue_receipt"),
    path("objections/", rescue.objections, name="objection_list"),
    path("objections/<int:case_id>/", rescue.objection_own, name="objection_own"),
    path("objection/<str:token>/", rescue.objection_link, name="objection_link"),
    path("replaced/", rescue.replaced, name="account_replaced"),
    path("diagnosis/", diagnosis.diagnosis, name="diagnosis"),
    path("further/", claim.further, name="further"),
    path("claims/new/", claim.claim_new, name="claim_new"),
    path("claims/<int:claim_id>/", claim.claim_page, name="claim_page"),
    path("claims/<int:claim_id>/withdraw/", claim.claim_withdraw, name="claim_withdraw"),
    path("claims/evidence/<int:evidence_id>/", claim.claim_evidence, name="claim_evidence"),
]
