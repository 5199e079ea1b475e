"""No secret is left in a text that holds it in a form of the promise, whatever stands around it."""

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st

from stepweave.services.masking import Mask

SECRETS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), min_size=6, max_size=60).filter(
    lambda text: "*" not in text and text == text.strip()
)
AROUND = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "quote": quote,
    "quote all": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "json": lambda text: json.dumps(text)[1:-1],
    "json utf-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "html": html.escape,
    "hex": lambda text: text.encode().hex(),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 url": lambda text: urlsafe_b64encode(text.encode()).decode(),
}


@given(SECRETS, st.sampled_from(sorted(FORMS)), AROUND, AROUND)
def test_no_form_of_a_secret_outlives_masking(secret: str, form: str, before: str, after: str) -> None:
    mask = Mask()
    mask.add(secret)
    shown = FORMS[form](secret)
    assert shown not in mask.text(f"{before}{shown}{after}")


@given(SECRETS, st.binary(max_size=9), st.binary(max_size=9))
def test_nor_does_one_inside_other_bytes_in_base64(secret: str, before: bytes, after: bytes) -> None:
    mask = Mask()
    mask.add(secret)
    text = b64encode(before + secret.encode() + after).decode()
    masked = mask.text(text)
    assert "********" in masked
    assert len(masked.replace("********", "")) <= len(b64encode(before)) + len(b64encode(after)) + 8
