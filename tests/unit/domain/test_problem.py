from stepweave.domain.problem import pointer


def test_pointers_escape_what_rfc_6901_escapes() -> None:
    assert pointer("steps", 0, "a/b~c") == "/steps/0/a~1b~0c"
    assert pointer() == ""
