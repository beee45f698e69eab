# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test data of Alertmanager, of Prometheus and of Go, read from Go's module cache and from the toolchain."""

from __future__ import annotations

import ast
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.support.realparts.catalog import AMTOOLS, Part
from tests.support.realparts.toolchain import run_go

_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`')


def module_folder(version: str) -> Path:
    """Return the folder of a version of Alertmanager, downloaded if missing. Raises PartsMissing."""
    return _downloaded(f"{AMTOOLS[version].module}@v{version}", "Dir")


def required_folder(part: Part, module: str) -> Path:
    """Return the folder of a module in the version that a part requires, downloaded if missing. Raises PartsMissing."""
    go_mod = _downloaded(f"{part.module}@v{part.version}", "GoMod").read_text(encoding="utf-8")
    [version] = re.findall(rf"^\s*(?:require )?{re.escape(module)} (\S+)", go_mod, re.MULTILINE)
    return _downloaded(f"{module}@{version}", "Dir")


def _downloaded(module: str, field: str) -> Path:
    with tempfile.TemporaryDirectory() as folder:
        missing = f"the Go module {module} cannot be fetched"
        return Path(json.loads(run_go(Path(folder), "mod", "download", "-json", module, missing=missing))[field])


def configurations() -> dict[str, str]:
    """Return the YAML files of the tests and examples of all versions, by version and path; equal ones once."""
    found: dict[str, str] = {}
    for version in AMTOOLS:
        folder = module_folder(version)
        for path in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
            text = path.read_text(encoding="utf-8")
            if text not in found.values() and not path.relative_to(folder).parts[0].startswith("."):
                found[f"{version} {path.relative_to(folder)}"] = text
    return found


def matcher_texts() -> list[str]:
    """Return the texts in the tests of Alertmanager's matchers."""
    folders = [module_folder(version) for version in AMTOOLS]
    parts = ("pkg/labels", "matchers", "matcher", "config", "cli")
    return literals([path for folder in folders for part in parts for path in (folder / part).rglob("*_test.go")])


def go_texts(package: str) -> list[str]:
    """Return the texts in the tests of a package of Go's standard library, such as ``net/url``."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(run_go(Path(folder), "env", "GOROOT").strip()) / "src" / package
    return literals([*root.rglob("*_test.go"), *root.rglob("re2-search.txt")])


def literals(paths: Sequence[Path]) -> list[str]:
    """Return the texts that are literals in Go files, longer ones left out."""
    texts = (text for path in paths for text in _unquoted(path.read_text(encoding="utf-8", errors="replace")))
    return sorted({text for text in texts if len(text) < 1000})


def _unquoted(source: str) -> Iterator[str]:
    for literal in _LITERAL.findall(source):
        if literal.startswith("`"):
            yield literal[1:-1]
            continue
        try:
            text = ast.literal_eval(literal)
            text.encode()
        except (SyntaxError, ValueError):  # an escape that Python does not have, or no text
            continue
        yield text
