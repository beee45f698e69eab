# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfigs that several threads load at the same moment, as when all clusters are looked at."""

from __future__ import annotations

import base64
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from kubernetes.config import kube_config

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._cluster.access import configuration
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets


def test_a_ca_that_two_of_them_hold_is_whole_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    ca = f"a certificate {uuid.uuid4()}"
    encoded = base64.b64encode(ca.encode()).decode()
    kubeconfig = {
        "clusters": [{"name": "one", "cluster": {"server": "https://one", "certificate-authority-data": encoded}}],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "me"}}],
        "users": [{"name": "me", "user": {}}],
        "current-context": "one",
    }
    other_has_read = Event()

    def slow_open(*arguments: Any) -> Any:
        """The file has a name, and nothing in it for as long as the other thread may take."""
        other_has_read.wait(0.5)
        return open(*arguments)

    def load(_number: int) -> str:
        path = Path(configuration({"kubeconfig": kubeconfig}, Secrets()).ssl_ca_cert)
        content = path.read_text()
        other_has_read.set()
        return content

    monkeypatch.setattr(kube_config, "open", slow_open, raising=False)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(load, range(2))) == [ca, ca]
