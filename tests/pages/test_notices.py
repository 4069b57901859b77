"""In-app messages: one's own, newest first, read when said so."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common import outbox
from common.models import Channel, OutboxMessage

pytestmark = [pytest.mark.page, pytest.mark.django_db]


def tell(user: User, number: int, now: datetime) -> None:
    outbox.queue(
        outbox.Message(
            key=f"test:{user.pk}:{number}",
            channel=Channel.NOTICE,
            template="verification_submitted",
            user_id=user.pk,
            params={"campaign": f"第{number}次", "results": ["毕业照片正确"], "locks_at": ""},
        ),
        now=now + timedelta(minutes=number),
    )


@pytest.mark.parametrize("amount", [1, 3])
def test_own_messages_are_listed_newest_first(
    amount: int, alice: User, eve: User, now: datetime, client_of, django_assert_num_queries
) -> None:
    for number in range(amount):
        tell(alice, number, now)
    tell(eve, 9, now)
    client = client_of(alice)
    client.get("/account/")  # the session notes the first request

    with django_assert_num_queries(6):  # session, user, standing, count, page, words of messages
        page = client.get("/messages/").content.decode()

    places = [page.index(f"第{number}次") for number in range(amount)]
    assert places == sorted(places, reverse=True)
    assert "第9次" not in page
    assert page.count("<strong>未读</strong>") == amount


def test_messages_are_marked_as_read(alice: User, eve: User, now: datetime, client_of) -> None:
    tell(alice, 1, now)
    tell(eve, 2, now)

    response = client_of(alice).post("/messages/")

    assert response.url == "/messages/"
    assert [row.read_at is None for row in OutboxMessage.objects.order_by("key")] == [False, True]


def test_empty_list_says_what_will_come(alice: User, client_of) -> None:
    assert "还没有消息" in client_of(alice).get("/messages/").content.decode()
