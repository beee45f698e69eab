# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web page in place of an API server's answer: the error says who probably answered, for each status and verb."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.errors import (
    REPEATED,
    ClusterError,
    refusal,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.api import KubeSphereApi
from tests.support.closing_lines import closing_lines
from tests.support.pages import PAGES, SECRET, STATUSES
from tests.unit.kubernetes.test_answers import METADATA, PATH, Server

#: Those after which the library repeats a request or follows it elsewhere.
ON_THE_WIRE = [status for status in STATUSES if status not in (*REPEATED, 301, 302)]
UNKNOWN = "It is unknown whether the write was done"


def check(error: ClusterError, name: str, status: int, is_write: bool) -> None:
    title = PAGES[name][1].replace("{SECRET}", "********")
    titled = f" with the title {title!r}" if title else ""
    assert f"the answer (HTTP status {status}) is a web page{titled}, so probably a proxy" in error.message
    assert SECRET not in error.message
    assert (UNKNOWN in error.message) is is_write
    assert error.status == (status if status in REPEATED else 0)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_not_a_refusal_of_the_cluster(name: str) -> None:
    for status in (status for status in STATUSES if status >= 400):
        for verb in ("get", "post", "put", "delete"):
            check(refusal(verb, PATH, status, PAGES[name][0], Secrets([SECRET])), name, status, verb != "get")
            closing_lines.count("web pages instead of an answer", f"{name} {status} {verb}")


@pytest.mark.parametrize("verb", ["get", "put"])
@pytest.mark.parametrize("status", ON_THE_WIRE)
def test_a_page_of_kube_apiserver_s_address(status: int, verb: str) -> None:
    name = "login in Chinese, GBK"
    with Server() as server:
        server.status, server.body, server.headers = status, PAGES[name][0], {"Content-Type": "text/html"}
        with pytest.raises(ClusterError, match="not one of a Kubernetes API") as caught:
            server.cluster().request(verb, PATH, body={"metadata": METADATA})
    check(caught.value, name, status, verb != "get")
    assert "Check host, kubeconfig and the proxies" in caught.value.message


@pytest.mark.parametrize("verb", ["get", "put"])
@pytest.mark.parametrize("status", ON_THE_WIRE)
def test_a_page_of_the_address_of_kubesphere_s_api(status: int, verb: str) -> None:
    name = "a secret in the title"
    with Server() as server:
        server.status, server.body = status, PAGES[name][0]
        api = KubeSphereApi(None, {"api_url": server.url, "api_token": "t"}, Secrets([SECRET]))  # type: ignore[arg-type]
        with pytest.raises(ClusterError) as caught:
            api.request(verb, PATH, {})
    check(caught.value, name, status, verb != "get")
    assert f"Check that kubesphere_api_url ({server.url}) is the URL of ks-apiserver" in caught.value.message
