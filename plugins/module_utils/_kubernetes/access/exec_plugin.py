# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials of a kubeconfig's exec plugin: a program that prints an ExecCredential.

The program has no terminal, so what it prints is shown only in the error of a plugin that fails. kubectl runs it alike:
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Thread
from typing import IO, Any

with suppress(ImportError):  # reported by auth.configuration
    from kubernetes.config.dateutil import parse_rfc3339

from ..._core.bounded import json_text
from ..._core.masking import Secrets
from ..._core.text import shortened
from .entry import CREDENTIALS, Entry, KubeconfigError, absolute

#: Seconds after which a plugin is stopped, such as one that waits for somebody to log in.
SECONDS = 120
#: Bytes of each output that are read.
LIMIT = 1024 * 1024
_SHOWN_CHARACTERS = 1000
#: The extension of a cluster whose content a plugin receives.
_EXTENSION = "client.authentication.k8s.io/exec"
#: The fields of a cluster that a plugin receives with provideClusterInfo.
_CLUSTER_FIELDS = (
    *("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url"),
    "disable-compression",
)


@dataclass(frozen=True)
class Credentials:
    """A token, or the PEM texts of a client certificate and its key; ``expiry`` is None for an unlimited time."""

    token: str = ""
    certificate: str = ""
    key: str = ""
    expiry: datetime | None = None


def run_plugin(entry: Entry, secrets: Secrets) -> Credentials:
    """Return the credentials that the plugin of the entry's user prints; raises :class:`KubeconfigError`."""
    plugin = entry.user.fields["exec"]
    try:
        credentials = _credentials(_output(plugin, entry), plugin["apiVersion"])
    except _PluginError as error:
        raise _failure(str(error), plugin, entry, secrets) from None
    secrets.add(*filter(None, (credentials.token, credentials.key)))
    return credentials


class _PluginError(Exception):
    pass


def _failure(reason: str, plugin: Mapping[str, Any], entry: Entry, secrets: Secrets) -> KubeconfigError:
    shown = shortened(secrets.mask_text(reason), _SHOWN_CHARACTERS)
    hint = f"correct the exec plugin of user {entry.user.name!r}, which runs {plugin['command']!r}"
    if plugin.get("installHint"):
        hint += f". Its installHint: {shortened(secrets.mask_text(plugin['installHint'].strip()), _SHOWN_CHARACTERS)}"
    return KubeconfigError(f"its user has no credentials: exec: {shown}", hint, CREDENTIALS)


def _output(plugin: Mapping[str, Any], entry: Entry) -> bytes:
    command = [_program(plugin["command"], entry.user.folder), *(plugin.get("args") or [])]
    try:
        process = subprocess.Popen(  # noqa: S603  # the kubeconfig names the program
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(plugin, entry),
            start_new_session=True,  # without a terminal, and with its children in one process group
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if isinstance(error, FileNotFoundError) and os.path.exists(command[0]):
            reason = "the interpreter in its first line was not found; Windows ends this line with a carriage return"
        raise _PluginError(f"{plugin['command']!r} cannot be run ({reason})") from None
    status, output, errors = _wait(process)
    if status:
        printed = (errors.strip() or output.strip()).decode("utf-8", "replace")
        raise _PluginError(f"process returned {status}." + (f" {printed}" if printed else ""))
    return output


def _program(command: str, folder: str) -> str:
    """Return the path of a plugin: in PATH, or relative to the folder of the kubeconfig if it has a slash."""
    if os.sep in command:
        return absolute(folder, command)
    path = shutil.which(command)
    if path is None:
        raise _PluginError(f"{command!r} was not found in PATH")
    return path


def _environment(plugin: Mapping[str, Any], entry: Entry) -> dict[str, str]:
    spec: dict[str, Any] = {"interactive": False}
    if plugin.get("provideClusterInfo"):
        spec["cluster"] = _cluster_info(entry.cluster.fields)
    info = {"apiVersion": plugin["apiVersion"], "kind": "ExecCredential", "spec": spec}
    own = {item["name"]: item.get("value") or "" for item in plugin.get("env") or []}
    return {**os.environ, **own, "KUBERNETES_EXEC_INFO": json.dumps(info, default=str)}


def _cluster_info(cluster: Mapping[str, Any]) -> dict[str, Any]:
    info = {name: cluster[name] for name in _CLUSTER_FIELDS if name in cluster}
    extensions = [item for item in cluster.get("extensions") or [] if item.get("name") == _EXTENSION]
    return {**info, **({"config": extensions[0].get("extension")} if extensions else {})}


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    """Return exit status, output and errors; what exceeds the limit is read, so that it can end, and dropped."""
    outputs = (bytearray(), bytearray())
    pipes = (process.stdout, process.stderr)
    readers = [Thread(target=_drain, args=pair, daemon=True) for pair in zip(pipes, outputs, strict=True)]
    try:
        for reader in readers:
            reader.start()
        status = process.wait(SECONDS)
        for reader in readers:
            reader.join(1)  # a process that the plugin has left behind may hold the pipe
    except subprocess.TimeoutExpired:
        raise _PluginError(f"process did not end within {SECONDS} s") from None
    finally:
        if process.poll() is None:
            # The whole group, as the program that waits may be a child of a script.
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return status, bytes(outputs[0]), bytes(outputs[1])


def _drain(pipe: IO[bytes], buffer: bytearray) -> None:
    with pipe:
        while piece := os.read(pipe.fileno(), 65536):
            buffer += piece[: max(0, LIMIT - len(buffer))]


def _credentials(output: bytes, version: str) -> Credentials:
    """Return the credentials of an ExecCredential. Errors do not contain it."""
    try:
        answer = json_text.load(output)
    except json_text.NotJson as error:
        raise _PluginError(f"failed to decode process output: {error.message}") from None
    for name in ("apiVersion", "kind", "status"):
        if not isinstance(answer, dict) or not answer.get(name):
            raise _PluginError(f"malformed response. missing key {name!r}")
    if answer["apiVersion"] != version:
        raise _PluginError(f"malformed response. apiVersion is not {version}, as in the kubeconfig")
    status = answer["status"] if isinstance(answer["status"], dict) else {}
    token, certificate, key = (_text_of(status, name) for name in ("token", *_PAIR))
    if bool(certificate) != bool(key) or not (token or certificate):
        raise _PluginError(f"malformed response. expected token, or {' and '.join(_PAIR)}, in status")
    return Credentials(token, certificate, key, _expiry(status))


_PAIR = ("clientCertificateData", "clientKeyData")


def _text_of(status: Mapping[str, Any], name: str) -> str:
    value = status.get(name) or ""
    if not isinstance(value, str) or (name == "token" and not (value.isprintable() and value.isascii())):
        raise _PluginError(f"malformed response. invalid {name} in status")
    return value


def _expiry(status: Mapping[str, Any]) -> datetime | None:
    text = status.get("expirationTimestamp")
    if not text:
        return None
    try:
        return parse_rfc3339(text)  # type: ignore[no-any-return]
    except Exception:  # of several kinds, as the library matches the text with a pattern only
        raise _PluginError("malformed response. invalid expirationTimestamp in status") from None
