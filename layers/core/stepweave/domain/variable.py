"""Variables that a definition may give to a script: found wrong when it is stored, and checked again before it runs."""

INPUT, RESULT = "STEPWEAVE_INPUT", "STEPWEAVE_RESULT"


def bad_variable(name: str, value: str) -> str | None:
    """Why no script can be given a variable; None when one can (execve(2): `name=value`, ended by a NUL)."""
    if not name or "=" in name or "\0" in name + value:
        return "a variable of a process has no '=' in its name and no NUL"
    if name in (INPUT, RESULT):
        return "Stepweave sets this variable itself; choose another name"
    return None
