# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is in a kubeconfig, on a cluster or in the controller's own files, a failed task has changed nothing."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import strategies as st

from tests.support.plays.environment import CONFIG_MAP
from tests.support.testbed import Cluster
from tests.system.generated import values
from tests.system.generated.actions import run_action
from tests.system.generated.inputs import FEWER, check, for_each
from tests.system.generated.test_variables import FEATURES
from tests.system.generated.world import Options, World

SECRET = "/api/v1/namespaces/kubesphere-monitoring-system/secrets/alertmanager-main"
PLAN = "/apis/kubesphere.io/v1alpha1/installplans/whizard-notification"
KUBESPHERE_CONFIG = "/api/v1/namespaces/kubesphere-system/configmaps/kubesphere-config"

#: Fields of a kubeconfig: the list, and the path in its item; or a key of the kubeconfig itself.
FIELDS: tuple[tuple[str, ...], ...] = (
    ("apiVersion",),
    ("kind",),
    ("current-context",),
    ("preferences",),
    ("clusters",),
    ("contexts",),
    ("users",),
    *(("clusters", *path) for path in (("name",), ("cluster",))),
    *(
        ("clusters", "cluster", name)
        for name in (
            *("server", "certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify"),
            *("tls-server-name", "proxy-url", "disable-compression", "extensions"),
        )
    ),
    *(("contexts", *path) for path in (("name",), ("context",))),
    *(("contexts", "context", name) for name in ("cluster", "user", "namespace")),
    *(("users", *path) for path in (("name",), ("user",))),
    *(
        ("users", "user", name)
        for name in (
            *("token", "tokenFile", "username", "password", "client-certificate", "client-certificate-data"),
            *("client-key", "client-key-data", "as", "as-uid", "as-groups", "as-user-extra", "exec", "auth-provider"),
            "extensions",
        )
    ),
    *(
        ("users", "user", "exec", name)
        for name in (*("apiVersion", "command", "args", "env", "interactiveMode", "installHint", "provideClusterInfo"),)
    ),
    *(("users", "user", "auth-provider", name) for name in ("name", "config")),
)


def with_field(content: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return a kubeconfig with a value in a field of its only cluster, context or user."""
    changed: dict[str, Any] = json.loads(json.dumps(content))
    parent = changed
    for name in path[:-1]:
        parent = parent.setdefault(name, {})
        parent = parent[0] if isinstance(parent, list) else parent
    parent[path[-1]] = value
    return changed


@pytest.mark.parametrize("path", FIELDS, ids=map(".".join, FIELDS))
def test_kubeconfig_field(path: tuple[str, ...], world: World) -> None:
    content = yaml.safe_load(Path(world.kubeconfigs["3.4"]).read_text())
    file = world.folder / "generated.kubeconfig"

    def run(drawn: tuple[Any, str]) -> None:
        value, form = drawn
        kubeconfig = with_field(content, path, value)
        given: Any = kubeconfig if form == "inline" else str(file)
        try:
            file.write_text(yaml.safe_dump(kubeconfig), encoding="utf-8")
        except (ValueError, yaml.YAMLError):  # not a value that YAML has
            given = kubeconfig
        if form == "variable":
            variables = {**world.variables(), "kubesphere_kubeconfig": given}
            check(world, lambda: run_action("fleet_chats", {}, variables))
        else:
            check(world, lambda: run_action("cluster_info", {**world.access(), "kubeconfig": given}))

    forms = st.sampled_from(("inline", "file", "variable"))
    for_each(f"kubeconfig {path}", st.tuples(values.values, forms), run, FEWER)


@pytest.mark.parametrize("form", ["path", "inline"])
def test_kubeconfig_text(form: str, world: World) -> None:
    file = world.folder / "generated.kubeconfig"

    def run(text: bytes) -> None:
        file.write_bytes(text)
        given = str(file) if form == "path" else text.decode("utf-8", "surrogateescape") + "\n"
        check(world, lambda: run_action("cluster_info", {"kubeconfig": given, "request_timeout": 2}))

    for_each(f"kubeconfig as {form}", values.DOCUMENTS, run)


#: Document -> its text, and a function that replaces it. The text is that of a valid one.
Document = tuple[Callable[[World], str], Callable[[World, bytes], None]]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _config_map(key: str) -> Document:
    def read(world: World) -> str:
        data = world.older.get(CONFIG_MAP)["data"]
        return str(data.get(key) or '{"version": 2}')

    return read, lambda world, text: put(world.older, CONFIG_MAP, ("data", key), _text(text))


def put(cluster: Cluster, path: str, place: tuple[str, ...], value: Any) -> None:
    """Replace a field of an object."""
    live = cluster.get(path)
    parent = live
    for name in place[:-1]:
        parent = parent.setdefault(name, {})
    parent[place[-1]] = value
    cluster.put(path, live)


DOCUMENTS: dict[str, Document] = {
    "registry": _config_map("chats"),
    "last-applied state": _config_map("applied"),
    "checks": _config_map("checks"),
    "alertmanager.yaml": (
        lambda world: base64.b64decode(world.older.get(SECRET)["data"]["alertmanager.yaml"]).decode(),
        lambda world, text: put(
            world.older, SECRET, ("data", "alertmanager.yaml"), base64.b64encode(text).decode("ascii")
        ),
    ),
    "Helm values": (
        lambda world: str(world.newer.get(PLAN)["spec"]["config"]),
        lambda world, text: put(world.newer, PLAN, ("spec", "config"), _text(text)),
    ),
    "kubesphere-config": (
        lambda world: str(world.newer.get(KUBESPHERE_CONFIG)["data"]["kubesphere.yaml"]),
        lambda world, text: put(world.newer, KUBESPHERE_CONFIG, ("data", "kubesphere.yaml"), _text(text)),
    ),
}


def tasks(world: World, version: str) -> list[tuple[str, Options, Options]]:
    """Return module, options and variables of the tasks that read documents."""
    variables = world.variables(version)
    apply = {"features": FEATURES, "wait_timeout": 0}
    config = {**world.access(version), "route": {"group_wait": "40s"}, "wait_timeout": 0}
    return [
        ("fleet_chats", {}, variables),
        ("fleet_chats", {}, {**variables, "dingtalk_list_chats": True}),
        ("cluster_config", apply, variables),
        ("cluster_config", {**apply, "state": "absent"}, variables),
        ("alertmanager_config", config, {}),
    ]


@pytest.fixture(scope="module")
def applied(world: World) -> None:
    """Apply everything and create a chat, so that there are documents and files to read."""
    # Whether the chat of the inventory is created or found on a cluster depends on the tests before.
    created = run_action("chat", {**world.base("chat"), "key": "new", "name": "New"})
    assert not created.get("failed"), created["msg"]
    for version in world.kubeconfigs:
        for module, options, variables in (tasks(world, version)[0], tasks(world, version)[2]):
            result = run_action(module, options, variables)
            assert not result.get("failed"), result["msg"]


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("form", ["text", "part"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_document(name: str, form: str, world: World) -> None:
    read, replace = DOCUMENTS[name]
    original = read(world)
    content = yaml.safe_load(original)
    version = "4.1" if replace in (DOCUMENTS["Helm values"][1], DOCUMENTS["kubesphere-config"][1]) else "3.4"
    parts = st.integers(0, 2**32).map(lambda seed: json.dumps(values.mutated(content, seed)).encode())
    chosen = tasks(world, version)

    def run(drawn: tuple[bytes, int]) -> None:
        text, index = drawn
        replace(world, text)
        module, options, variables = chosen[index]
        check(world, lambda: run_action(module, options, variables))

    indexes = st.integers(0, len(chosen) - 1)
    for_each(f"{name} {form}", st.tuples(values.DOCUMENTS if form == "text" else parts, indexes), run)
    replace(world, original.encode())


def _files(world: World) -> list[Path]:
    """Return the controller's own files."""
    found = [path for folder in ("cache", "state") for path in (world.folder / folder).iterdir()]
    return sorted(path for path in found if path.suffix in (".json", ".jsonl"))


def _kinds(world: World) -> dict[str, list[Path]]:
    kinds: dict[str, list[Path]] = {}
    for path in _files(world):
        kinds.setdefault(path.name.partition("-")[0].partition(".")[0], []).append(path)
    return kinds


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("kind", ["journal", "token", "checks", "rate"])
def test_own_file(kind: str, world: World) -> None:
    paths = _kinds(world)[kind]
    originals = {path: path.read_bytes() for path in paths}
    lines = [json.loads(line) for text in originals.values() for line in text.splitlines()]
    parts = st.integers(0, 2**32).map(lambda seed: json.dumps(values.mutated(lines[seed % len(lines)], seed)).encode())

    def run(text: bytes) -> None:
        for path in paths:
            path.write_bytes(text)
        check(world, lambda: run_action("fleet_chats", {}, world.variables()))

    for_each(f"file {kind}", values.DOCUMENTS | parts, run)
    for path, text in originals.items():
        path.write_bytes(text)


def _obstacles(folder: Path) -> dict[str, Path]:
    """Return paths of everything but a regular file or a folder that can be written."""
    pipe, link, loop, file = (folder / name for name in ("pipe", "link", "loop", "file"))
    os.mkfifo(pipe)
    link.symlink_to("/dev/full")
    loop.symlink_to(loop)
    file.write_text("x")
    names = {"pipe": pipe, "full device": link, "loop": loop, "file": file, "folder": folder, "zero": Path("/dev/zero")}
    return {**names, "long name": folder / ("x" * 300), "below a file": file / "x", "terminal": Path("/dev/tty")}


@pytest.mark.usefixtures("world")
def test_a_generated_path_leads_to_no_file_of_the_machine() -> None:
    folder = Path.cwd().parents[3]
    found = [Path(text).resolve() for text in values.TEXTS if text.startswith("../")]
    assert [path for path in found if not path.is_relative_to(folder)] == []
    assert folder.name.startswith("generated")


OBSTACLES = ("pipe", "full device", "loop", "file", "folder", "zero", "long name", "below a file", "terminal")


@pytest.mark.parametrize("name", OBSTACLES)
def test_obstacle_in_place_of_a_file(name: str, world: World, tmp_path: Path) -> None:
    path = str(_obstacles(tmp_path)[name])
    for option in ("cache_path", "state_path", "ca_path"):
        check(world, lambda option=option: run_action("chat", {**world.base("chat"), option: path}), False)  # type: ignore[misc]
    for option in ("kubeconfig", "ca_cert", "client_cert", "client_key"):
        check(world, lambda option=option: run_action("cluster_info", {**world.access(), option: path}))  # type: ignore[misc]


@pytest.mark.parametrize("name", OBSTACLES)
@pytest.mark.parametrize("kind", ["journal", "token", "checks", "rate"])
@pytest.mark.usefixtures("applied")
def test_obstacle_in_place_of_an_own_file(kind: str, name: str, world: World, tmp_path: Path) -> None:
    obstacle = _obstacles(tmp_path)[name]
    for path in _kinds(world)[kind][:2]:
        original = path.read_bytes()
        path.unlink()
        path.symlink_to(obstacle)
        try:
            check(world, lambda: run_action("fleet_chats", {}, world.variables()))
        finally:
            path.unlink()
            path.write_bytes(original)
            path.chmod(0o600)
