"""Editions of a school's rules: written once, numbered, never changed; new cases take the newest."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.models import User
from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from enrollment.models import School
from imaging.documents.case_names import check_file_rule, check_folder_rule
from imaging.models import ReviewDocumentRule, ReviewRules
from imaging.policies.review import check_is_handler
from imaging.states.review import (
    DEFAULT_FILE_RULE,
    DEFAULT_FOLDER_RULE,
    DEFAULT_HIDES,
    DEFAULT_PAPERS,
    REVIEWED_RESULTS,
    DocumentNeed,
    PaperRule,
)

__all__ = ["change_rules", "paper_lines", "read_papers", "rules_of"]

_MOST_PAPERS: Final = 40
_MOST_FILES: Final = 10
_LONGEST_TITLE: Final = 30
_LONGEST_HINT: Final = 100
_PARTS: Final = 4
_NEEDS: Final = {need.label: need for need in DocumentNeed}


@transaction.atomic
def rules_of(school: School, *, actor: Actor, now: datetime) -> ReviewRules:
    """The newest edition of the school; the first one is made of what schools ask for in practice."""
    newest = ReviewRules.objects.filter(school=school).order_by("-number").first()
    return newest or _write(
        school,
        papers=DEFAULT_PAPERS,
        hides=DEFAULT_HIDES,
        folder_rule=DEFAULT_FOLDER_RULE,
        file_rule=DEFAULT_FILE_RULE,
        basis="教电[2021]128号，各校通行做法",
        actor=actor,
        now=now,
    )


@transaction.atomic
def change_rules(
    *,
    school: School,
    papers: Sequence[PaperRule],
    hides: Collection[str],
    folder_rule: str,
    file_rule: str,
    basis: str,
    actor: User,
    now: datetime,
) -> ReviewRules:
    """A new edition for the cases that are opened from now on; those that run keep theirs."""
    check_is_handler(actor)
    if not set(hides) <= REVIEWED_RESULTS:
        raise InvalidInputError("只能选未通过、不确定、异常。", field="hides")
    return _write(
        school,
        papers=papers,
        hides=sorted(hides),
        folder_rule=check_folder_rule(folder_rule),
        file_rule=check_file_rule(file_rule),
        basis=basis.strip()[:200],
        actor=actor,
        now=now,
    )


def _write(
    school: School,
    *,
    papers: Sequence[PaperRule],
    hides: Collection[str],
    folder_rule: str,
    file_rule: str,
    basis: str,
    actor: Actor,
    now: datetime,
) -> ReviewRules:
    last = ReviewRules.objects.filter(school=school).aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            rules = ReviewRules.objects.create(
                school=school,
                number=last + 1,
                basis=basis,
                hides=list(hides),
                folder_rule=folder_rule,
                file_rule=file_rule,
                created_at=now,
                created_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise StaleStateError("这所学校刚刚有了新的一版规则，请刷新再看。") from error
    ReviewDocumentRule.objects.bulk_create(
        ReviewDocumentRule(
            rules=rules,
            position=position,
            title=paper.title,
            need=paper.need,
            most=paper.most,
            hint=paper.hint,
        )
        for position, paper in enumerate(papers, start=1)
    )
    audit.record(
        "reviewrules.changed",
        actor=actor,
        now=now,
        obj=rules,
        details={"school": school.name, "count": len(papers)},
    )
    return rules


def paper_lines(papers: Sequence[PaperRule]) -> str:
    """A checklist as it is typed: one line a document, its parts between bars."""
    return "\n".join(
        f"{paper.title} | {paper.need.label} | {paper.most} | {paper.hint}".rstrip(" |")
        for paper in papers
    )


def read_papers(text: str) -> list[PaperRule]:
    """The checklist that was typed; InvalidInputError names the line that cannot be read."""
    papers: list[PaperRule] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        paper = _paper(number, [part.strip() for part in line.replace("\uff5c", "|").split("|")])
        if paper.title in {each.title for each in papers}:
            raise _unreadable(number, f"“{paper.title}”写了两次")
        papers.append(paper)
    if not any(paper.need is DocumentNeed.ALWAYS for paper in papers):
        raise InvalidInputError("至少要有一项必交的材料。", field="papers")
    if len(papers) > _MOST_PAPERS:
        raise InvalidInputError(f"最多 {_MOST_PAPERS} 项材料。", field="papers")
    return papers


def _paper(number: int, parts: list[str]) -> PaperRule:
    title, need, most, hint = (*parts[:_PARTS], *[""] * (_PARTS - len(parts)))
    if not title or len(title) > _LONGEST_TITLE or len(parts) > _PARTS:
        raise _unreadable(number, f"材料名称要有，最多 {_LONGEST_TITLE} 个字，最多四段")
    if need not in _NEEDS:
        raise _unreadable(number, f"要求写成其中一个：{'、'.join(_NEEDS)}")
    if most and not (most.isdecimal() and 1 <= int(most) <= _MOST_FILES):
        raise _unreadable(number, f"最多几份写 1 到 {_MOST_FILES}")
    if len(hint) > _LONGEST_HINT:
        raise _unreadable(number, f"说明最多 {_LONGEST_HINT} 个字")
    return PaperRule(title=title, need=_NEEDS[need], most=int(most or 1), hint=hint)


def _unreadable(number: int, why: str) -> InvalidInputError:
    return InvalidInputError(f"第 {number} 行：{why}。", field="papers")
