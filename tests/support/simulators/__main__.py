# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.support.simulators FOLDER``: the single clusters of the example inventory, until it is ended.

Writes ``FOLDER/simulators.json`` when everything answers: process ID, DingTalk's addresses and CA file; kubeconfigs are
``FOLDER/NAME/kubeconfig``. For molecule, whose scenario starts and ends it.
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

#: Ends by itself after so many seconds, should nobody end it.
LONGEST_LIFE = 1800


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.simulators", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    stop = {signal.SIGTERM, signal.SIGINT, signal.SIGALRM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    signal.alarm(LONGEST_LIFE)
    single = {name: desired for name, desired in CLUSTERS.items() if desired.role == "none"}
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
