# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running Alertmanager without peers, on loopback, with all its files in its own folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.realparts.build import program
from tests.support.realparts.catalog import ALERTMANAGERS
from tests.support.realparts.processes import Program
from tests.support.realparts.serving import serving


@contextmanager
def alertmanager(version: str, folder: Path, configuration: str) -> Iterator[str]:
    """Run Alertmanager and yield its base URL.

    Raises PartsMissing, BuildFailed, or ProgramEnded, for example for an invalid configuration.
    """
    binary = program(ALERTMANAGERS[version])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alertmanager.yaml").touch(mode=0o600)
    (folder / "alertmanager.yaml").write_text(configuration, encoding="utf-8")
    with serving(lambda address: _command(binary, folder, address), "/-/ready") as url:
        yield url


def _command(binary: Path, folder: Path, address: str) -> Program:
    options = {
        "config.file": folder / "alertmanager.yaml",
        "storage.path": folder / "data",
        "web.listen-address": address,
        "cluster.listen-address": "",
    }
    return Program(
        [str(binary), *(f"--{name}={value}" for name, value in options.items())], folder / "alertmanager.log"
    )
