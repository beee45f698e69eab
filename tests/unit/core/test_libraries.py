# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A library that is too old is refused by name, before it fails in the middle of a task."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import OperationError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.libraries import require_version
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes import auth


@pytest.mark.parametrize("version", ["30.1.0", "12.0.1", "9", "30.0.0b1"])
def test_an_old_version_is_refused(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "VERSION", version)
    with pytest.raises(OperationError) as caught:
        auth.configuration({"host": "https://one"}, Secrets())
    expected = f"The Python library kubernetes {version} is too old; install kubernetes>=31 "
    assert caught.value.message.startswith(expected)


@pytest.mark.parametrize("version", ["31.0.0", "31.0.0b1", "37.0.2+snapshot", "100", "", "unknown"])
def test_other_versions_are_used(version: str) -> None:
    require_version("kubernetes", version, 31)
