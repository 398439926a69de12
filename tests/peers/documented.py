"""Runs commands that AWS's documentation shows: the examples of the AWS CLI, which its package brings along."""

import shlex

from clients import AwsCli
from emulator import ROOT

EXAMPLES = ".venv/emulator/lib/python*/site-packages/awscli/examples"


class Documented:
    """The first command of each example of a service, with the values of options that name something of this account."""

    def __init__(self, client: AwsCli, service: str, values: dict[str, str]):
        self.client, self.service, self.values = client, service, values
        self.folder = next(ROOT.glob(EXAMPLES)) / service

    def run(self, name: str, *added: str, **more: str) -> dict:
        """What the command answers, with what is added; `more` has the values of options of this command only."""
        values = self.values | {f"--{option.replace('_', '-')}": value for option, value in more.items()}
        words, replaced = [], False
        for word in self.words(name):
            if word.startswith("--"):
                words += [word, values[word]] if word in values else [word]
                replaced = word in values
            elif not replaced:
                words.append(word)
        return self.client.run(*words, *added)

    def words(self, name: str) -> list[str]:
        """The command without the program; it ends with a line that is blank. Not every line is continued with a backslash."""
        lines = iter((self.folder / f"{name}.rst").read_text(encoding="utf-8").splitlines())
        first = next(line for line in lines if line.strip().startswith(f"aws {self.service} {name}"))
        command = [first]
        for line in lines:
            if not line.strip():
                break
            command.append(line)
        return shlex.split(" ".join(line.strip().removesuffix("\\") for line in command))[1:]
