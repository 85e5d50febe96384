"""Reads a JSON list of PowerShell scripts, [{"where", "line", "text"}], and answers
{"mistakes": ["where:line: …"], "az": [{"where", "args"}]}: what no parser understands,
and the arguments of every az command, with a date for what only a run would know.
"""

import json
import sys

import tree_sitter
import tree_sitter_powershell

UNKNOWN = "2030-01-01T00:00:00Z"

parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))


def nodes(node):
    yield node
    for child in node.children:
        yield from nodes(child)


def value(node):
    text = node.text.decode()
    if text[:1] in "'\"" and text[-1:] == text[:1]:
        text = text[1:-1]
    return UNKNOWN if text[:1] in ("$", "(") else text


def arguments(command):
    found = []
    for element in command.children[1:]:
        for part in element.children if element.type == "command_elements" else [element]:
            if part.type not in ("command_argument_sep", "comment"):
                found.append(value(part))
    return found


mistakes, az = [], []
for script in json.load(sys.stdin):
    for node in nodes(parser.parse(script["text"].encode()).root_node):
        line = script["line"] + node.start_point[0]
        where = f'{script["where"]}:{line}'
        if node.type == "ERROR" or node.is_missing:
            mistakes.append(f"{where}: {node.text.decode()[:80]!r} is not understood")
        if node.type == "command" and node.children[0].text == b"az":
            az.append({"where": where, "args": arguments(node)})
print(json.dumps({"mistakes": mistakes, "az": az}))
