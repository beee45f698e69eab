# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.support.realparts build [PART ...]`` builds parts and prints progress; ``list`` lists all parts."""

from __future__ import annotations

import argparse
import sys

from tests.support.realparts.build import cache_folder, program
from tests.support.realparts.catalog import PARTS
from tests.support.realparts.toolchain import BuildFailed, PartsMissing


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.realparts", description=__doc__)
    parser.add_argument("command", choices=["build", "list"])
    parser.add_argument("part", nargs="*", help="defaults to all: " + ", ".join(PARTS))
    arguments = parser.parse_args()
    unknown = set(arguments.part) - set(PARTS)
    if unknown:
        parser.error(f"unknown part: {', '.join(sorted(unknown))}")
    names = arguments.part or list(PARTS)
    return _list(names) if arguments.command == "list" else _build(names)


def _list(names: list[str]) -> int:
    for name in names:
        target = cache_folder() / PARTS[name].file_name
        print(f"{name} {PARTS[name].version}: {target if target.exists() else 'not built'}")
    return 0


def _build(names: list[str]) -> int:
    try:
        for name in names:
            print(program(PARTS[name], log=lambda line: print(line, file=sys.stderr, flush=True)))
    except (PartsMissing, BuildFailed) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
