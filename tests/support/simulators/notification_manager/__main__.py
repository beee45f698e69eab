# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulation as a program with the options and the environment of notification-manager, to take its place."""

from __future__ import annotations

import argparse
import base64
import os
import signal
import tempfile
from pathlib import Path

import yaml

from tests.support.simulators.notification_manager.cluster import ClusterAccess
from tests.support.simulators.notification_manager.manager import NotificationManager
from tests.support.simulators.notification_manager.server import Server

#: Fixed in notification-manager.
DINGTALK = "https://oapi.dingtalk.com"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--webhook.address", dest="address", required=True)
    port = int(parser.parse_args().address.rpartition(":")[2])
    kubeconfig = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
    cluster = kubeconfig["clusters"][0]["cluster"]
    with tempfile.NamedTemporaryFile() as ca_file:
        ca_file.write(base64.b64decode(cluster["certificate-authority-data"]))
        ca_file.flush()
        token = kubeconfig["users"][0]["user"]["token"]
        access = ClusterAccess(cluster["server"], ca_file.name, token, "3.4", os.environ["NAMESPACE"])
        trusted, proxy = os.environ["SSL_CERT_FILE"], os.environ["HTTPS_PROXY"]
        with Server(NotificationManager(access, DINGTALK, trusted, proxy_url=proxy), port):
            signal.pause()


if __name__ == "__main__":
    main()
