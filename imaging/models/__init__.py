"""Data of imaging."""

from imaging.models.announcement import (
    Announcement,
    AnnouncementFile,
    AnnouncementQuerySet,
    AnnouncementRead,
    AnnouncementVersion,
)
from imaging.models.batch_item import BatchFinding, BatchItem
from imaging.models.campaign import Campaign, CampaignMember, Extension, PhotoProfile
from imaging.models.capture_session import CapturePlace, CaptureSession
from imaging.models.capture_ticket import CaptureTicket
from imaging.models.capture_visit import CaptureAbsence, CaptureBooking, CaptureVisit
from imaging.models.identity_review import (
    IdentityReview,
    IdentityReviewQuerySet,
    ReviewEnd,
    ReviewStep,
)
from imaging.models.own_photo import OwnPhoto, PhotoChannels
from imaging.models.photo import CaptureEntry, PhotoBatch, PhotoVersion
from imaging.models.photo_claim import PhotoClaim
from imaging.models.platform_list import PlatformList, PlatformRow
from imaging.models.print_address import PrintAddress
from imaging.models.registration import PackedRecord, RegistrationPack
from imaging.models.rehearsal import RehearsalWipe
from imaging.models.reminder import (
    Reminder,
    ReminderOptOut,
    ReminderPlan,
    ReminderRules,
    ReminderRun,
)
from imaging.models.rendition import Rendition
from imaging.models.reopen import ReopenRequest
from imaging.models.repair import PhotoHint, PhotoRepair, RepairMove, RepairQuerySet
from imaging.models.review_document import ReviewDocument
from imaging.models.review_import import ReviewImport, ReviewImportRow
from imaging.models.review_people import ReviewHandler, ReviewSeat
from imaging.models.review_rules import ReviewDocumentRule, ReviewRules
from imaging.models.rules import CampaignTerms, SchoolTimetable
from imaging.models.ruling import PhotoRuling
from imaging.models.timetable import PHASES, Timetable
from imaging.models.verification import VerificationConclusion, VerificationRound

__all__ = [
    "PHASES",
    "Announcement",
    "AnnouncementFile",
    "AnnouncementQuerySet",
    "AnnouncementRead",
    "AnnouncementVersion",
    "BatchFinding",
    "BatchItem",
    "Campaign",
    "CampaignMember",
    "CampaignTerms",
    "CaptureAbsence",
    "CaptureBooking",
    "CaptureEntry",
    "CapturePlace",
    "CaptureSession",
    "CaptureTicket",
    "CaptureVisit",
    "Extension",
    "IdentityReview",
    "IdentityReviewQuerySet",
    "OwnPhoto",
    "PackedRecord",
    "PhotoBatch",
    "PhotoChannels",
    "PhotoClaim",
    "PhotoHint",
    "PhotoProfile",
    "PhotoRepair",
    "PhotoRuling",
    "PhotoVersion",
    "PlatformList",
    "PlatformRow",
    "PrintAddress",
    "RegistrationPack",
    "RehearsalWipe",
    "Reminder",
    "ReminderOptOut",
    "ReminderPlan",
    "ReminderRules",
    "ReminderRun",
    "Rendition",
    "ReopenRequest",
    "RepairMove",
    "RepairQuerySet",
    "ReviewDocument",
    "ReviewDocumentRule",
    "ReviewEnd",
    "ReviewHandler",
    "ReviewImport",
    "ReviewImportRow",
    "ReviewRules",
    "ReviewSeat",
    "ReviewStep",
    "SchoolTimetable",
    "Timetable",
    "VerificationConclusion",
    "VerificationRound",
]
