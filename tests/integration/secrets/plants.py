# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planted: for each option of each module, values of each form in which a secret may get there."""

from __future__ import annotations

import base64
import importlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.specs import ArgumentSpec
from tests.support.plays import environment as of
from tests.support.plays.controller import REPOSITORY
from tests.support.plays.environment import Environment

Json = dict[str, Any]
#: A secret text -> the values in which it is planted, by form.
Forms = Callable[[str], dict[str, Any]]

MODULES = sorted(path.stem for path in (REPOSITORY / "plugins" / "modules").glob("*.py"))
_number = count(1)


@dataclass(frozen=True)
class Plant:
    """A value with a secret for an option of a module; ``option`` is its path, such as ``registry.proxy``."""

    module: str
    option: str
    form: str
    value: Any
    secret: str

    @property
    def name(self) -> str:
        return f"{self.module}.{self.option} {self.form}"

    def options(self, base: Mapping[str, Any]) -> Json:
        """Return the options of a task: those that the module needs, and this one."""
        outer, _, inner = self.option.partition(".")
        if outer == "proxy":
            base = {**base, "request_timeout": -1}  # invalid, so that no connection through the proxy is waited for
        if not inner:
            return {**base, outer: self.value}
        rules = spec(self.module).options[outer]
        nested = {inner: self.value}
        return {**base, outer: [nested] if rules.get("type") == "list" else nested}


def spec(module: str) -> ArgumentSpec:
    """Return the spec of a module."""
    modules = "ansible_collections.kubesphere.dingtalk.plugins.modules"
    found: ArgumentSpec = importlib.import_module(f"{modules}.{module}").OPERATION.spec
    return found


def every_option() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield module, path and rules of every option on every level."""
    for module in MODULES:
        for path, rules in _options(spec(module).options):
            yield module, path, rules


def _options(options: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, rules in options.items():
        yield prefix + name, rules
        yield from _options(rules.get("options") or {}, f"{prefix}{name}.")


def may_hold_a_secret(module: str, path: str, rules: Mapping[str, Any]) -> bool:
    """Return whether a secret belongs into an option, or has been seen in it."""
    return bool(rules.get("no_log")) or rules.get("type") == "path" or path in spec(module).secrets


def takes_text(rules: Mapping[str, Any]) -> bool:
    """Return whether any text or map may be given."""
    return not rules.get("options") and rules.get("type", "str") in ("str", "raw", "path", "list", "dict")


# --- The forms of each kind of secret


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def private_key(secret: str) -> str:
    body = encoded(f"{'k' * 60}{secret}{'y' * 60}")
    lines = re.findall(".{1,64}", body)
    return "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *lines, "-----END RSA PRIVATE KEY-----", ""])


def kubeconfig(user: Json, server: str = "https://127.0.0.1:1", **cluster: Any) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "one", "cluster": {"server": server, **cluster}}],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "me"}}],
        "users": [{"name": "me", "user": user}],
        "current-context": "one",
    }


def in_whole(secret: str) -> dict[str, Any]:
    return {"as text": secret, "in a list": [secret], "in a map": {"value": secret}, "with a line break": f"{secret}\n"}


def in_kubeconfig(secret: str) -> dict[str, Any]:
    content = kubeconfig({"token": secret})
    text = "\n".join(
        [
            "apiVersion: v1",
            "clusters: [{name: one, cluster: {server: 'https://127.0.0.1:1'}}]",
            "contexts: [{name: one, context: {cluster: one, user: me}}]",
            "users:",
            "- name: me",
            f"  user: {{token: {secret}}}",
            "current-context: one",
            "",
        ]
    )
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "/bin/sh",
        "args": ["-c", "echo >&2 the plugin refuses $CLIENT_SECRET; exit 1"],
        "env": [{"name": "CLIENT_SECRET", "value": secret}],
        "interactiveMode": "Never",
    }
    return {
        "as a map": content,
        "as text": text,
        "as JSON": json.dumps(content),
        "as a list": [content],
        "in one line": " ".join(text.split()),
        "in base64": encoded(text),
        "in base64 with line breaks": "\n".join(re.findall(".{1,76}", encoded(text))),
        "in a plugin that fails": kubeconfig({"exec": plugin}),
        "in its proxy": kubeconfig({}, **{"proxy-url": f"http://me:{secret}@127.0.0.1:1"}),
        "as text that is not YAML": f"{text}  - : {{\n",
    }


def in_path(secret: str) -> dict[str, Any]:
    key = private_key(secret)
    return {
        "as PEM": key,
        "as PEM in one line": key.replace("\n", " "),
        "as PEM with escaped line breaks": key.replace("\n", "\\n"),
        "in base64": encoded(key),
        "in a map": {"key": key},
    }


def in_url(secret: str) -> dict[str, Any]:
    return {
        "as its password": f"https://me:{secret}@127.0.0.1:1",
        "as its password with separators": f"https://me:{secret}/@x@127.0.0.1:1",
        "as its password without a scheme": f"me:{secret}@127.0.0.1:1",
        "in its query": f"https://127.0.0.1:1/?access_token={secret}",
    }


def in_section(secret: str) -> dict[str, Any]:
    webhook = {"url": f"https://hooks.example.com/{secret}"}
    receiver = {"name": "team", "webhook_configs": [webhook]}
    return {
        "as it should be": [receiver],
        "without a name": [{"webhook_configs": [webhook]}],
        "in a later integration": [{"name": "team", "later_configs": [{"hook": secret}]}],
        "as a map": {"team": receiver},
        "as JSON": json.dumps(receiver),
        "as a list of texts": [secret],
        "nested too deep": [[receiver]],
        "in a password": {"smtp_auth_password": secret},
    }


def in_manifests(secret: str) -> dict[str, Any]:
    meta = {"name": "planted", "namespace": "kubesphere-system"}
    head = {"apiVersion": "v1", "kind": "Secret", "metadata": meta}
    return {
        "in stringData": [{**head, "stringData": {"password": secret}}],
        "in data": [{**head, "data": {"password": encoded(secret)}}],
        "in a list in stringData": [{**head, "stringData": [secret]}],
        "without a kind": [{"stringData": {"password": secret}}],
        "without metadata": [{"apiVersion": "v1", "kind": "Secret", "stringData": {"password": secret}}],
        "as a map": {**head, "stringData": {"password": secret}},
        "as text": [f"kind: Secret\nstringData: {{password: {secret}}}\n"],
        "in a list of objects": [
            {"apiVersion": "v1", "kind": "List", "items": [{**head, "stringData": {"a": secret}}]}
        ],
    }


def anywhere(secret: str) -> dict[str, Any]:
    """Return what is known by its shape, in an option where it does not belong."""
    return {
        "in a URL": f"https://me:{secret}@127.0.0.1:1/",
        "in a webhook": f"https://oapi.dingtalk.com/robot/send?access_token={secret}",
        "in a header": f"Authorization: Bearer {secret}",
        "in a key": private_key(secret),
    }


#: The rows: options that may hold a secret, by their names on any level -> the forms in which it is planted.
ROWS: dict[str, Forms] = {
    "api_ca_cert": in_path,
    "api_key": in_whole,
    "api_password": in_whole,
    "api_token": in_whole,
    "api_url": in_url,
    "app_secret": in_whole,
    "ca_cert": in_path,
    "ca_path": in_path,
    "cache_path": in_path,
    "client_cert": in_path,
    "client_key": in_path,
    "global": in_section,
    "host": in_url,
    "html": in_path,
    "json": in_path,
    "junit": in_path,
    "kubeconfig": in_kubeconfig,
    "legacy_api_url": in_url,
    "manifests": in_manifests,
    "password": in_whole,
    "proxy": in_url,
    "receivers": in_section,
    "secret": in_whole,
    "state_path": in_path,
    "webhook": in_whole,
}


def plants(modules: list[str] = MODULES, elsewhere: bool = False) -> list[Plant]:
    """Return the rows of modules, each with a secret of its own; with ``elsewhere`` those of all other options."""
    found = []
    for module, path, rules in every_option():
        is_row = may_hold_a_secret(module, path, rules)
        if module in modules and is_row is not elsewhere and takes_text(rules):
            forms = anywhere if elsewhere else ROWS[path.rpartition(".")[2]]
            for form in forms(""):
                secret = new_secret()
                found.append(Plant(module, path, form, forms(secret)[form], secret))
    return found


def module_options(site: Environment, folder: Path) -> dict[str, Json]:
    """Return the options that a module needs to get as far as it can, by module."""
    access = {"kubeconfig": str(site.clusters["here"].kubeconfig)}
    app = {
        "app_key": of.APP_KEY,
        "app_secret": of.APP_SECRET,
        "api_url": site.dingtalk.api_url,
        "legacy_api_url": site.dingtalk.legacy_api_url,
        "ca_path": str(site.dingtalk.ca_file),
        "cache_path": str(folder / "cache"),
        "state_path": str(folder / "state"),
    }
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "kubesphere-system"}}
    webhook = "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef"
    return {
        "alertmanager_config": {**access, "route": {"group_wait": "45s"}},
        "app_info": app,
        "chat": {**app, "key": "ops", "name": "ops", "owner": {"userid": "user-1"}},
        "chat_info": {**app, "chat_ids": ["chat-of-nobody"]},
        "check_batch": {},
        "cluster_config": {**access, "manifests": [manifest]},
        "cluster_info": access,
        "doctor": access,
        "doctor_app": app,
        "doctor_report": {},
        "fleet_chats": app,
        "message": {**app, "content": "", "webhook": webhook},
        "robot": {**app, "name": "robot", "chat_id": "chat-of-nobody", "webhook": webhook},
        "run_summary": {"results": {}, "fleet": {}},
        "user_info": {**app, "people": [{"userid": "user-1"}]},
        "verify": app,
        "wait_for_alerting": {},
    }


def new_secret() -> str:
    """Return a text that is found nowhere else, and is valid in a URL, in YAML and in a header."""
    return f"Pl4nt3d.{next(_number):05}.zQx"
