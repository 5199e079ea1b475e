def test_the_document_needs_no_key(call):
    answer = call("GET", "/openapi.json", key=None)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["info"]["title"] == "Stepweave"


def test_the_page_needs_no_key_and_nothing_from_elsewhere(call):
    answer = call("GET", "/docs", key=None)
    page = answer.body.decode()
    assert answer.status == 200
    assert "<script" not in page
    assert "src=" not in page
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
