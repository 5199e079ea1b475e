from html import escape
from html.parser import HTMLParser

import pytest

from stepweave.api.docs_page import docs_page

DOCUMENT = {
    "info": {"title": "T & Co", "version": "1", "description": "First `code`.\n\n- one **two**\n- <three>"},
    "tags": [{"name": "things", "description": "Things."}],
    "paths": {
        "/things/{thing_id}": {
            "post": {
                "tags": ["things"],
                "operationId": "make",
                "summary": "Make",
                "description": "Makes it.",
                "security": [{"apiKey": ["write"]}],
                "parameters": [{"name": "thing_id", "in": "path", "schema": {"type": "string", "examples": ["t_1"]}}],
                "requestBody": {"content": {"application/json": {"example": {"it's": "<b>"}}}},
                "responses": {
                    "200": {"description": "Made.", "content": {"application/json": {"example": {"a": 1}}}},
                    "404": {"description": "Gone.", "content": {"application/problem+json": {"example": {"b": 2}}}},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "properties": {
                    "a": {"$ref": "#/components/schemas/Other"},
                    "b": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "c": {"enum": ["x", 1]},
                    "d": {"type": "array", "items": {"type": "integer"}},
                    "e": {"type": ["string", "null"]},
                    "f": {},
                },
                "required": ["a"],
            }
        }
    },
}


class Tags(HTMLParser):
    """Fails where an element is closed that is not the one last opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, _attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def page():
    return docs_page(DOCUMENT)


def test_the_page_is_well_formed(page):
    tags = Tags()
    tags.feed(page)
    assert tags.open == []


def test_everything_from_the_document_is_escaped(page):
    assert "T &amp; Co" in page
    assert "&lt;three&gt;" in page
    assert '<b>"' not in page


def test_an_operation_has_a_curl_line_that_pastes(page):
    line = (
        'curl -sS -X POST -H "Authorization: Bearer $STEPWEAVE_API_KEY" '
        '-d \'{"it\'\\\'\'s": "<b>"}\' "$STEPWEAVE_URL/things/t_1"'
    )
    assert f"<pre>{escape(line)}</pre>" in page


def test_an_operation_names_the_role_it_needs(page):
    assert '<span class="role">write</span>' in page


def test_types_are_told_in_a_few_words(page):
    for words in ("Other", "string | null", "&quot;x&quot; | 1", "array of integer", "any"):
        assert f"<code>{words}</code>" in page


def test_the_little_markdown_of_the_document_is_shown(page):
    assert "<p>First <code>code</code>.</p>" in page
    assert "<li>one <b>two</b>" in page


def test_the_real_page_names_every_operation(call):
    document = call("GET", "/openapi.json").json
    page = call("GET", "/docs").body.decode()
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    for operations in document["paths"].values():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page
