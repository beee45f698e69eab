# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets in options, on every level and under every name, and options without them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.secrets.options import (
    check_secrets,
    find_secrets,
    hide_secrets,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._operations import chat, cluster_config
from tests.support.input_errors import errors_of

SECRET = "pl4nted-Secret"
URL = f"https://me:{SECRET}@one:6443"
CLUSTER, CHAT = cluster_config.OPERATION.spec, chat.OPERATION.spec


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": SECRET},
        {"api_key": [SECRET]},
        {"host": URL},
        {"proxy": URL},
        {"proxy": f"http://me:123#{SECRET}@one:3128"},
        {"kubeconfig": {"clusters": [{"cluster": {"proxy-url": f"http://me:123/{SECRET}@one:3128"}}]}},
        {"key_file": f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n"},
        {"kubeconfig": {"users": [{"user": {"token": SECRET}}]}},
        {"api_kye_token": SECRET},
        {"unknown": URL},
    ],
)
def test_secrets_are_found_and_hidden(options: dict[str, Any]) -> None:
    assert any(SECRET in text for text in find_secrets(CLUSTER, options))
    assert SECRET not in str(hide_secrets(CLUSTER, options))


@pytest.mark.parametrize("name", ["host", "proxy"])
def test_kinds_of_suboptions_are_known_by_their_path(name: str) -> None:
    options = {"registry": {name: URL}}
    assert SECRET in list(find_secrets(CHAT, options))
    assert SECRET not in str(hide_secrets(CHAT, options))
    assert bool(errors_of(check_secrets, CHAT, options)) is (name == "host")


def test_a_suboption_of_the_same_name_is_another_option() -> None:
    inner = {"type": "dict", "options": {"host": {"type": "str"}}}
    spec = CLUSTER.merge(ArgumentSpec(options={"more": inner}))
    options = {"more": {"host": "user@host-cluster"}}
    assert errors_of(check_secrets, spec, options) == []
    assert hide_secrets(spec, options) == options


def test_harmless_options_are_shown() -> None:
    options = {"kubeconfig": "~/.kube/config", "host": "https://one:6443", "state": "present", "validate_certs": True}
    assert list(find_secrets(CLUSTER, options)) == []
    assert hide_secrets(CLUSTER, options) == options
