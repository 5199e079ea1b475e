import pytest

from fakes.stores import FakeApiKeys, FakeKeyUses
from fakes.world import FakeClock, FakeTell
from stepweave.domain.api_key import ApiKey, key_text, secret_hash
from stepweave.domain.rate_limit import RateLimit, RateLimited
from stepweave.errors import Unauthenticated, Unavailable
from stepweave.services.authentication import Limiter, authenticate

KEY_ID = f"key_{'0' * 26}"
TEXT = key_text(KEY_ID, "s3cr3t")


class Stage:
    def __init__(self, limited):
        self.keys, self.clock, self.tell = FakeApiKeys(), FakeClock(), FakeTell()
        self.uses = FakeKeyUses(self.keys)
        self.limiter = Limiter(RateLimit(2, 3), self.uses, self.tell) if limited else None
        self.add()

    def add(self, **facts):
        made = {"created_at": "2026-11-02T08:30:00.000Z", **facts}
        self.keys.add(ApiKey(KEY_ID, "ci", "write", secret_hash("s3cr3t"), **made))

    def ask(self, text=TEXT):
        return authenticate(text, keys=self.keys, clock=self.clock, limiter=self.limiter)


@pytest.fixture(params=[True, False], ids=["limited", "not limited"])
def stage(request):
    return Stage(request.param)


@pytest.fixture
def limited():
    return Stage(limited=True)


def test_a_key_s_text_tells_who_it_is(stage):
    assert (stage.ask().key_id, stage.ask().role) == (KEY_ID, "write")


@pytest.mark.parametrize(
    "text", [f"{TEXT}x", TEXT[:-1], f"sw_{'1' * 26}_s3cr3t", f"sw_{'0' * 26}_", "", f"sw_{'é' * 26}_s3cr3t", "Basic"]
)
def test_any_other_text_gets_one_answer(stage, text):
    with pytest.raises(Unauthenticated, match="unknown or revoked"):
        stage.ask(text)
    assert stage.keys.get(KEY_ID).last_used_at is None


def test_an_expired_key_is_told_so_and_nobody_without_its_secret_is(stage):
    stage.add(expires_at="2026-11-02T08:30:01.000Z")
    assert stage.ask()
    stage.clock.advance(1)
    with pytest.raises(Unauthenticated, match="expired at 2026-11-02T08:30:01"):
        stage.ask()
    with pytest.raises(Unauthenticated, match="unknown or revoked"):
        stage.ask(f"{TEXT}x")


def test_who_has_sent_too_many_requests_is_told_when_to_come_back(limited):
    left = [limited.ask().allowance.remaining for _ in range(3)]
    assert left == [2, 1, 0]
    with pytest.raises(RateLimited) as error:
        limited.ask()
    assert (error.value.status, error.value.code, error.value.retry_after) == (429, "rate_limited", 1)
    assert (error.value.key_id, error.value.allowance.remaining) == (KEY_ID, 0)
    limited.clock.advance(0.5)
    assert limited.ask().allowance.remaining == 0


def test_a_wrong_secret_takes_no_token_and_is_not_limited(limited):
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            limited.ask(f"{TEXT}x")
    assert limited.ask().allowance.remaining == 2


def test_when_the_store_has_no_room_for_the_write_the_limit_gives_way_and_the_key_does_not(limited):
    limited.uses.failure = Unavailable("DynamoDB")
    assert [limited.ask().allowance for _ in range(5)] == [None] * 5
    with pytest.raises(Unauthenticated):
        limited.ask(f"{TEXT}x")
    assert limited.tell.told[0] == ("rate_limit_failed_open", {"key_id": KEY_ID})


def test_what_is_not_limited_has_no_allowance():
    assert Stage(limited=False).ask().allowance is None
