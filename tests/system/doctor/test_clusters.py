# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor names what one change to a working cluster broke, first, and nothing in a working one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from tests.support.closing_lines import closing_lines
from tests.support.inprocess import examine
from tests.support.plays.environment import APP_KEY, APP_SECRET, simulator
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubernetes.recording import RecordedRequest
from tests.support.simulators.kubernetes.statuses import Refusal
from tests.support.simulators.kubesphere.api import LICENCE_3, LICENCES, KubeSphereApi
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.fleet import clusters
from tests.support.testbed.stand_ins.monitoring import Monitoring
from tests.system.delivery.site import Site
from tests.system.delivery.states import ALL, WITH_EXTENSIONS, document
from tests.system.doctor.setups import READER, SETUPS, USER, Setup, ShiftedClock, licence_3, licences, logged, violation

CELLS = [(name, release) for name, setup in SETUPS.items() for release in setup.releases]


class Examined(Site):
    """Working clusters whose monitoring and KubeSphere's own APIs answer."""

    def __init__(self, dingtalk: DingTalk, fleet: dict[str, Cluster], apis: dict[str, KubeSphereApi]) -> None:
        super().__init__(dingtalk, fleet)
        self.apis = apis
        self.monitoring = {}
        for release, cluster in fleet.items():
            self.restore(release)
            self.monitoring[release] = Monitoring(cluster)
            self.keep(release)

    def broken(self, setup: Setup, release: str) -> Cluster:
        """Return the cluster after the change of a set-up."""
        cluster = self.restore(release)
        self.monitoring[release].reset()
        setup.change(cluster)
        setup.monitoring(self.monitoring[release])
        self.apis[release].answers = dict(setup.answers)
        self.roll_out(release)
        return cluster

    def examine(self, setup: Setup, release: str) -> dict[str, Any]:
        enabled = {"alerting_enabled": True} if release in WITH_EXTENSIONS else {}
        account = self.fleet[release]
        if setup.rules is not None:
            account = account.limited(list(map(dict, setup.rules)))
        self.fleet[release].reset_requests()
        options = {"kubeconfig": str(account.kubeconfig), **setup.options}
        variables = {"inventory_hostname": "one", **self.variables, **enabled, **setup.variables}
        return examine(options, variables, ShiftedClock(setup.ahead), setup.hosts, setup.offset)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examined]:
    folder = tmp_path_factory.mktemp("doctor")
    (folder / "dingtalk").mkdir()
    with DingTalk(folder / "dingtalk") as dingtalk, clusters({name: name for name in ALL}, folder / "fleet") as fleet:
        dingtalk.add_user("13800000001", userid="user-1")
        dingtalk.add_app(APP_KEY, APP_SECRET)
        with ExitStack() as stack:
            apis = {
                name: stack.enter_context(KubeSphereApi(cluster, "operator", "", USER["api_token"], [name]))
                for name, cluster in fleet.items()
            }
            yield Examined(dingtalk, dict(fleet), apis)


def test_the_log_of_notification_manager_shows_no_secret(site: Examined) -> None:
    setup = Setup(
        monitoring=logged("Post https://oapi.dingtalk.com/robot/send?access_token=pl4nted: dial tcp: i/o timeout")
    )
    site.broken(setup, "3.4")
    result = site.examine(setup, "3.4")
    assert "KD702" in str(result["findings"])
    assert "pl4nted" not in str(result)


def test_what_a_run_would_change_is_unknown_to_an_account_that_may_only_read(site: Examined) -> None:
    setup = Setup(document(lambda content: content["route"].update(repeat_interval="1h")), rules=READER)
    site.broken(setup, "3.4")
    result = site.examine(setup, "3.4")
    assert [item for item in result["findings"] if item["level"] != "info"] == []
    [skipped] = [item["because"] for item in result["skipped_stages"] if item["stage"] == "cluster"]
    assert skipped.startswith("the account may not write")


@pytest.mark.parametrize("release", ["3.4", "4.2"])
def test_a_licence_is_described_in_plain_words_without_whom_it_is_for(release: str, site: Examined) -> None:
    violated = violation("Core count limit exceeded")
    setup = Setup(answers={**licences(None, violated), **licence_3(None, violated)}, options=USER)
    site.broken(setup, release)
    result = site.examine(setup, release)
    [found] = [item for item in result["findings"] if item["id"] == "KD330"]
    assert found["subject"] == "the licence of the platform"
    assert found["cause"] == "the platform has more CPU cores than it allows (130 of 128)"
    assert "Platform Settings > License (平台设置 > 许可证)" in found["cure"]
    assert "pl4nted" not in str(result)


@pytest.mark.parametrize("release", ["3.4", "4.2"])
@pytest.mark.parametrize(
    ("options", "answer", "because"),
    [
        ({"api_token": "another"}, None, "the licence of the platform cannot be read: Unauthorized"),
        (USER, (403, "no"), "the licence of the platform cannot be read: HTTP status 403"),
        (USER, None, ""),
        ({}, (403, "no"), ""),
    ],
)
def test_a_licence_that_cannot_be_read_is_skipped_with_the_reason(
    options: dict[str, Any], answer: tuple[int, Any] | None, because: str, release: str, site: Examined
) -> None:
    setup = Setup(options=options, answers={LICENCES: answer, LICENCE_3: answer} if answer else {})
    site.broken(setup, release)
    result = site.examine(setup, release)
    skipped = [item["because"] for item in result["skipped_stages"] if item["stage"] == "cluster"]
    assert skipped == ([because] if because else [])


def test_a_reason_that_matters_more_than_an_unread_licence_is_reported(site: Examined) -> None:
    change = document(lambda content: content["route"].update(repeat_interval="1h"))
    rules = (*READER, {"apiGroups": [""], "resources": ["services/proxy"], "verbs": ["get"]})
    setup = Setup(change, rules=rules, options=USER, answers={LICENCE_3: (403, "no")})
    site.broken(setup, "3.4")
    result = site.examine(setup, "3.4")
    assert ("GET", LICENCE_3) in site.apis["3.4"].requests
    [skipped] = [item["because"] for item in result["skipped_stages"] if item["stage"] == "cluster"]
    assert skipped.startswith("the account may not write")


def test_a_refused_dry_run_is_a_consequence_of_the_licence(site: Examined) -> None:
    answers = licence_3(None, violation("Time expired"))
    setup = Setup(document(lambda content: content["route"].update(repeat_interval="1h")), answers=answers)
    server = simulator(site.broken(setup, "3.4"))

    def refuse(_body: dict[str, Any]) -> dict[str, Any]:
        raise Refusal(403, 'admission webhook "validator.license.kubesphere.io" denied the request: read-only')

    server.mutate("", refuse)
    try:
        results = [site.examine(replace(setup, options=options), "3.4") for options in (USER, {})]
    finally:
        server.mutate("", lambda body: body)
    errors = [[item["id"] for item in result["findings"] if item["level"] == "error"] for result in results]
    assert errors == [["KD330"], ["KD306"]]


def test_kubespheres_api_is_asked_once_and_not_without_an_account(site: Examined) -> None:
    for release, path in (("3.4", LICENCE_3), ("4.2", LICENCES)):
        for options, asked in ((USER, [("GET", path)]), ({}, [])):
            setup = Setup(options=options)
            site.broken(setup, release)
            site.apis[release].requests.clear()
            site.examine(setup, release)
            assert [item for item in site.apis[release].requests if "license" in item[1]] == asked


def is_write(request: RecordedRequest) -> bool:
    return request.method != "GET" and not request.dry_run and "selfsubjectaccessreviews" not in request.path


@pytest.mark.parametrize(("name", "release"), CELLS, ids=[f"{name}-{release}" for name, release in CELLS])
def test_setup(name: str, release: str, site: Examined) -> None:
    setup = SETUPS[name]
    cluster = site.broken(setup, release)
    result = site.examine(setup, release)

    assert not result.get("failed"), result
    assert result["changed"] is False
    assert [item.path for item in cluster.requests() if is_write(item)] == []
    found = [item["id"] for item in result["findings"] if item["level"] != "info"]
    first = next((item["id"] for item in result["findings"] if item["level"] == "error"), next(iter(found), ""))
    assert first == setup.finding, result["findings"]
    assert set(setup.notes) <= {item["id"] for item in result["findings"]}, result["findings"]
    assert [item for item in result["findings"] if not item["cause"] or not item["cure"]] == []
    if setup.finding:
        closing_lines.count("broken set-ups", f"{name} {release}")
