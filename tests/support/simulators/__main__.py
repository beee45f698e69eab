# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.support.simulators FOLDER`` runs DingTalk and the example inventory's stand-alone clusters.

When all servers are ready, it writes ``FOLDER/simulators.json`` with its process ID and DingTalk's URLs and CA file.
Kubeconfigs are ``FOLDER/NAME/kubeconfig``. The Molecule scenario starts and stops it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
from pathlib import Path

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubesphere import controllers
from tests.support.simulators.world import CLUSTERS, populate
from tests.support.testbed import clusters

#: The process ends after this number of seconds if it is not stopped before.
MAX_SECONDS = 1800


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.simulators", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    stop = {signal.SIGTERM, signal.SIGINT, signal.SIGALRM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    signal.alarm(MAX_SECONDS)
    single = {name: spec for name, spec in CLUSTERS.items() if spec.role == "none"}
    with DingTalk(folder) as dingtalk, clusters(single, folder) as fleet, controllers(fleet.values()):
        populate(dingtalk)
        ready = {
            "pid": os.getpid(),
            "dingtalk_api_url": dingtalk.api_url,
            "dingtalk_legacy_api_url": dingtalk.legacy_api_url,
            "dingtalk_ca_path": str(dingtalk.ca_file),
        }
        (folder / "simulators.json.new").write_text(json.dumps(ready))
        (folder / "simulators.json.new").rename(folder / "simulators.json")
        signal.sigwait(stop)


if __name__ == "__main__":
    main()
