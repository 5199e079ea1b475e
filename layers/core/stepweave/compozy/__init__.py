"""Compozy's workflow definitions in ours, and back. Pure: no I/O, the same result for the same document.

`definition.translate` goes one way, `workflow_dto.workflow_dto` the other; docs/compozy.md is the table of both.
"""
