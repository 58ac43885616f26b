"""GitHub's runner, as far as an action's shell steps can tell: variables, files, expressions, shells."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

CHECKOUT = Path(__file__).parents[2]


def read_yaml(text: str) -> Any:
    """YAML 1.2, in which ``on`` is a key like any other."""
    return YAML(typ="safe").load(text)


ACTION: dict[str, Any] = read_yaml((CHECKOUT / "action.yml").read_text())


@dataclass
class Step:
    """What a step left behind."""

    code: int
    log: str
    outputs: dict[str, str]


@dataclass
class Job:
    """A job on a runner of its own, in ``folder``."""

    folder: Path
    inputs: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bin, self.workspace, self.temp = (self.folder / name for name in ("bin", "work", "temp"))
        for place in (self.bin, self.workspace, self.temp, self.folder / "home"):
            place.mkdir(parents=True)
        known = {name: str(given.get("default", "")) for name, given in ACTION["inputs"].items()}
        assert self.inputs.keys() <= known.keys()
        self.inputs = known | self.inputs

    def stub(self, name: str, script: str) -> None:
        """A program in front of all others."""
        path = self.bin / name
        path.write_text(f"#!/usr/bin/env bash\n{script}\n")
        path.chmod(0o755)

    def value(self, text: str) -> str:
        """``text`` with its expressions evaluated; those that an action's ``env`` has."""
        return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda found: self._expression(found[1]), text)

    def _expression(self, name: str) -> str:
        match name.split("."):
            case ["inputs", key]:
                return self.inputs[key]
            case ["steps", step, "outputs", key]:
                return self.steps.get(step, {}).get(key, "")
            case ["github", "action_path"]:
                return str(CHECKOUT)
            case ["runner", "temp"]:
                return str(self.temp)
        raise AssertionError(f"no such expression: {name}")

    def run(self, name: str) -> Step:
        """The step of that name, as ``shell: bash`` runs it."""
        (step,) = [each for each in ACTION["runs"]["steps"] if each["name"] == name]
        assert step["shell"] == "bash"
        script, output = self.folder / "step.sh", self.folder / "output"
        script.write_text(step["run"])
        output.write_text("")
        given = {key: self.value(value) for key, value in step.get("env", {}).items()}
        own = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_REPOSITORY": "course/worksheet5-anna",
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_TEMP": str(self.temp),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace,
            env=own | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        outputs = dict(
            line.split("=", 1) for line in output.read_text().splitlines() if re.match(r"[\w-]+=", line)
        )
        if "id" in step:
            self.steps[step["id"]] = outputs
        return Step(done.returncode, done.stdout, outputs)
