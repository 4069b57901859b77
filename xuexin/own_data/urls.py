"""Addresses of one's own data, below the account."""

from django.urls import path

from xuexin.pages import own_data as views

app_name = "own_data"
urlpatterns = [
    path("ledger/", views.ledger, name="ledger"),
    path("data/", views.export, name="export"),
    path("close/", views.closing, name="closing"),
    path("data/<int:export_id>/", views.export_download, name="export_download"),
]
