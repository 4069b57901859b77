"""身份复核: results in, a case file, the people who decide, the end by two; all of it in confidence."""

from imaging.services.review.ending import decide_end, propose_end
from imaging.services.review.export import CaseArchive, case_archive
from imaging.services.review.intake import (
    apply_review_import,
    discard_review_import,
    upload_results,
)
from imaging.services.review.looks import note_list_seen, note_review_seen
from imaging.services.review.opening import open_review
from imaging.services.review.papers import (
    add_document,
    open_document,
    open_review_photo,
    remove_document,
)
from imaging.services.review.people import end_handler, end_seat, name_handler, name_seat
from imaging.services.review.rules import change_rules, paper_lines, read_papers, rules_of
from imaging.services.review.steps import (
    agree,
    confirm_by_college,
    convene_panel,
    file_with_province,
    give_opinion,
    return_to_collecting,
    submit_to_college,
)

__all__ = [
    "CaseArchive",
    "add_document",
    "agree",
    "apply_review_import",
    "case_archive",
    "change_rules",
    "confirm_by_college",
    "convene_panel",
    "decide_end",
    "discard_review_import",
    "end_handler",
    "end_seat",
    "file_with_province",
    "give_opinion",
    "name_handler",
    "name_seat",
    "note_list_seen",
    "note_review_seen",
    "open_document",
    "open_review",
    "open_review_photo",
    "paper_lines",
    "propose_end",
    "read_papers",
    "remove_document",
    "return_to_collecting",
    "rules_of",
    "submit_to_college",
    "upload_results",
]
