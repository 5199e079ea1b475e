"""The port `ProjectFiles`."""


def test_files_of_a_folder_come_back_in_the_order_of_their_paths(stores):
    files = stores.project_files
    for path in ("agents/b.yaml", "agents/a.yaml", "agents-of-old/c.yaml", "tools/t.yaml"):
        files.write("default", path, f"id: {path} ä")
    files.write("default-2", "agents/d.yaml", "")
    found = list(files.read("default", "agents"))
    assert found == [(path, f"id: {path} ä") for path in ("agents/a.yaml", "agents/b.yaml")]
    assert list(files.read("default", "tasks")) == []


def test_a_file_is_written_over(stores):
    for text in ("one", "two"):
        stores.project_files.write("p", "agents/a.yaml", text)
    assert list(stores.project_files.read("p", "agents")) == [("agents/a.yaml", "two")]
