# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of module_utils import downwards only, by relative imports, and no folder has too many files."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULE_UTILS = ROOT / "plugins" / "module_utils"
#: The lowest first, as in docs/development.md. Packages of packages come before the modules beside them.
LAYERS = (
    "_findings",
    "_core",
    "_report",
    "_yaml",
    "_kubernetes/access",
    "_kubernetes",
    "_alertmanager",
    "_apply",
    "_kubesphere",
    "_delivery",
    "_dingtalk/advice",
    "_dingtalk/state",
    "_dingtalk/api",
    "_dingtalk",
    "_dingtalk/registry",
    "_dingtalk/robots",
    "_dingtalk/chats",
    "_desired/policies",
    "_desired",
    "_fleet",
    "_verify",
    "_operations",
    "_doctor",
)
MAX_FILES = 16
#: Ansible looks for the plugins of these kinds in one folder only.
FLAT = ("plugins/action", "plugins/modules")


def layer(path: Path) -> str:
    """The package of a module, or of a package itself."""
    name = str(path.relative_to(MODULE_UTILS))
    return max((layer for layer in LAYERS if f"{name}/".startswith(f"{layer}/")), key=len)


def relative_imports(path: Path) -> Iterator[Path]:
    """The modules and packages that a module imports relatively."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            place = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            for name in node.names:
                yield place / name.name if (place / f"{name.name}.py").exists() else place


def test_imports_point_downwards() -> None:
    upwards = [
        f"{path.relative_to(ROOT)} -> {imported.relative_to(MODULE_UTILS)}"
        for path in MODULE_UTILS.rglob("*.py")
        for imported in relative_imports(path)
        if LAYERS.index(layer(imported)) > LAYERS.index(layer(path))
    ]
    assert upwards == []


def test_imports_within_module_utils_are_relative() -> None:
    absolute = [
        str(path.relative_to(ROOT))
        for path in MODULE_UTILS.rglob("*.py")
        if "from ansible_collections." in path.read_text(encoding="utf-8")
    ]
    assert absolute == []


def test_a_folder_has_few_files() -> None:
    files = [path for place in ("plugins", "tests") for path in (ROOT / place).rglob("*.*") if path.is_file()]
    sizes = Counter(str(path.parent.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts)
    assert [folder for folder, size in sizes.items() if size > MAX_FILES and folder not in FLAT] == []
