"""Judge photos by their bytes: pure, no database, no clock."""

from imaging.inspection.findings import LOOK_FINDINGS, Finding, FindingCode
from imaging.inspection.judging import Measures, colour_name, judge, judge_look
from imaging.inspection.look import Look, look_from_stored
from imaging.inspection.measure import Background
from imaging.inspection.overlay import Overlay, overlay_of
from imaging.inspection.photo import Inspection, inspect_photo, look_at, make_thumbnail
from imaging.inspection.renditions import THUMBNAIL_SIZE, make_print
from imaging.inspection.results import RULE_NAMES, RuleCode, RuleResult, Verdict
from imaging.inspection.rules import GRADUATION_RULES, CompositionRules, PhotoRules
from imaging.inspection.selfcheck import PictureCheck, check_picture
from imaging.inspection.shot import Shot, ShotRefusedError, prepare_shot

__all__ = [
    "GRADUATION_RULES",
    "LOOK_FINDINGS",
    "RULE_NAMES",
    "THUMBNAIL_SIZE",
    "Background",
    "CompositionRules",
    "Finding",
    "FindingCode",
    "Inspection",
    "Look",
    "Measures",
    "Overlay",
    "PhotoRules",
    "PictureCheck",
    "RuleCode",
    "RuleResult",
    "Shot",
    "ShotRefusedError",
    "Verdict",
    "check_picture",
    "colour_name",
    "inspect_photo",
    "judge",
    "judge_look",
    "look_at",
    "look_from_stored",
    "make_print",
    "make_thumbnail",
    "overlay_of",
    "prepare_shot",
]
