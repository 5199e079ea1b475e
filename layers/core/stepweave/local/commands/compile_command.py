"""`stepweave compile`: the state machine that a definition becomes."""

import argparse
import json

from stepweave.compiler.compile import compile_asl, compile_definition
from stepweave.compiler.emit import Targets
from stepweave.compiler.picture import tree
from stepweave.local.commands.validate_command import line_of
from stepweave.local.definition_file import Unreadable, read_definition
from stepweave.local.terminal import complain, say
from stepweave.services.graphs import draw_definition

_TARGETS = Targets(run_step_arn="${RunStepFunctionArn}", run_agent_arn="${RunAgentFunctionArn}")


def main(arguments: argparse.Namespace) -> int:
    try:
        file = read_definition(arguments.file)
    except Unreadable as error:
        complain(str(error))
        return 1
    compiled = compile_definition(file.content)
    if compiled.woven is None:
        for problem in compiled.problems:
            complain(line_of(file, problem))
        return 1
    if arguments.tree:
        say(tree(compiled.woven))
    elif arguments.graph or arguments.svg:
        say(draw_definition(file.content, "mermaid" if arguments.graph else "svg").rstrip("\n"))
    else:
        say(json.dumps(json.loads(compile_asl(compiled, _TARGETS)), indent=2))
    return 0
