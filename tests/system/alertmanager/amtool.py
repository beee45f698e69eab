# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""amtool of one version: what it says of configurations, and where their routes lead."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

#: What is said of one file; it ends in the middle where a panic ends the process.
_CHECKED = re.compile(r"^Checking '[^']+'(.*?)(?=^Checking '|\Z)", re.MULTILINE | re.DOTALL)


class Amtool:
    """``folder`` takes the configurations."""

    def __init__(self, program: Path, version: str, folder: Path) -> None:
        self.version = version
        self._program = program
        self._folder = folder

    def accepts(self, texts: Sequence[str]) -> list[bool]:
        """Say of each configuration whether it is valid.

        One process checks many. Some faults end it with a panic: those are faults too, and the rest is checked anew.
        """
        paths = [self._write(f"{number}.yaml", text) for number, text in enumerate(texts)]
        verdicts: list[bool] = []
        while len(verdicts) < len(paths):
            message = _CHECKED.findall(self._run("check-config", *paths[len(verdicts) :]))
            verdicts += ["SUCCESS" in words and "FAILED" not in words for words in message]
            if not message:
                raise RuntimeError(f"amtool {self.version} checked nothing")
        return verdicts

    def receivers(self, text: str, labels: Mapping[str, str]) -> list[str]:
        """The names of the receivers that an alert with these labels goes to."""
        pairs = [f"{name}={value}" for name, value in labels.items()]
        path = self._write("routes.yaml", text)
        return self._run("config", "routes", "test", f"--config.file={path}", *pairs).strip().split(",")

    def _write(self, name: str, text: str) -> str:
        (self._folder / name).write_text(text, encoding="utf-8")
        return str(self._folder / name)

    def _run(self, *arguments: str) -> str:
        return subprocess.run([self._program, *arguments], capture_output=True, text=True, check=False).stdout
