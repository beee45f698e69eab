# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""amtool of one version: validation of configurations and dispatch of alerts."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

#: The output for one file, truncated if a panic ends the process.
_CHECKED = re.compile(r"^Checking '[^']+'(.*?)(?=^Checking '|\Z)", re.MULTILINE | re.DOTALL)


class Amtool:
    """The program and a folder for the configurations."""

    def __init__(self, program: Path, version: str, folder: Path) -> None:
        self.version = version
        self.program = program
        self._folder = folder

    def accepts(self, texts: Sequence[str]) -> list[bool]:
        """Return whether each configuration is valid.

        One process checks many. A configuration that ends it with a panic is invalid; another process checks the rest.
        """
        paths = [self._write(f"{number}.yaml", text) for number, text in enumerate(texts)]
        verdicts: list[bool] = []
        while len(verdicts) < len(paths):
            outputs = _CHECKED.findall(self._run("check-config", *paths[len(verdicts) :]))
            verdicts += ["SUCCESS" in output and "FAILED" not in output for output in outputs]
            if not outputs:
                raise RuntimeError(f"amtool {self.version}: no output")
        return verdicts

    def receivers(self, text: str, labels: Mapping[str, str]) -> list[str]:
        """Return the names of the receivers of an alert with these labels."""
        pairs = [f"{name}={value}" for name, value in labels.items()]
        path = self._write("routes.yaml", text)
        return self._run("config", "routes", "test", f"--config.file={path}", *pairs).strip().split(",")

    def _write(self, name: str, text: str) -> str:
        (self._folder / name).write_text(text, encoding="utf-8")
        return str(self._folder / name)

    def _run(self, *arguments: str) -> str:
        return subprocess.run([self.program, *arguments], capture_output=True, text=True, check=False).stdout
