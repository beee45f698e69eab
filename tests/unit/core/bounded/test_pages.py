# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The title of a web page is one readable line, whatever its encoding."""

from __future__ import annotations

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.bounded.pages import page_title
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.printable import printable
from tests.support.pages import OTHERS, PAGES, SECRET


@pytest.mark.parametrize("name", PAGES)
def test_the_title_is_one_readable_line(name: str) -> None:
    body, title = PAGES[name]
    found = page_title(body)
    assert found == title.replace("{SECRET}", SECRET)
    assert printable(found) == found


@pytest.mark.parametrize("body", OTHERS)
def test_other_bodies_are_not_pages(body: bytes) -> None:
    assert page_title(body) is None
