"""The codes of problems: what clients may branch on. `type` of a problem points to its line on `/docs`."""

CODES: dict[str, str] = {
    "malformed_json": "The body is not JSON (RFC 8259, UTF-8), or names a member twice. `detail` tells where.",
    "nested_too_deeply": "The body is nested deeper than 100 levels.",
    "unauthenticated": "There is no key in `Authorization: Bearer`, or it is unknown or revoked.",
    "role_required": "The key is valid, but its role does not allow this. `detail` names the role that does.",
    "route_not_found": "Nothing is served at this path. Paths have no trailing slash.",
    "workflow_not_found": "There is no workflow of that id or slug.",
    "version_not_found": "The workflow has no version of that number.",
    "run_not_found": "There is no run of that id.",
    "step_run_not_found": "What the path names cannot be a step run.",
    "output_not_found": "There is no such output, or not yet.",
    "method_not_allowed": "The path does not take this method; `Allow` lists those that it does.",
    "slug_taken": "Another workflow has this slug.",
    "workflow_not_runnable": "The workflow is paused or archived, or a draft, which runs by hand only.",
    "idempotency_conflict": "The idempotency key was used for another request; `detail` names what that one made.",
    "payload_too_large": "The body is over 1 MB.",
    "invalid_input": "Values, members or query parameters are wrong; `errors` names each place.",
    "definition_invalid": "The definition has problems; `errors` names each place and says what to do.",
    "unavailable": "A dependency did not answer; the same request may be sent again after `Retry-After` seconds.",
    "internal": "Something failed on our side; it was logged under the `X-Request-Id` of the answer.",
}
