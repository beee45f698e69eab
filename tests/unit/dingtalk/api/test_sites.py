# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DingTalk's two sites by the host of a URL, and base URLs of both."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.api.sites import (
    CHINA,
    INTERNATIONAL,
    check_sites,
    site_of,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations.user_info import OPERATION
from tests.support.fixtures.dingtalk import Run
from tests.support.input_errors import errors_of
from tests.support.simulators.dingtalk import DingTalk


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://api.dingtalk.com", CHINA),
        ("https://OAPI.dingtalk.com.:443/", CHINA),
        ("https://api.dingtalk.io", INTERNATIONAL),
        ("https://oapi.dingtalk.io/robot/send?access_token=a", INTERNATIONAL),
        ("https://127.0.0.1:8443", None),
        ("https://dingtalk.io.example.com", None),
        ("https://notdingtalk.io", None),
        ("https://[", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_the_host_of_a_url_decides_on_the_site(url: Any, site: Any) -> None:
    assert site_of(url) is site


@pytest.mark.parametrize(
    ("api_url", "legacy_api_url", "valid"),
    [
        ("https://api.dingtalk.io", "https://oapi.dingtalk.io", True),
        ("https://api.dingtalk.io", None, False),
        (None, "https://oapi.dingtalk.io", False),
        ("https://api.dingtalk.io", "https://proxy.example", True),
        (None, None, True),
    ],
)
def test_base_urls_of_both_sites_are_invalid(api_url: Any, legacy_api_url: Any, valid: bool) -> None:
    errors = errors_of(check_sites, "dingtalk_", api_url, legacy_api_url)
    assert len(errors) == (not valid)
    assert "".join(errors).startswith("" if valid else "dingtalk_api_url and dingtalk_legacy_api_url: ")


@pytest.mark.parametrize(
    "url",
    ["http://[", "https://host:99999", "api.dingtalk.com", "https://", "ftp://api.dingtalk.com", 7, ["https://x"]],
)
def test_a_base_url_that_is_no_url_is_refused(url: Any) -> None:
    for urls in ((url, None), (None, url)):
        [error] = errors_of(check_sites, "dingtalk_", *urls)
        assert error.startswith(f"dingtalk_{'api_url' if urls[0] else 'legacy_api_url'}: ")
        assert "URL" in error


def test_a_module_refuses_them_before_a_call(run: Run, server: DingTalk) -> None:
    urls: dict[str, Any] = {"api_url": "https://api.dingtalk.io", "legacy_api_url": "https://oapi.dingtalk.com"}
    result = run(OPERATION, people=[{"userid": "user-1"}], **urls)
    assert "- api_url and legacy_api_url: one is of dingtalk.io" in result["msg"]
    assert server.calls == []
