# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers for the requests and expectations of contract tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.testbed import ApiFailure

Json = dict[str, Any]


def refused(call: Callable[..., object], *arguments: Any, **options: Any) -> Json:
    """Return the Status with which the API server rejects a call; its code is the HTTP status."""
    with pytest.raises(ApiFailure) as caught:
        call(*arguments, **options)
    status = caught.value.body
    assert status.get("code", caught.value.status) == caught.value.status
    return status


def causes(status: Json) -> set[tuple[str, str, str]]:
    """Return field, reason and message of all causes, whose order is unspecified."""
    return {(cause["field"], cause["reason"], cause["message"]) for cause in status["details"]["causes"]}


def config_map(name: str, data: Json | None = None, **metadata: Any) -> Json:
    found = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}
    return {**found, "data": data} if data is not None else found


def secret(name: str, **more: Any) -> Json:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, **more}
