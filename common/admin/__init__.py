"""The parts of the registrar's desk that know no domain noun."""

from common.admin.columns import masked, moment, moment_text, short
from common.admin.configuration import ConfigurationAdmin
from common.admin.deeds import Act, Deed, DeedForm, Download, NothingForm, ReasonForm, rehearsal
from common.admin.filters import Phase, phase_filter
from common.admin.panels import Cell, Panel, facts
from common.admin.readonly import (
    AUDIT_LABELS,
    DETAIL_LABELS,
    DETAIL_VALUES,
    ReadonlyAdmin,
    actor_of,
    audit_panel,
)
from common.admin.workflow import WorkflowAdmin

__all__ = [
    "AUDIT_LABELS",
    "DETAIL_LABELS",
    "DETAIL_VALUES",
    "Act",
    "Cell",
    "ConfigurationAdmin",
    "Deed",
    "DeedForm",
    "Download",
    "NothingForm",
    "Panel",
    "Phase",
    "ReadonlyAdmin",
    "ReasonForm",
    "WorkflowAdmin",
    "actor_of",
    "audit_panel",
    "facts",
    "masked",
    "moment",
    "moment_text",
    "phase_filter",
    "rehearsal",
    "short",
]
