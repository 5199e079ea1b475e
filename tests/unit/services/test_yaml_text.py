import subprocess
import sys


def test_what_another_library_teaches_yaml_changes_nothing_here():
    """Libraries share PyYAML's registries, and some fill them for everybody."""
    program = """
import yaml
yaml.SafeLoader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: "spoilt")
from stepweave.services.yaml_text import tree_of, value_of
print(value_of(tree_of("{a: [1, 2.5, true, null, x]}")))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "{'a': [1, 2.5, True, None, 'x']}\n"
