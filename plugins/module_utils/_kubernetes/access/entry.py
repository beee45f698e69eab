# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The context of a kubeconfig that is used, with its cluster and user, selected and merged as kubectl does."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._core.bounded.files import is_blocking, read_file
from ..._core.errors import INVALID, Errors
from ..._core.secrets.kinds import SERVER_URL
from ..._core.validation import check_base_url
from .fields import field_errors, given

API_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
#: The fields of a cluster or user that are paths, relative to the folder of the kubeconfig.
PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
#: The fields that exclude each other, as one would override the other.
EITHER = (
    ("certificate-authority", "certificate-authority-data"),
    ("client-certificate", "client-certificate-data"),
    ("client-key", "client-key-data"),
    ("certificate-authority", "insecure-skip-tls-verify"),
    ("certificate-authority-data", "insecure-skip-tls-verify"),
    ("token", "username"),
    ("token", "password"),
    ("auth-provider", "exec"),
)
_KINDS = {"clusters": "cluster", "users": "user", "contexts": "context"}


#: The finding of missing or rejected credentials.
CREDENTIALS = "KD302"


class KubeconfigError(Exception):
    """An unusable kubeconfig: its ``reason``, which names the field, and a ``hint``. Neither contains a secret.

    ``finding``: the ID of the catalogue's row.
    """

    def __init__(self, reason: str, hint: str = "correct the kubeconfig", finding: str = INVALID) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.finding = finding


@dataclass(frozen=True)
class Part:
    """A context, cluster or user: its name, its fields that are set, with absolute paths, and the path of its file."""

    name: str
    fields: Mapping[str, Any]
    path: str

    @property
    def folder(self) -> str:
        """The folder of the file, which relative paths start from."""
        return os.path.dirname(self.path)


@dataclass(frozen=True)
class Entry:
    """What a context of a kubeconfig describes. The user has no name and no fields if the context has none."""

    cluster: Part
    user: Part


def select(files: Sequence[tuple[str, Any]], context: Any = None) -> Entry:
    """Return the entry of a context, by default the current one.

    ``files``: the path and the content of each file, an inline one has no path; of equal names the first counts, and so
    does the first current context. Raises :class:`KubeconfigError`, which names the file if there are several.
    """
    for path, content in files:
        _raise_first("kubeconfig", content, _prefix(files, path))
    name = context or next((found for _path, content in files if (found := content.get("current-context"))), None)
    if not name:
        raise KubeconfigError("current-context: missing", f"set a context; available contexts: {_names(files)}")
    chosen = _find(files, "contexts", str(name))
    if chosen is None:
        raise KubeconfigError(f"context {name!r} does not exist", f"available contexts: {_names(files)}")
    _raise_first("context", chosen.fields, f"{_prefix(files, chosen.path)}context {name!r}, ")
    cluster = _referenced(files, "clusters", chosen)
    if cluster is None:
        raise KubeconfigError(f"context {name!r}, cluster: missing", "set the name of a cluster")
    return Entry(cluster, _referenced(files, "users", chosen) or Part("", {}, cluster.path))


def context_names(files: Sequence[tuple[str, Any]]) -> list[str]:
    """Return the names of all contexts."""
    items = [item for _path, content in files if isinstance(content, Mapping) for item in _items(content, "contexts")]
    return list(dict.fromkeys(str(item["name"]) for item in items if item.get("name")))


def _prefix(files: Sequence[tuple[str, Any]], path: str) -> str:
    return f"{path}: " if len(files) > 1 else ""


def _names(files: Sequence[tuple[str, Any]]) -> str:
    return ", ".join(context_names(files)) or "none"


def _items(content: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    items = content.get(kind)
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _find(files: Sequence[tuple[str, Any]], kind: str, name: str) -> Part | None:
    one = _KINDS[kind]
    for path, content in files:
        found = [item.get(one) for item in _items(content, kind) if item.get("name") == name]
        if len(found) > 1:
            where = f"{_prefix(files, path)}{one} {name!r}"
            raise KubeconfigError(f"{where}: defined {len(found)} times in one file", "remove all but one")
        if found and not isinstance(found[0] or {}, Mapping):
            raise KubeconfigError(f"{_prefix(files, path)}{one} {name!r}, {one} is invalid: expected a map")
        if found:
            return Part(name, given(found[0] or {}), path)
    return None


def _referenced(files: Sequence[tuple[str, Any]], kind: str, context: Part) -> Part | None:
    """Return the cluster or user of a context, checked, or None if the context names none."""
    one = _KINDS[kind]
    name = context.fields.get(one)
    if not name:
        return None
    part = _find(files, kind, name)
    if part is None:
        raise KubeconfigError(f"context {context.name!r}, {one}: {one} {name!r} does not exist")
    where = f"{_prefix(files, part.path)}{one} {name!r}, "
    _raise_first(one, part.fields, where)
    part = Part(name, _with_absolute_paths(part), part.path)
    for error in (_cluster_errors if one == "cluster" else _user_errors)(part.fields):
        raise KubeconfigError(where + error)
    return part


def _raise_first(kind: str, fields: Any, where: str = "") -> None:
    if not isinstance(fields, Mapping):
        raise KubeconfigError("not a map with clusters, users and contexts", "set the path or content of a kubeconfig")
    for error in field_errors(kind, fields):
        raise KubeconfigError(where + error)


def _with_absolute_paths(part: Part) -> dict[str, Any]:
    fields = dict(part.fields)
    for name in PATHS:
        if name in fields:
            fields[name] = absolute(part.folder, fields[name])
    return fields


def absolute(folder: str, path: str) -> str:
    """Return a path that is relative to the folder of a kubeconfig; that of an inline one is the working directory."""
    return os.path.abspath(os.path.join(folder, path))


def _cluster_errors(fields: Mapping[str, Any]) -> Iterator[str]:
    if "server" not in fields:
        yield "server: missing; set the URL of the API server"
    else:
        errors = Errors("server")
        SERVER_URL.check(errors, fields["server"])
        if not errors:
            check_base_url(errors, fields["server"])
        yield from errors
    yield from _common_errors(fields)


def _user_errors(fields: Mapping[str, Any]) -> Iterator[str]:
    yield from _common_errors(fields)
    if "auth-provider" in fields:
        yield "auth-provider: not supported; use a plugin in exec instead, such as kubelogin"
    has_certificate = {"client-certificate", "client-certificate-data"} & fields.keys()
    if has_certificate and not {"client-key", "client-key-data"} & fields.keys():
        yield "client-key or client-key-data is missing, although there is a client certificate"
    for name in ("as-uid", "as-groups", "as-user-extra"):
        if name in fields and "as" not in fields:
            yield f"{name}: requires as, the user to impersonate"
    if "exec" in fields:
        yield from (f"exec.{error}" for error in _exec_errors(fields["exec"]))


def _common_errors(fields: Mapping[str, Any]) -> Iterator[str]:
    for pair in EITHER:
        if fields.keys() >= set(pair):
            yield f"{' and '.join(pair)} exclude each other; set one of them"
    for name in PATHS:
        if name in fields and (reason := _unreadable(fields[name])) and not (name == "tokenFile" and "token" in fields):
            yield f"{name}: {fields[name]!r} cannot be read ({reason})"


def _unreadable(path: str) -> str:
    """Return why a file cannot be read, or an empty string."""
    if is_blocking(path):
        return "it is a pipe or a device; set the path of a file"
    try:
        read_file(path)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _exec_errors(plugin: Mapping[str, Any]) -> Iterator[str]:
    yield from field_errors("exec", plugin)
    for index, item in enumerate(plugin.get("env") or []):
        yield from (f"env[{index}].{error}" for error in field_errors("env", item))
        if not item.get("name"):
            yield f"env[{index}].name: missing"
    if not plugin.get("command"):
        yield "command: missing; set the program of the plugin"
    if plugin.get("apiVersion") not in API_VERSIONS:
        yield f"apiVersion: expected {' or '.join(API_VERSIONS)}"
    mode = plugin.get("interactiveMode") or "IfAvailable"
    if mode == "Always":
        yield "interactiveMode: Always is not supported, as the plugin has no terminal; use IfAvailable or Never"
    elif mode not in ("IfAvailable", "Never"):
        yield "interactiveMode: expected IfAvailable or Never"
