"""What a student writes about a correction: the private reason on no page, paper or message; the rest not for the monitor."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now as clock

from accounts.models import User
from common.models import AuditEvent, OutboxMessage
from common.outbox import rendered
from corrections.models import CorrectionRequest, RequestStep
from corrections.selectors.papers import errors_in
from corrections.services.error_list import export_error_list
from corrections.services.own import redraft_request, submit_request
from corrections.services.sheet import export_sheet
from corrections.states import Layout, RequestAction, RequestState, SheetState
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign
from imaging.states import ConclusionKind
from tests.corrections.chain import ACTS, actor_of
from tests.corrections.documents.workbooks import all_texts
from tests.factories.corrections import make_request
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo
from tests.factories.sheets import make_sheet
from tests.poppler import Poppler

pytestmark = [pytest.mark.page, pytest.mark.django_db]

PRIVATE = "三年前做过手术"
NOTE = "户口本随收养改过"
DISAGREEMENT = "公安局的档案才对"
ANSWER = "与收养登记证一致"
WORDS = (PRIVATE, NOTE, DISAGREEMENT, ANSWER)
DAY = timedelta(days=1)
READERS = ["monitor", "chen", "secretary", "leader", "li", "auditor"]
PAGES = ["class_page", "sheet_page", "sheet_notes"]


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    """A campaign whose sheets are due these days, with Alice in it."""
    now = clock()
    campaign = make_campaign(
        opens_at=now - 9 * DAY,
        closes_at=now - 4 * DAY,
        sheet_freeze_at=now - 3 * DAY,
        hand_in_at=now + DAY,
    )
    make_photo(record)
    make_conclusion(make_member(record, campaign), ConclusionKind.PHOTO)
    return campaign


@pytest.fixture
def case(campaign: Campaign, record: StudentRecord, alice: User) -> CorrectionRequest:
    """A refused case with every word that anybody wrote in it."""
    made = make_request(
        record,
        RequestState.REFUSED,
        note=NOTE,
        private_note=PRIVATE,
        answer=ANSWER,
        disagreement=DISAGREEMENT,
        disagreed_at=clock(),
        disagreed_by="本人",
    )
    RequestStep.objects.create(
        request=made, action=RequestAction.RESUBMIT, note=NOTE, acted_at=clock(), acted_by="本人"
    )
    conclusion = made.conclusion
    assert conclusion is not None
    conclusion.note = NOTE
    conclusion.save()
    return made


@pytest.mark.parametrize("state", [SheetState.DRAFT, SheetState.FROZEN, SheetState.ACCEPTED])
@pytest.mark.parametrize("name", READERS)
def test_pages_of_the_class(
    name: str,
    state: SheetState,
    case: CorrectionRequest,
    campaign: Campaign,
    class_group: ClassGroup,
    client_of,
    request: pytest.FixtureRequest,
) -> None:
    make_sheet(campaign, class_group, state, at=clock())
    client = client_of(request.getfixturevalue(name))

    answers = [
        client.get(reverse(f"corrections:{page}", args=[class_group.pk, campaign.pk]))
        for page in PAGES
    ]

    text = "".join(answer.content.decode() for answer in answers)
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "信息有误" in text
    hidden = WORDS if name == "monitor" else (PRIVATE,)
    assert [word for word in hidden if word in text] == []


def test_counsellor_reads_what_belongs_to_checking(
    case: CorrectionRequest, campaign: Campaign, class_group: ClassGroup, chen: User, client_of
) -> None:
    """So the words above would be found if they were there."""
    address = reverse("corrections:sheet_page", args=[class_group.pk, campaign.pk])

    assert NOTE in client_of(chen).get(address).content.decode()


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("state", [None, SheetState.FROZEN])
def test_papers_of_the_class(
    state: SheetState | None,
    layout: Layout,
    case: CorrectionRequest,
    campaign: Campaign,
    class_group: ClassGroup,
    poppler: Poppler,
    request: pytest.FixtureRequest,
) -> None:
    """Whoever takes them: they are printed and go through many hands."""
    now, chen = clock(), request.getfixturevalue("chen")
    if state:
        make_sheet(campaign, class_group, state, at=now)

    pdf, xlsx = (
        export_sheet(
            campaign=campaign,
            class_group=class_group,
            file_format=file_format,
            layout=layout,
            actor=chen,
            now=now,
        ).data
        for file_format in ("pdf", "xlsx")
    )

    printed = "".join("".join(poppler.pages(pdf)).split())
    cells = "".join("".join(all_texts(xlsx)).split())
    assert "汉语言文学" in printed
    assert "汉语言文学" in cells
    assert [word for word in WORDS if word in printed + cells] == []
    assert [word.encode() for word in WORDS if word.encode() in pdf + xlsx] == []


@pytest.mark.parametrize("file_format", ["pdf", "xlsx"])
def test_merged_error_list(
    file_format: str,
    case: CorrectionRequest,
    campaign: Campaign,
    class_group: ClassGroup,
    secretary: User,
    poppler: Poppler,
) -> None:
    college = class_group.college
    assert list(errors_in(campaign=campaign, college=college, now=clock()))

    data = export_error_list(
        campaign=campaign,
        college=college,
        file_format="pdf" if file_format == "pdf" else "xlsx",
        actor=secretary,
        now=clock(),
    ).data

    read = poppler.pages(data) if file_format == "pdf" else all_texts(data)
    text = "".join("".join(read).split())
    assert "姓名" in text
    assert PRIVATE not in text


@pytest.mark.parametrize(
    "way",
    [
        ["COLLEGE_TAKE", "FORWARD", "RETURN", "RESUBMIT", "TAKE", "REFUSE", "DISAGREE"],
        ["COLLEGE_TAKE", "FORWARD", "TO_PROVINCE", "PROVINCE_REFUSE"],
        ["PULL", "TO_ORIGIN", "RESUME", "TO_PROVINCE", "APPROVE"],
        ["WITHDRAW"],
    ],
)
def test_messages_and_trail(
    way: list[str],
    campaign: Campaign,
    record: StudentRecord,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    """Nothing of what a student writes leaves the case, to whomever a message goes."""
    people = {name: request.getfixturevalue(name) for name in ("alice", "li", "secretary")}
    case = make_request(record, note=NOTE, private_note=PRIVATE)
    redraft_request(request=case, actor=people["alice"], now=now)
    submit_request(request=case, actor=people["alice"], now=now)

    for name in way:
        action = RequestAction(name)
        ACTS[action](case, actor_of(action, **people), now)

    told = [
        f"{row.params} {rendered(row)}"
        for row in OutboxMessage.objects.filter(template__startswith="correction")
    ]
    trail = [f"{row.reason} {row.details}" for row in AuditEvent.objects.all()]
    assert bool(told) is (way != ["WITHDRAW"])
    written = (PRIVATE, NOTE, "见附件", "身份证上不是这样")
    assert [word for word in written if any(word in text for text in told + trail)] == []
