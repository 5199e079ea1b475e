"""`stepweave`: the command line. Commands are loaded when called, so that help and `validate` stay quick."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from stepweave.domain.api_key import MAX_GRACE_SECONDS, ROLES
from stepweave.domain.duration import MAX_SECONDS, seconds_of
from stepweave.local.unusable import Unusable

_EXAMPLES = """\
examples:
  stepweave dev                                  serve on http://127.0.0.1:8000, data in .stepweave
  stepweave run hello.yaml --input '{"name": 1}'  run a definition here and now
  stepweave test hello.yaml --mocks mocks.yaml   see what a run would do, without any effect
  stepweave validate hello.yaml                  every problem, with its line
  stepweave compile hello.yaml                   the state machine it becomes
  stepweave keys create --role write             a key for the local data folder
  stepweave keys create --stack stepweave        a key for a deployed stack
  stepweave secrets set api_token                a secret for steps, read from standard input
  stepweave agents put researcher.yaml           an agent for agent_task steps
  stepweave workflows list                       the workflows of a server
  stepweave schedules next sched_01KA...         when a schedule fires next
  stepweave templates install uptime-check       a workflow from a template
  stepweave export workflows/                    each workflow as a file, for git; `import` brings them back
  stepweave doctor --stack stepweave             what is wrong with a deployed stack, and what to do
  stepweave logs run_01KA...                     what the log says of a run
  stepweave demo                                 see it work
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done, 1 the run, the definition or the command failed, 2 wrong usage, 130 interrupted."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(importlib.import_module(f"stepweave.local.commands.{parsed.module}").main(parsed))
    except KeyboardInterrupt:
        return 130
    except Unusable as error:
        sys.stderr.write(f"stepweave: {error}\n")
        return 1
    except ModuleNotFoundError as error:
        if error.name not in ("moto", "rich", "uvicorn", "yaml"):
            raise
        sys.stderr.write(f"stepweave: '{error.name}' is not installed. Install with: pip install 'stepweave[local]'\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stepweave",
        description="Workflows over REST, compiled into Step Functions state machines.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for add in (
        _add_dev,
        _add_run,
        _add_test,
        _add_validate,
        _add_compile,
        _add_keys,
        _add_secrets,
        _add_agents,
        _add_remote,
        _add_logs,
        _add_doctor,
        _add_demo,
    ):
        add(commands)
    return parser


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_dev(commands: Commands) -> None:
    dev = _command(commands, "dev", "serve the whole service on 127.0.0.1", "PORT=9000 stepweave dev")
    dev.add_argument("--port", type=_port, default=os.environ.get("PORT") or "8000", help="default: $PORT, else 8000")
    _add_home(dev)
    dev.add_argument("--verbose", action="store_true", help="print what functions log, too; the data folder keeps it")


def _add_run(commands: Commands) -> None:
    run = _command(
        commands,
        "run",
        "run a definition once, showing each step as it settles",
        "stepweave run hello.yaml --input @input.json --allow-host 127.0.0.1:9000",
    )
    run.add_argument("file", type=Path, help="a definition, JSON or YAML")
    run.add_argument("--input", default="{}", metavar="JSON|@FILE", help="the run's input_data")
    run.add_argument("--json", action="store_true", help="print the finished run as JSON, and nothing else")
    run.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST[:PORT]",
        help="let steps send requests there though it is a local address; may be repeated",
    )
    run.add_argument(
        "--home",
        type=_folder,
        default=os.environ.get("STEPWEAVE_HOME") or None,
        help="data folder; default: $STEPWEAVE_HOME, else one that is thrown away, with .stepweave's secrets",
    )


def _add_test(commands: Commands) -> None:
    test = _command(
        commands,
        "test",
        "run a definition without any effect, its steps played by mocks",
        "stepweave test hello.yaml --mocks mocks.yaml --input '{\"name\": 1}'",
    )
    test.add_argument("file", type=Path, help="a definition, JSON or YAML")
    test.add_argument("--mocks", type=Path, metavar="FILE", help="what steps yield, by id, JSON or YAML")
    test.add_argument("--input", default="{}", metavar="JSON|@FILE", help="the run's input_data")
    test.add_argument("--json", action="store_true", help="print run and trace as JSON, and nothing else")


def _add_validate(commands: Commands) -> None:
    validate = _command(commands, "validate", "tell every problem of a definition", "stepweave validate hello.yaml")
    validate.add_argument("file", type=Path, help="a definition, JSON or YAML")


def _add_compile(commands: Commands) -> None:
    compile_ = _command(
        commands, "compile", "print the state machine of a definition", "stepweave compile hello.yaml > hello.asl.json"
    )
    compile_.add_argument("file", type=Path, help="a definition, JSON or YAML")
    instead = compile_.add_mutually_exclusive_group()
    instead.add_argument("--tree", action="store_true", help="print it as a small tree instead")
    instead.add_argument("--graph", action="store_true", help="print its graph as Mermaid text instead")
    instead.add_argument("--svg", action="store_true", help="print a picture of it instead")


def _add_keys(commands: Commands) -> None:
    keys = _command(
        commands, "keys", "make, list, rotate and revoke API keys", "stepweave keys create --role read --name ci"
    )
    actions = keys.add_subparsers(dest="action", metavar="create|list|rotate|revoke", required=True)
    create = actions.add_parser("create", help="make a key; its text is shown once")
    create.add_argument("--role", choices=ROLES, default="write", help="read < write < admin; default: write")
    create.add_argument("--name", default="", help="what the key is for")
    create.add_argument(
        "--expires",
        type=_lasting(MAX_SECONDS),
        default="0",
        metavar="DURATION",
        help="valid for so long: 90d; default: for ever",
    )
    listing = actions.add_parser("list", help="list keys: when each was made and last used, and when it expires")
    rotate = actions.add_parser("rotate", help="give a key another text; it is shown once")
    rotate.add_argument("id", help="the key's id: key_...")
    rotate.add_argument(
        "--grace",
        type=_lasting(MAX_GRACE_SECONDS),
        default="0",
        metavar="DURATION",
        help="for so long the old text stays valid: 1h; at most 7d, default: not at all",
    )
    revoke = actions.add_parser("revoke", help="make a key invalid, at once")
    revoke.add_argument("id", help="the key's id: key_...")
    for action in (create, listing, rotate, revoke):
        where = action.add_mutually_exclusive_group()
        where.add_argument("--table", metavar="NAME", help="a deployed table, with your AWS credentials")
        where.add_argument("--stack", metavar="NAME", help="a deployed CloudFormation stack, with your AWS credentials")
        _add_home(action)


def _add_secrets(commands: Commands) -> None:
    secrets = _command(
        commands,
        "secrets",
        "set, list and remove the secrets of steps",
        "stepweave secrets set api_token --host api.example.com < token.txt",
    )
    actions = secrets.add_subparsers(dest="action", metavar="set|list|rm", required=True)
    put = actions.add_parser("set", help="set a secret; its value is read from standard input, or asked for")
    put.add_argument("name", help="1 to 64 letters, digits, _ and -; a step's config names it {{ secrets.NAME }}")
    put.add_argument(
        "--host", action="append", default=[], metavar="HOST[:PORT]", help="send it there only; may be repeated"
    )
    put.add_argument(
        "--workflow", action="append", default=[], metavar="ID", help="give it to that workflow only; may be repeated"
    )
    listing = actions.add_parser("list", help="list names and bindings, without values")
    remove = actions.add_parser("rm", help="remove a secret")
    remove.add_argument("name")
    for action in (put, listing, remove):
        action.add_argument(
            "--stack", metavar="NAME", help="of a deployed stack, in Parameter Store, with your AWS credentials"
        )
        _add_home(action)


def _add_agents(commands: Commands) -> None:
    from stepweave.local.agents_parser import add_agent_actions

    agents = _command(commands, "agents", "put, show, list and delete agents", "stepweave agents put researcher.yaml")
    add_agent_actions(agents, _add_home)


def _add_remote(commands: Commands) -> None:
    from stepweave.local import remote_parser, runs_parser, schedules_parser

    runs = _command(commands, "runs", "work with the runs of a server", "stepweave runs start fetch --wait 20")
    runs_parser.add_run_actions(runs, _add_home)
    workflows = _command(commands, "workflows", "work with the workflows of a server", "stepweave workflows list")
    remote_parser.add_workflow_actions(workflows, _add_home)
    schedules = _command(
        commands,
        "schedules",
        "work with the schedules of a server",
        "stepweave schedules create fetch --cron '0 9 * * *'",
    )
    schedules_parser.add_schedule_actions(schedules, _add_home)
    templates = _command(
        commands, "templates", "make workflows of templates", "stepweave templates install uptime-check"
    )
    remote_parser.add_template_actions(templates, _add_home)
    export = _command(commands, "export", "write the workflows of a server as files", "stepweave export workflows/")
    remote_parser.add_export(export, _add_home)
    importing = _command(commands, "import", "bring workflows in files to a server", "stepweave import workflows/")
    remote_parser.add_import(importing, _add_home)


def _add_doctor(commands: Commands) -> None:
    doctor = _command(
        commands,
        "doctor",
        "examine a deployed stack and say what to do",
        "stepweave doctor --stack stepweave",
    )
    doctor.add_argument(
        "--stack", metavar="NAME", required=True, help="a CloudFormation stack, with your AWS credentials"
    )
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON, and nothing else")


def _add_logs(commands: Commands) -> None:
    from stepweave.local.logs_parser import add_logs

    logs = _command(commands, "logs", "show what the log says of a run", "stepweave logs run_01KA... --stack stepweave")
    add_logs(logs, _add_home, _lasting(MAX_SECONDS))


def _add_demo(commands: Commands) -> None:
    _command(commands, "demo", "run a workflow on a stack of its own, and show what happens", "stepweave demo")


def _command(commands: Commands, name: str, does: str, example: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=does,
        description=f"{does[0].upper()}{does[1:]}.",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(module=f"{name}_command")
    return parser


def _add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--home",
        type=_folder,
        default=os.environ.get("STEPWEAVE_HOME") or ".stepweave",
        help="data folder; default: $STEPWEAVE_HOME, else .stepweave",
    )


def _port(text: str) -> int:
    """argparse puts defaults that are text through it too, so that what $PORT holds is checked."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"'{text}' is no port; a number is needed, for example 8001")
    return int(text)


def _lasting(most: float) -> Callable[[str], float]:
    """The type of an option that is a duration."""

    def seconds(text: str) -> float:
        try:
            found = seconds_of(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
        if found > most:
            raise argparse.ArgumentTypeError(f"'{text}' is more than {most / 86_400:g} days")
        return found

    return seconds


def _folder(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no folder: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
