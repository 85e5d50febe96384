"""Reads a JSON list of az commands, [{"where", "args"}], and answers with a list of
those that the Azure CLI's own parser refuses, each as "where: az …". What it says of
them goes to stderr. Nothing is run.
"""

import json
import sys

from azure.cli.core import get_default_cli
from knack.events import EVENT_INVOKER_PRE_CMD_TBL_CREATE

cli = get_default_cli()


def parse(args):
    cli.raise_event(EVENT_INVOKER_PRE_CMD_TBL_CREATE, args=args)
    cli.invocation = invocation = cli.invocation_cls(
        cli_ctx=cli, parser_cls=cli.parser_cls, commands_loader_cls=cli.commands_loader_cls, help_cls=cli.help_cls
    )
    loader = invocation.commands_loader
    loader.load_command_table(args)
    command = invocation.data["command_string"] = invocation._rudimentary_get_command(args)
    loader.load_arguments(command)
    invocation.parser.load_command_table(loader)
    invocation.parser.parse_args(args)


# What @ names is read before it is parsed.
def read(argument):
    return "{}" if argument.startswith("@") else argument


refused = []
for command in json.load(sys.stdin):
    try:
        parse([read(argument) for argument in command["args"]])
    except (SystemExit, Exception) as error:
        print(error, file=sys.stderr)
        refused.append(f'{command["where"]}: az {" ".join(command["args"])}')
print(json.dumps(refused))
