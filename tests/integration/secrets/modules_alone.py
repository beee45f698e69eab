# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run modules without Ansible, each with its options on stdin: one process of a core for all of them.

Reads ``[{module, options}]`` from stdin, and writes the output of each as a list.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import sys
from typing import Any

from ansible.module_utils import basic


def run(module: str, options: dict[str, Any]) -> dict[str, str]:
    """Return what a module prints to stdout and to stderr."""
    given = {
        **options,
        "_ansible_check_mode": False,
        "_ansible_diff": True,
        "_ansible_remote_tmp": "/tmp",
        "_ansible_keep_remote_files": False,
    }
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    stdout, stderr = io.StringIO(), io.StringIO()
    logging.root.handlers.clear()  # one of an earlier module would write to that module's stderr
    main = importlib.import_module(f"ansible_collections.kubesphere.dingtalk.plugins.modules.{module}").main
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr), contextlib.suppress(SystemExit):
        main()
    return {"stdout": stdout.getvalue(), "stderr": stderr.getvalue()}


if __name__ == "__main__":
    json.dump([run(**case) for case in json.load(sys.stdin)], sys.stdout)
