"""异常汇总表: one list of all that is wrong in a college or in all colleges, and who took it."""

from datetime import datetime

from accounts.models import User
from accounts.policies import is_registrar
from common import audit
from common.errors import InvalidInputError, NotAllowedError
from common.ratelimit import Limit, hit
from common.wording import local
from corrections.documents.error_list import error_paper
from corrections.documents.pdf import render_table_pdf
from corrections.documents.sheet import DEMO_NOTICE
from corrections.documents.table_xlsx import render_table_xlsx
from corrections.selectors.papers import (
    campaigns_to_print,
    classes_to_print,
    colleges_to_print,
    errors_in,
    schools_on_paper,
)
from corrections.services.looks import note_cases_read
from corrections.services.sheet import FILE_TYPES, SheetFile, SheetFormat
from enrollment.models import College
from enrollment.selectors import assignments_of
from imaging.models import Campaign

__all__ = ["EXPORTS", "export_error_list"]

EXPORTS = Limit("error-lists", 60, 3600)


def export_error_list(
    *,
    campaign: Campaign,
    college: College | None,
    file_format: SheetFormat,
    actor: User,
    now: datetime,
) -> SheetFile:
    """The list of the college, or of all colleges for the office; every page names who took it.

    Everybody on it reads in the own ledger that the right values were looked at. A list with anybody
    of a demo school on it says that it is no list to hand in.
    """
    colleges = colleges_to_print(actor, now=now)
    if college is None and not is_registrar(actor):
        raise NotAllowedError("全校的汇总表由教务处导出")
    if college is not None:
        colleges = colleges.filter(pk=college.pk)
    if not campaigns_to_print(colleges).filter(pk=campaign.pk).exists():
        raise InvalidInputError("这个学院没有班级在这个批次里。", field="college")
    hit(EXPORTS, str(actor.pk), now=now)
    rows = tuple(errors_in(campaign=campaign, college=college, now=now))
    paper = error_paper(
        rows,
        year=campaign.graduating_class,
        place=str(college) if college else "全校",
        classes=classes_to_print(campaign=campaign, college=college).count(),
    )
    schools = schools_on_paper(campaign=campaign, college=college)
    author = "、".join(school.name for school in schools)
    is_demo = any(school.is_demo for school in schools)
    taken_by = f"{_name_of(actor, now)} {local(now):%Y-%m-%d %H:%M} 导出"
    if file_format == "pdf":
        data = render_table_pdf(paper, author=author, at=now, taken_by=taken_by, is_demo=is_demo)
    else:
        footer = f"{taken_by}　{DEMO_NOTICE}" if is_demo else taken_by
        data = render_table_xlsx(paper, author=author, at=now, footer=footer, is_demo=is_demo)
    note_cases_read(
        record_ids=[row.record_id for row in rows if row.record_id], viewer=actor, now=now
    )
    audit.record(
        "errorlist.exported",
        actor=actor,
        now=now,
        obj=campaign,
        details={"college": paper.place, "format": file_format, "rows": len(rows)},
    )
    name = f"{campaign.graduating_class}届图像信息校对异常汇总表-{paper.place}.{file_format}"
    return SheetFile(name=name, content_type=FILE_TYPES[file_format], data=data)


def _name_of(actor: User, now: datetime) -> str:
    """The name under which the person holds a role, else how the trail calls them."""
    names = (role.display_name for role in assignments_of(actor, now=now))
    return next((name for name in names if name), actor.actor_label)
