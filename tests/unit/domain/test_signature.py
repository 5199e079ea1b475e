import base64
import hashlib
import hmac

import pytest
from standardwebhooks.webhooks import Webhook

from stepweave.domain.signature import WINDOW, Signed, is_signed

NOW = 1_614_265_330.0
# Published by GitHub: "Validating webhook deliveries", "Testing the webhook payload validation".
GITHUB = (
    "It's a Secret to Everybody",
    b"Hello, World!",
    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
)
# Published by Slack: "Verifying requests from Slack".
SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
SLACK_TIME = "1531420618"
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SLACK_SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def signed(strategy, headers, raw, *secrets, now=NOW, header=None):
    return is_signed(strategy, Signed(headers, raw), secrets, now, header=header)


def standard(raw=b'{"test": 2432232314}', at=int(NOW), message="msg_p5jXN8AQM9LWM0D4loKWxJek"):
    from datetime import UTC, datetime

    text = Webhook(STANDARD_SECRET).sign(message, datetime.fromtimestamp(at, UTC), raw.decode())
    return {"webhook-id": message, "webhook-timestamp": str(at), "webhook-signature": text}


def stripe(secret, raw, at=int(NOW)):
    """What Stripe's own library signs, with a signature of another scheme behind it."""
    from stripe import WebhookSignature

    header = WebhookSignature.generate_signature_header(raw.decode(), secret, at)
    return {"stripe-signature": f"{header},v0=ignored"}


def test_github_s_published_signature_is_good():
    secret, raw, signature = GITHUB
    assert signed("github", {"x-hub-signature-256": signature}, raw, secret)
    assert not signed("github", {"x-hub-signature-256": signature}, raw + b" ", secret)
    assert not signed("github", {"x-hub-signature-256": signature.removeprefix("sha256=")}, raw, secret)
    assert not signed("github", {"x-hub-signature": signature}, raw, secret)


def test_slack_s_published_signature_is_good_for_five_minutes():
    headers = {"x-slack-request-timestamp": SLACK_TIME, "x-slack-signature": SLACK_SIGNATURE}
    for late, good in ((0, True), (WINDOW, True), (WINDOW + 1, False), (-WINDOW - 1, False)):
        assert signed("slack", headers, SLACK_BODY, SLACK_SECRET, now=float(SLACK_TIME) + late) is good
    assert not signed("slack", headers | {"x-slack-request-timestamp": ""}, SLACK_BODY, SLACK_SECRET)


def test_what_the_library_of_standard_webhooks_signs_is_good():
    headers = standard()
    raw = b'{"test": 2432232314}'
    assert signed("standard", headers, raw, STANDARD_SECRET)
    two = f"v1,AAAA v2,x {headers['webhook-signature']}"
    assert signed("standard", headers | {"webhook-signature": two}, raw, STANDARD_SECRET)
    assert not signed("standard", headers | {"webhook-id": "msg_other"}, raw, STANDARD_SECRET)
    assert not signed("standard", headers | {"webhook-timestamp": str(int(NOW) + 1)}, raw, STANDARD_SECRET)
    assert not signed("standard", headers, raw, STANDARD_SECRET, now=NOW + WINDOW + 1)
    assert not signed("standard", headers, raw, "no base64!")
    assert not signed("standard", {}, raw, STANDARD_SECRET)


def test_what_stripe_s_library_signs_is_good():
    raw = b'{"id": "evt_1"}'
    assert signed("stripe", stripe("whsec_a", raw), raw, "whsec_a")
    assert not signed("stripe", stripe("whsec_a", raw), b"{}", "whsec_a")
    assert not signed("stripe", stripe("whsec_a", raw), raw, "whsec_a", now=NOW + WINDOW + 1)
    twice = {"stripe-signature": stripe("whsec_a", raw)["stripe-signature"] + f",t={int(NOW)}"}
    assert not signed("stripe", twice, raw, "whsec_a")
    assert not signed("stripe", {"stripe-signature": "t=,v1="}, raw, "whsec_a")


@pytest.mark.parametrize("header", [None, "X-Shop-Hmac"])
def test_a_plain_hmac_may_be_hexadecimal_or_base64(header):
    digest = hmac.new(b"s", b"body", hashlib.sha256).digest()
    name = (header or "x-sig").lower()
    for text in (digest.hex(), digest.hex().upper(), f"sha256={digest.hex()}", base64.b64encode(digest).decode()):
        assert signed("hmac", {name: text}, b"body", "s", header=header)
    for text in ("", "sha256=", digest.hex()[:-1], "ü" * 64):
        assert not signed("hmac", {name: text}, b"body", "s", header=header)


@pytest.mark.parametrize("secrets", [("new", "old"), ("old", "new")])
def test_each_of_two_secrets_holds_while_one_replaces_the_other(secrets):
    raw = b"{}"
    assert signed("stripe", stripe("old", raw), raw, *secrets)
    assert signed("stripe", stripe("new", raw), raw, *secrets)
    assert not signed("stripe", stripe("other", raw), raw, *secrets)


def test_without_a_secret_nothing_is_signed():
    for strategy in ("hmac", "github", "slack", "stripe", "standard"):
        assert not signed(strategy, {}, b"")
