from base64 import b64encode

import pytest

from stepweave.domain.webhook_key import webhook_key


@pytest.mark.parametrize("size", [24, 64])
@pytest.mark.parametrize("form", ["whsec_{}", "{}", " whsec_{}\n"])
def test_a_secret_is_the_base64_of_its_key(size: int, form: str) -> None:
    key = bytes(range(size))
    assert webhook_key(form.format(b64encode(key).decode())) == key


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_???", b64encode(bytes(23)).decode(), b64encode(bytes(65)).decode()]
)
def test_any_other_text_is_no_secret(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 random bytes"):
        webhook_key(secret)
