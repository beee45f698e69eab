# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registry refuses corrupted content, preserves unknown content, and resolves lost answers with a read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry.entry import Intent, RegistryEntry
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.registry.registry import Registry
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.client import Cluster as Client
from tests.support.fixtures.chat_controller import Controller
from tests.support.simulators.dingtalk import DingTalk
from tests.support.simulators.kubernetes import Fault
from tests.support.testbed import Cluster

CONFIG_MAPS = "/api/v1/namespaces/kubesphere-system/configmaps"
CONFIG_MAP = f"{CONFIG_MAPS}/kubesphere-dingtalk"
API = "https://api.dingtalk.com"
INTENT = Intent("attempt-1", "a", 1.0, "Ops", "user-1")
CREATED = RegistryEntry(1, "Ops", "chat1", "cid1")


def open_registry(cluster: Cluster) -> Registry:
    return Registry(Client.connect({"kubeconfig": str(cluster.kubeconfig)}, Secrets()), API, "app")


@pytest.fixture
def registry(cluster: Cluster) -> Registry:
    return open_registry(cluster)


@pytest.fixture
def rival(cluster: Cluster) -> Registry:
    """The same registry as used by another controller."""
    return open_registry(cluster)


def content(cluster: Cluster) -> dict[str, Any]:
    entries: dict[str, Any] = yaml.safe_load(cluster.get(CONFIG_MAP)["data"]["chats"])
    return entries


@pytest.mark.parametrize(
    "text",
    [
        "}{",
        "[]",
        "",
        "{}",
        "version: 1",
        "chats: {}",
        "{version: 1, chats: {}}",
        "{version: 2, chats: []}",
        "{version: 2, chats: {api: []}}",
        "{version: 2, chats: {api: {app: []}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: []}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {chat_id: 7}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {generation: one}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {intent: 7}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {intent: {attempt: a}}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {other_chats: [{}]}}}}}",
        # present, and not a chat: never taken for none
        "{version: 2}",
        "{version: 2, chats: }",
        "{version: 2, chats: ''}",
        "{version: 2, chats: {URL: }}",
        "{version: 2, chats: {URL: {dingapp: }}}",
        "{version: 2, chats: {URL: {dingapp: {ops: }}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: ''}}}}",
        "{version: 2, chats: {URL: {dingapp: {1: {generation: 1}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {chat_id: ''}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {chat_id: }}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {chat_id: 'chat 1'}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {chat_id: chat1, open_conversation_id: ''}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {generation: 0}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {generation: true}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {generation: 1, intent: }}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {generation: 1, intent: {}}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {generation: 1, other_chats: }}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {generation: 1, other_chats: {}}}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: &a [*a, *a]}}}}",
        "{version: 2, a: &a [x, x], b: &b [*a, *a], c: &c [*b, *b], chats: {URL: {dingapp: {ops: *c}}}}",
        "{version: 2, chats: {URL: {dingapp: {ops: {chat_id: chat1}}}, URL/: {dingapp: {ops: {chat_id: chat2}}}}}",
    ],
)
def test_a_corrupted_registry_stops_the_run(
    controller: Callable[[str], Controller], dingtalk: DingTalk, cluster: Cluster, text: str
) -> None:
    data = {"chats": text.replace("URL/", f'"{dingtalk.api_url}/"').replace("URL", f'"{dingtalk.api_url}"')}
    metadata = {"name": "kubesphere-dingtalk", "namespace": "kubesphere-system"}
    cluster.post(CONFIG_MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    result = controller("a").run()
    assert result["failed"]
    assert "The chat registry (ConfigMap kubesphere-system/kubesphere-dingtalk, key chats)" in result["msg"]
    assert "corrupted, or not version 2 of its format" in result["msg"]
    assert dingtalk.chats() == []


def test_a_registry_in_binary_data_stops_the_run(
    controller: Callable[[str], Controller], dingtalk: DingTalk, cluster: Cluster
) -> None:
    metadata = {"name": "kubesphere-dingtalk", "namespace": "kubesphere-system"}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "binaryData": {"chats": "dmVyc2lvbjogMgo="}}
    cluster.post(CONFIG_MAPS, body)
    result = controller("a").run()
    assert "key chats) (in binaryData) is corrupted" in result["msg"]
    assert dingtalk.chats() == []


@pytest.mark.parametrize(
    "spelling",
    ["{url}/", "{url}//", "HTTPS://127.0.0.1:{port}", "https://localhost:{port}", "https://LocalHost:{port}/"],
)
@pytest.mark.parametrize("stored", [True, False])
def test_every_spelling_of_an_endpoint_finds_the_chat(
    controller: Callable[[str], Controller], dingtalk: DingTalk, cluster: Cluster, spelling: str, stored: bool
) -> None:
    other = spelling.format(url=dingtalk.api_url, port=dingtalk.api_url.rpartition(":")[2])
    assert not controller("a").run().get("failed")
    if stored:
        text = cluster.get(CONFIG_MAP)["data"]["chats"]
        cluster.patch(CONFIG_MAP, {"data": {"chats": text.replace(dingtalk.api_url, other)}})
    for name in ("a", "b"):
        result = controller(name).run(api_url=dingtalk.api_url if stored else other, name="Renamed")
        assert not result.get("failed"), result
    assert [chat.name for chat in dingtalk.chats()] == ["Renamed"]
    controller("a").run(key="second", name="Second")
    assert list(content(cluster)["chats"]) == [dingtalk.api_url]
    assert sorted(content(cluster)["chats"][dingtalk.api_url]["dingapp"]) == ["ops", "second"]


def test_unknown_content_is_preserved(registry: Registry, cluster: Cluster) -> None:
    registry.adopt("ops", CREATED)
    stored = content(cluster)
    stored["chats"][API]["app"]["ops"]["checked"] = {"time": 5}
    stored["later"] = "value"
    cluster.patch(CONFIG_MAP, {"data": {"chats": yaml.safe_dump(stored), "other": "value"}})
    open_registry(cluster).renew("ops", "chat1")
    assert cluster.get(CONFIG_MAP)["data"]["other"] == "value"
    assert content(cluster)["later"] == "value"
    assert content(cluster)["chats"][API]["app"]["ops"]["checked"] == {"time": 5}


@pytest.mark.parametrize("lost", [{"cut": "after"}, {"status": 500, "after": True}])
def test_a_claim_succeeds_although_its_answer_was_lost(
    registry: Registry, cluster: Cluster, lost: dict[str, Any]
) -> None:
    assert cluster.simulator is not None
    if "status" in lost:
        # etcd timed out after the write: the server returns 500 although the write succeeded
        cluster.simulator.faults.add(
            Fault("POST", ".*/configmaps.*", hook=lambda: open_registry(cluster).claim("ops", INTENT), status=500)
        )
    else:
        cluster.simulator.faults.add(Fault("POST", ".*/configmaps.*", cut="after"))
    assert registry.claim("ops", INTENT).intent == INTENT


def test_a_second_claim_returns_the_first(registry: Registry, rival: Registry) -> None:
    registry.claim("ops", INTENT)
    assert rival.claim("ops", Intent("attempt-2", "b", 2.0, "Ops", "user-1")).intent == INTENT


def test_a_late_answer_never_replaces_a_chat_in_use(registry: Registry, rival: Registry) -> None:
    registry.claim("ops", INTENT)
    rival.forget("ops")
    rival.claim("ops", Intent("attempt-2", "b", 2.0, "Ops", "user-1"))
    entry = registry.record_answer("ops", "attempt-1", CREATED)
    assert entry.intent is not None
    assert entry.intent.attempt == "attempt-2"
    assert [orphan.chat_id for orphan in entry.orphaned_chats] == ["chat1"]
    entry = rival.record_answer("ops", "attempt-2", RegistryEntry(1, "Ops", "chat2", "cid2"))
    assert (entry.chat_id, [orphan.chat_id for orphan in entry.orphaned_chats]) == ("chat2", ["chat1"])
    assert rival.forget("ops").orphaned_chats == ()
    assert registry.record_answer("ops", "attempt-1", CREATED).orphaned_chats == ()


def test_a_late_answer_is_used_without_another_chat(registry: Registry) -> None:
    registry.claim("ops", INTENT)
    registry.forget("ops")
    entry = registry.record_answer("ops", "attempt-1", CREATED)
    assert (entry.chat_id, entry.orphaned_chats) == ("chat1", ())


def test_a_new_generation_contains_the_old_chat(registry: Registry, rival: Registry) -> None:
    registry.adopt("ops", CREATED)
    renewed = rival.renew("ops", "chat1")
    assert (renewed.generation, renewed.chat_id, renewed.contains("chat1"), renewed.orphaned_chats) == (2, "", True, ())
    assert registry.renew("ops", "chat1") == renewed
    registry.claim("ops", INTENT)
    assert registry.renew("ops", "").intent == INTENT
    assert registry.record_answer("ops", "attempt-1", RegistryEntry(2, "Ops", "chat2", "cid2")).generation == 2


def test_an_id_recorded_concurrently_is_preserved(registry: Registry, rival: Registry) -> None:
    registry.adopt("ops", CREATED)
    assert rival.adopt("ops", RegistryEntry(1, "Ops", "chat2", "cid2")).chat_id == "chat1"
