# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web page in place of DingTalk's answer: the error says who probably answered, and the outcome is unknown."""

from __future__ import annotations

import inspect

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api import endpoints
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.endpoints import Endpoint
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.errors import (
    CHECK_FIRST,
    refusal,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.response import parse
from tests.support.closing_lines import closing_lines
from tests.support.pages import PAGES, SECRET, STATUSES

ENDPOINTS = [value for _name, value in inspect.getmembers(endpoints) if isinstance(value, Endpoint)]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_described_for_every_status_and_endpoint(name: str) -> None:
    body, title = PAGES[name]
    titled = f" with the title {title.replace('{SECRET}', SECRET)!r}" if title else ""
    for status in STATUSES:
        answer = parse(status, body.decode("utf-8", "surrogateescape"))
        for endpoint in ENDPOINTS:
            error = refusal(endpoint, answer)
            assert f"the answer (HTTP status {status}) is a web page{titled}, so probably a proxy" in error.message
            assert "and not DingTalk's API. Check the proxy (the option proxy, or HTTPS_PROXY)," in error.message
            assert error.outcome_unknown
            assert (CHECK_FIRST in error.message) is not endpoint.repeatable
            closing_lines.count("web pages instead of an answer", f"{name} {status} {endpoint}")
