# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that ansible-core cannot convert are errors before it tries."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import Errors
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.validation import validated

SPEC = ArgumentSpec(options={"seconds": {"type": "int"}})


@pytest.mark.parametrize("value", ["INF", "-inf", "Infinity", "1e999999999", "9e400", float("inf")])
def test_a_number_without_an_end_is_an_error(value: Any) -> None:
    errors = Errors()
    assert validated(errors.at("options"), SPEC, {"seconds": value}) is None
    assert list(errors) == ["options: seconds: expected a number of at most 400 digits"]


@pytest.mark.parametrize("value", ["12", 12, "1e3", "1e399"])
def test_other_numbers_are_converted(value: Any) -> None:
    errors = Errors()
    converted = validated(errors, SPEC, {"seconds": value})
    assert list(errors) == []
    assert converted == {"seconds": int(float(value)) if value != "1e399" else 10**399}


@pytest.mark.parametrize("value", ["nan", "x", "1.5"])
def test_other_texts_are_no_numbers(value: str) -> None:
    errors = Errors()
    assert validated(errors, SPEC, {"seconds": value}) is None
    assert len(list(errors)) == 1
