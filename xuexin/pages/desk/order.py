"""The order in which the desk shows its tables: as a registrar works through a year."""

from dataclasses import dataclass

OUR_APPS = frozenset({"common", "accounts", "enrollment", "imaging", "corrections", "reports"})


@dataclass(frozen=True, slots=True)
class Group:
    """One heading of the desk with its tables, each as App.Model."""

    slug: str
    title: str
    models: tuple[str, ...]


GROUPS: tuple[Group, ...] = (
    Group(
        "records",
        "名册与学籍",
        (
            "enrollment.RosterImport",
            "enrollment.StudentRecord",
            "enrollment.Binding",
            "enrollment.RecordClaim",
            "enrollment.ClaimEvidence",
            "enrollment.NotSame",
            "enrollment.Amendment",
            "enrollment.NearMatch",
            "enrollment.DistinctPair",
            "enrollment.RosterAbsence",
            "enrollment.RosterRow",
            "enrollment.RosterFinding",
        ),
    ),
    Group(
        "life",
        "异动、学历与其他信息",
        (
            "enrollment.StatusChange",
            "enrollment.DuplicateCase",
            "enrollment.Graduation",
            "enrollment.AdmissionInfo",
            "enrollment.Aid",
            "enrollment.UpgradeCheck",
        ),
    ),
    Group(
        "capture",
        "拍照",
        (
            "imaging.CaptureSession",
            "imaging.CaptureTicket",
            "imaging.CaptureBooking",
            "imaging.CaptureVisit",
            "imaging.CaptureAbsence",
            "imaging.CapturePlace",
        ),
    ),
    Group(
        "photos",
        "照片",
        (
            "imaging.OwnPhoto",
            "imaging.PhotoBatch",
            "imaging.CaptureEntry",
            "imaging.PhotoClaim",
            "imaging.PhotoHint",
            "imaging.PhotoRepair",
            "imaging.PhotoVersion",
            "imaging.RepairMove",
            "imaging.PhotoRuling",
            "imaging.Rendition",
            "imaging.BatchItem",
            "imaging.BatchFinding",
        ),
    ),
    Group(
        "campaigns",
        "校对批次",
        (
            "imaging.Campaign",
            "imaging.CampaignMember",
            "imaging.Extension",
            "imaging.SchoolTimetable",
            "imaging.CampaignTerms",
            "imaging.PhotoChannels",
            "imaging.PrintAddress",
            "imaging.PhotoProfile",
        ),
    ),
    Group(
        "verification",
        "校对与勘误",
        (
            "imaging.VerificationConclusion",
            "imaging.VerificationRound",
            "imaging.ReopenRequest",
            "corrections.CorrectionRequest",
            "corrections.CorrectionField",
            "corrections.Evidence",
            "corrections.RequestStep",
            "corrections.CaseStay",
            "corrections.CaseTerm",
            "corrections.ClassSheet",
            "corrections.SheetSignature",
            "corrections.SheetRemark",
            "corrections.ProxySignature",
            "corrections.HandInReopening",
            "corrections.SheetOrder",
            "corrections.CounterVisit",
        ),
    ),
    Group(
        "registration",
        "学历登记",
        (
            "imaging.RegistrationPack",
            "imaging.PlatformList",
            "imaging.PackedRecord",
            "imaging.PlatformRow",
        ),
    ),
    Group(
        "reviews",
        "身份复核（保密）",
        (
            "imaging.IdentityReview",
            "imaging.ReviewImport",
            "imaging.ReviewHandler",
            "imaging.ReviewRules",
        ),
    ),
    Group(
        "people",
        "账号与任职",
        (
            "accounts.User",
            "accounts.OfficeRole",
            "enrollment.Assignment",
            "enrollment.PeopleList",
            "enrollment.Invitation",
            "enrollment.PeopleListRow",
            "enrollment.RescueCase",
            "enrollment.PersonMerge",
            "accounts.CounterRecovery",
            "accounts.DeclaredIdentity",
            "accounts.IdentityNumber",
            "enrollment.RescueEvidence",
            "enrollment.RescueAlert",
            "enrollment.RescueStep",
        ),
    ),
    Group(
        "schools",
        "学校与班级",
        (
            "enrollment.School",
            "enrollment.College",
            "enrollment.Major",
            "enrollment.ClassGroup",
            "common.SpecialDay",
        ),
    ),
    Group(
        "reports",
        "验证报告",
        ("reports.VerificationReport", "reports.ReportView", "reports.EnglishTerm"),
    ),
    Group("help", "网站文字", ("common.HelpArticle", "common.HelpVersion")),
    Group(
        "own_data",
        "个人信息",
        (
            "accounts.Consent",
            "accounts.DataExport",
            "accounts.AccountClosure",
            "accounts.LoginEvent",
            "enrollment.SupplementaryProfile",
            "enrollment.StudyRow",
        ),
    ),
    Group(
        "trail",
        "审计与消息",
        (
            "common.AuditEvent",
            "common.FileView",
            "common.OutboxMessage",
            "common.StoredFile",
            "common.PurgeProof",
        ),
    ),
)
