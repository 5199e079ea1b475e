"""Definitions in files: what they hold, and where each part stands."""

from pathlib import Path

import pytest

from stepweave.local.definition_file import Unreadable, read_definition

YAML = """\
name: hello
steps:
  - id: fetch
    type: http_request
    retry:
      on: [timeout]
    config: {url: "http://example.org", headers: {at: 12:30, day: 2026-01-02, off: no}}
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_plain_words_of_yaml_stay_words(tmp_path: Path) -> None:
    step = read_definition(written(tmp_path, "d.yaml", YAML)).content["steps"][0]
    assert step["retry"] == {"on": ["timeout"]}
    assert step["config"]["headers"] == {"at": "12:30", "day": "2026-01-02", "off": "no"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("007", 7), ("-3", -3), ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("true", True), ("~", None), ("", None),
        ("yes", "yes"), ("1_000", "1_000"), ("0x1F", "0x1F"), ("'5'", "5"), ("1.2.3", "1.2.3"),
    ],
)  # fmt: skip
def test_plain_values_of_yaml_follow_version_1_2(tmp_path: Path, text: str, value: object) -> None:
    content = read_definition(written(tmp_path, "d.yaml", f"a: {text}\n")).content
    assert content == {"a": value}
    assert type(content["a"]) is type(value)


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", "1:1"),
        ("/name", "1:7"),
        ("/steps/0/retry/on/0", "6:12"),
        ("/steps/0/config/url", "7:19"),
        ("/steps/0/when", "3:5"),
    ],
)
def test_a_pointer_has_a_line_and_a_column(tmp_path: Path, pointer: str, place: str) -> None:
    path = written(tmp_path, "d.yaml", YAML)
    assert read_definition(path).place(pointer) == f"{path}:{place}"


def test_a_pointer_into_json_has_a_line_and_a_column(tmp_path: Path) -> None:
    path = written(tmp_path, "d.json", '{\n  "a/b": [1,\n    2]\n}')
    assert read_definition(path).place("/a~1b/1") == f"{path}:3:5"


def test_json_with_tabs_has_at_least_its_file(tmp_path: Path) -> None:
    path = written(tmp_path, "d.json", '{\n\t"a": 1\n}')
    file = read_definition(path)
    assert file.content == {"a": 1}
    assert file.place("/a").startswith(str(path))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("d.json", '{"a" 1}', "d.json:1:6: no JSON"),
        ("d.json", '{"a": 1,\n "a": 2}', "d.json:2:2: the member 'a' is given twice"),
        ("d.json", '{"a": 1,\n\t"a": 2}', "d.json: no JSON: the member 'a' is given twice"),
        ("d.json", '{"a": NaN}', "d.json: no JSON: NaN"),
        ("d.json", '{"a": 1e999}', "d.json: no JSON: the number 1e999"),
        ("d.json", "[" * 100_000, "it is nested deeper than 128 levels"),
        ("d.yaml", "a: [1\nb: 2", "d.yaml:2:2: no YAML"),
        ("d.yaml", "a: 1\nb: {c: 1, c: 2}", "d.yaml:2:11: the member 'c' is given twice"),
        ("d.yaml", "a: 1\nb: 1e999", "d.yaml:2:4: no YAML: 1e999"),
        ("d.yaml", f"a: {'1' * 5000}", "d.yaml:1:4: no YAML: 1111"),
        ("d.yaml", "a: !!binary aGk=", "d.yaml:1:4: no YAML: could not determine a constructor"),
        ("d.yaml", "a: !!float many", "d.yaml:1:4: no YAML: many"),
        ("d.yaml", "[" * 100_000, "it is nested deeper than 128 levels"),
        ("d.yaml", "a: &a [*a]", "d.yaml:1:4: over 2,000,000 characters, or no end"),
        ("d.yaml", "a: \x00", "d.yaml: no YAML"),
    ],
)
def test_what_cannot_be_read_says_where(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_definition(written(tmp_path, name, text))


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"d\.yaml"):
        read_definition(tmp_path / "d.yaml")


def bomb(first: str, rest: str) -> str:
    """Thirty levels, each nine times the one before."""
    levels = [f"a0: &a0 {first}"]
    for level in range(1, 30):
        levels.append(f"a{level}: &a{level} " + rest.format(aliases=", ".join([f"*a{level - 1}"] * 9)))
    return "\n".join(levels)


@pytest.mark.parametrize(("first", "rest"), [("[x]", "[{aliases}]"), ("{x: 1}", "{{<<: [{aliases}]}}")])
def test_aliases_that_name_each_other_many_times_are_refused_at_once(tmp_path: Path, first: str, rest: str) -> None:
    with pytest.raises(Unreadable, match="aliases replaced"):
        read_definition(written(tmp_path, "d.yaml", bomb(first, rest)))


def test_aliases_and_merged_members_are_read(tmp_path: Path) -> None:
    text = "a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\n"
    content = read_definition(written(tmp_path, "d.yaml", text)).content
    assert content == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}, "c": {"x": 1, "y": 3}}


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert read_definition(written(tmp_path, "d.json", "\ufeff{}")).content == {}
