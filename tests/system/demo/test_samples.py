# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The READMEs show the summary of the first run with the example's inventory, as it is printed."""

from __future__ import annotations

import io
import re
import textwrap
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubesphere import controllers
from tests.support.simulators.kubesphere.api import KubeSphereApi
from tests.support.simulators.world import CLUSTERS, KUBESPHERE_PASSWORD, KUBESPHERE_USER, populate
from tests.support.testbed import clusters
from tests.system.demo.controller import Controller
from tests.system.demo.story import KUBESPHERE_4, VAULT

ROOT = Path(__file__).parents[3]
CHAT_ID = re.compile("chat[0-9a-f]{32}")
READMES = ("README.md", "README.zh-CN.md")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The output of the first run of the demo."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "dingtalk").mkdir()
    output = io.StringIO()
    with (
        DingTalk(folder / "dingtalk") as dingtalk,
        clusters(CLUSTERS, folder / "clusters", False) as fleet,
        KubeSphereApi(fleet["hangzhou"], KUBESPHERE_USER, KUBESPHERE_PASSWORD, "", list(KUBESPHERE_4.values())) as api,
    ):
        populate(dingtalk)
        with redirect_stdout(output), controllers(fleet.values(), seconds=2):
            Controller(folder / "controller", fleet, dingtalk, api, VAULT).play("site", expect_changed=set(CLUSTERS))
    return output.getvalue()


@pytest.mark.parametrize("readme", READMES)
def test_the_sample_is_the_summary_of_the_first_run(printed: str, readme: str) -> None:
    summary = printed.partition("TASK [Print a summary of the run]")[2].partition("\n")[2].partition("  ok:")[0]
    [sample] = re.findall("```text\n(7 clusters: .*?)```", (ROOT / readme).read_text(encoding="utf-8"), re.DOTALL)
    assert CHAT_ID.sub("chat...", sample) == CHAT_ID.sub("chat...", textwrap.dedent(summary))
