"""`stepweave validate`: every problem of a definition, with its place in the file."""

import argparse

from stepweave.compiler.compile import compile_definition
from stepweave.domain.problem import Problem
from stepweave.local.definition_file import DefinitionFile, Unreadable, read_definition
from stepweave.local.terminal import complain, say


def main(arguments: argparse.Namespace) -> int:
    try:
        file = read_definition(arguments.file)
    except Unreadable as error:
        complain(str(error))
        return 1
    problems = compile_definition(file.content).problems
    for problem in problems:
        say(line_of(file, problem))
    if problems:
        complain(f"{len(problems)} problem{'' if len(problems) == 1 else 's'}")
        return 1
    say(f"{arguments.file}: valid")
    return 0


def line_of(file: DefinitionFile, problem: Problem) -> str:
    """-> `hello.yaml:12:5: Unknown step 'ftech' (at /steps/1/depends_on/0). Did you mean 'fetch'?`"""
    hint = f" {problem.hint}" if problem.hint else ""
    return f"{file.place(problem.path)}: {problem.message} (at {problem.path or '/'}){hint}"
