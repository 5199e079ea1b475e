import html
import json
import re
import time
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from stepweave.errors import StepError
from stepweave.services.masking import MASKED, Mask

SECRET = 'pä?s/w+ö r"d&<\\>~1%=\n2'
PEM = "-----BEGIN KEY-----\nMIIEowIBAAKCAQEAexample0\nMIIEowIBAAKCAQEAexample1\n-----END KEY-----\n"


def mask_of(*secrets: str) -> Mask:
    mask = Mask()
    for secret in secrets:
        mask.add(secret)
    return mask


def forms(secret: str) -> dict[str, str]:
    data = secret.encode()
    return {
        "plain": secret,
        "quote": quote(secret),
        "quote all": quote(secret, safe=""),
        "quote lower": re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
        "form": quote_plus(secret),
        "json": json.dumps(secret),
        "json utf-8": json.dumps(secret, ensure_ascii=False),
        "json with slashes": json.dumps(secret).replace("/", "\\/"),
        "json in json": json.dumps(json.dumps(secret, ensure_ascii=False), ensure_ascii=False),
        "json with every character escaped": "".join(f"\\u{ord(each):04X}" for each in secret),
        "html": html.escape(secret),
        "html by number": "".join(f"&#{ord(each)};" for each in secret),
        "hex": data.hex(),
        "HEX": data.hex().upper(),
        "base64": b64encode(data).decode(),
        "base64 url": urlsafe_b64encode(data).decode(),
        "base64 after one byte": b64encode(b"x" + data).decode(),
        "base64 after two bytes": b64encode(b"xy" + data + b"z").decode(),
        "base64 in the middle": urlsafe_b64encode(b"user:" + data + b":more").decode(),
    }


@pytest.mark.parametrize("name", forms(SECRET))
def test_a_secret_is_masked_in_whatever_form_it_comes_back(name: str) -> None:
    masked = mask_of(SECRET).text(f"before {forms(SECRET)[name]} after")
    assert MASKED in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert len(masked) < len("before ******** after") + 20, masked


@pytest.mark.parametrize("name", forms("plain-Token_0123456789"))
def test_so_is_one_of_plain_characters(name: str) -> None:
    assert MASKED in mask_of("plain-Token_0123456789").text(forms("plain-Token_0123456789")[name])


def test_names_numbers_and_nested_values_are_masked() -> None:
    value: Any = {"a hunter2!": [1, {"x": ("hunter2!",)}], "number": 12345678, "near": 1234567, "b": True, "n": None}
    assert mask_of("hunter2!", "12345678").value(value) == {
        "a ********": [1, {"x": ["********"]}],
        "number": "********",
        "near": 1234567,
        "b": True,
        "n": None,
    }


def test_without_secrets_a_value_is_left_as_it_is() -> None:
    value = {"a": ["b"]}
    assert Mask().value(value) is value
    assert not Mask()


def test_what_is_too_short_to_be_told_from_other_text_is_not_masked() -> None:
    assert not mask_of("", "true", "12345")
    assert mask_of("123456").text("123456") == MASKED


def test_the_lines_of_a_key_are_masked_by_themselves() -> None:
    masked = mask_of(PEM).text(PEM.replace("\n", "\r\n").replace("\r\n-----END", " -----END"))
    assert "MIIE" not in masked


def test_a_secret_is_masked_without_the_line_end_of_its_file() -> None:
    assert mask_of("hunter2-hunter2\n").text("x hunter2-hunter2 y") == "x ******** y"


def test_a_longer_secret_is_masked_before_one_that_it_holds() -> None:
    assert mask_of("hunter2", "hunter2-and-more").text("hunter2-and-more") == MASKED


def test_an_error_is_masked_and_so_is_half_a_secret_at_its_cut() -> None:
    error = StepError("http_status", "answered hunter2-hunter2", details={"body": ["... hunter2-hun"], "status": 400})
    masked = mask_of("hunter2-hunter2").error(error)
    assert (masked.message, masked.details) == ("answered ********", {"body": ["... ********"], "status": 400})


def test_half_a_secret_is_masked_on_both_sides_of_what_was_left_out() -> None:
    text = "a hunter2-hun\n[... 12 bytes left out ...]\nr2-hunter2 b"
    assert mask_of("hunter2-hunter2").text(text) == "a ********\n[... 12 bytes left out ...]\n******** b"


@pytest.mark.parametrize("secret", ["\\" * 60, "a" * 64, "%41" * 20, "&amp;" * 12])
def test_no_secret_makes_the_search_slow(secret: str) -> None:
    text = (secret[:-1] + "\\%&+") * 20_000
    begun = time.process_time()
    mask_of(secret).text(text)
    assert time.process_time() - begun < 5


def test_a_body_of_ten_megabytes_is_searched_in_a_second() -> None:
    mask = mask_of("hunter2-hunter2", SECRET, "z" * 200)
    text = 'some text that is long, {"name": "value"} ' * 250_000
    begun = time.process_time()
    assert mask.text(text) == text
    assert time.process_time() - begun < 3


def test_what_a_receiver_leaves_whole_that_takes_utf_8_for_something_else_is_masked() -> None:
    secret = "pässword-0123456789"
    masked = mask_of(secret).text(
        secret.encode().decode("latin-1") + secret.encode("latin-1").decode("utf-8", "replace")
    )
    assert "0123456789" not in masked
