# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bare loop: the cost of reading the managed objects, without Ansible and without any processing.

Run as a process. Its input is ``{"threads": N, "clusters": [{"url", "ca_file", "token", "paths"}]}``, its output
``{"wall": SECONDS, "cpu": SECONDS}`` of the loop, without the start of Python and the import of urllib3.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import urllib3


def main() -> None:
    job = json.load(sys.stdin)
    started, cpu = time.perf_counter(), _cpu()
    with ThreadPoolExecutor(job["threads"]) as pool:
        list(pool.map(_read, job["clusters"]))
    print(json.dumps({"wall": time.perf_counter() - started, "cpu": _cpu() - cpu}))


def _read(cluster: dict[str, Any]) -> None:
    """Make a GET for each object, over one connection for the cluster."""
    where = urllib3.util.parse_url(cluster["url"])
    headers = {"Authorization": f"Bearer {cluster['token']}"}
    with urllib3.HTTPSConnectionPool(str(where.host), where.port, ca_certs=cluster["ca_file"]) as connection:
        for path in cluster["paths"]:
            answer = connection.request("GET", path, headers=headers)
            if answer.status != 200:
                raise RuntimeError(f"GET {path} returned {answer.status}")


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
