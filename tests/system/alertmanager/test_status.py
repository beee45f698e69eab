# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration that KubeSphere 4's Alertmanager reports as loaded, compared with the written one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager import config as alertmanager
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.item_kinds import field_paths
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.loaded import differing
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.field_paths import Path as FieldPath
from tests.support.realparts.alertmanager import alertmanager as running
from tests.support.realparts.build import program
from tests.support.realparts.catalog import ALERTMANAGER_VERSIONS, ALERTMANAGERS
from tests.support.testbed.fixtures import needing_real_parts
from tests.support.testbed.installer.extensions import chart_alertmanager_text
from tests.support.testbed.stand_ins.loaded_alertmanager import printed

Json = dict[str, Any]


def written() -> Json:
    """Return the chart's configuration with possible desired state, in no normalised form of Alertmanager's."""
    document: Json = yaml.safe_load(chart_alertmanager_text())
    document["global"] |= {"resolve_timeout": "300s", "smtp_auth_password": "secret", "smtp_smarthost": "mail:25"}
    document["global"] |= {"opsgenie_api_url": "https://ops.example.com/api", "opsgenie_api_key": "secret"}
    document["route"] |= {"repeat_interval": "90m", "group_by": ["..."]}
    critical: Json = {"match": {"severity": "critical"}, "match_re": {"team": "a|b"}, "receiver": "ops"}
    below = {"matchers": ["pod = web, node !~ x.*"], "group_wait": "0", "group_interval": "168h", "continue": True}
    document["route"]["routes"].insert(0, {**critical, "repeat_interval": "48h", "routes": [below]})
    email = {"to": "a@example.com", "from": "b@example.com", "headers": {"subject": "Alert"}}
    webhooks = [{"url": "http://ops.example.com", "max_alerts": 5, "send_resolved": False}, {"url_file": "address"}]
    document["receivers"].append({"name": "ops", "webhook_configs": webhooks, "email_configs": [email]})
    return document


@dataclass
class Alertmanager:
    """A running Alertmanager; ``file`` is its configuration, reloaded on request."""

    url: str
    file: Path

    def load(self, text: str) -> int:
        """Write and reload a configuration, and return the HTTP status."""
        self.file.write_text(text)
        return self._session().post(f"{self.url}/-/reload", timeout=10).status_code

    def original(self) -> Json:
        answer = self._session().get(f"{self.url}/api/v2/status", timeout=10).json()
        found: Json = yaml.safe_load(answer["config"]["original"])
        return found

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        return session


@pytest.fixture(scope="module", params=["4.1", "4.2"])
def started(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    version = ALERTMANAGER_VERSIONS[request.param]
    folder = tmp_path_factory.mktemp("alertmanager")
    with needing_real_parts():
        program(ALERTMANAGERS[version])
    with running(version, folder, chart_alertmanager_text()) as url:
        yield Alertmanager(url, folder / "alertmanager.yaml")


@pytest.fixture
def real(started: Alertmanager) -> Alertmanager:
    """Return an Alertmanager with the chart's configuration."""
    assert started.load(chart_alertmanager_text()) == 200
    return started


def paths(document: Json) -> list[FieldPath]:
    """Return the paths of all leaves and of the complete lists."""
    lists = map(field_paths.parse, ("/receivers", "/route/routes"))
    return [*(path for path, _value in field_paths.leaves(document, alertmanager.MERGE_KEYS)), *lists]


def test_loaded_configuration_equals_the_written_one(real: Alertmanager) -> None:
    document = written()
    assert len(paths(document)) > 30
    assert real.load(yaml.safe_dump(document)) == 200
    assert differing(document, real.original(), paths(document)) == []


def test_rejected_configuration_differs_from_the_loaded_one(real: Alertmanager) -> None:
    document = written()
    document["route"]["routes"][0]["receiver"] = "undefined"
    assert real.load(yaml.safe_dump(document)) == 500
    differs = {field_paths.render(path) for path in differing(document, real.original(), paths(document))}
    assert {"/route/repeat_interval", "/receivers/[name=ops]", "/receivers", "/route/routes"} <= differs
    assert "/route/receiver" not in differs


def test_every_value_that_is_not_loaded_is_detected(real: Alertmanager) -> None:
    document = written()
    assert real.load(yaml.safe_dump(document)) == 200
    original = real.original()
    route = document["route"]["routes"][0]
    for holder, name, value in (
        (document["global"], "resolve_timeout", "6m"),
        (document["global"], "opsgenie_api_url", "https://other.example.com/"),
        (document["route"], "repeat_interval", "91m"),
        (document["route"], "group_by", ["namespace"]),
        (route, "receiver", "prometheus"),
        (route, "repeat_interval", "47h"),
        (route, "match_re", {"team": "a|c"}),
        (route["routes"][0], "continue", False),
        (route["routes"][0], "group_wait", "1s"),
        (document["receivers"][-1]["webhook_configs"][0], "send_resolved", True),
        (document["receivers"][-1]["webhook_configs"][1], "url_file", "other"),
    ):
        before = copy.deepcopy(holder[name])
        holder[name] = value
        assert differing(document, original, paths(document)), (name, value)
        holder[name] = before


def test_simulator_prints_the_same_configuration(real: Alertmanager) -> None:
    for text in (chart_alertmanager_text(), yaml.safe_dump(plain())):
        assert real.load(text) == 200
        assert yaml.safe_load(printed(text)) == real.original()


def plain() -> Json:
    """Return the part of the configuration that the simulator supports."""
    document = written()
    document["global"] = {"resolve_timeout": "5m"}
    document["receivers"][-1].pop("email_configs")
    return document
