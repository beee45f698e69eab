# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of the access options before any connection: files, kubeconfig and its context."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .._core import yaml_text
from .._core.secrets.kinds import is_content
from .._core.secrets.options import check_secrets
from .._core.validation import check_credential, check_file, check_timeout, check_url
from .access.address import Address, address_of
from .access.entry import KubeconfigError, check_server, context_names, select
from .access.proxies import check_proxy
from .kubeconfig import check_kubeconfig, content_of, is_inline, read_files, read_kubeconfig
from .options import cluster_spec, kubesphere_api_spec

SPEC = cluster_spec().merge(kubesphere_api_spec())
#: Options that have no effect without another one. A client certificate may have its key in the same file, and
#: kubesphere_api_spec() requires the user and the password of KubeSphere's API together.
REQUIRES = {
    "username": "password",
    "password": "username",
    "client_key": "client_cert",
    "impersonate_groups": "impersonate_user",
    "api_ca_cert": "api_url",
}
FILE_OPTIONS = ("client_cert", "client_key", "ca_cert")


def check_access(prefix: str, options: Mapping[str, Any]) -> list[str]:
    """Return the errors of the access options; ``prefix`` is the prefix of their names (``kubesphere_``).

    The cluster must be explicit: an inventory never writes to the current context of a default kubeconfig.
    """
    if not any(options.get(name) for name in ("kubeconfig", "context", "host")):
        return [
            f"{prefix}kubeconfig: missing; set {prefix}kubeconfig, {prefix}context or {prefix}host, or exclude hosts "
            "that are not clusters (-e kubesphere_group=GROUP)"
        ]
    errors = [
        f"{prefix}{name}: file {options[name]!r} not found; set the path of a readable file"
        for name in FILE_OPTIONS
        if options.get(name) and not is_content(str(options[name])) and not _is_file(options[name])
    ]
    errors += check_connection(prefix, options)
    kubeconfig = options.get("kubeconfig")
    if kubeconfig and not options.get("host") and not check_kubeconfig("", kubeconfig):
        errors += _check_kubeconfig(prefix, kubeconfig, options.get("context"))
    return errors


def check_connection(prefix: str, options: Mapping[str, Any]) -> list[str]:
    """Return the errors of the options that would make the library fail at the first call."""
    errors = check_secrets(SPEC, {name: options[name] for name in SPEC.options if name in options}, prefix)
    errors += check_timeout(f"{prefix}request_timeout", options.get("request_timeout"))
    for name in (*FILE_OPTIONS, "api_ca_cert"):
        errors += check_file(f"{prefix}{name}", options.get(name))
    for name in ("api_key", "password", "api_password", "api_token"):
        errors += check_credential(f"{prefix}{name}", options.get(name))
    reported = {error.partition(":")[0] for error in errors}
    if f"{prefix}host" not in reported:
        errors += check_server(f"{prefix}host", options.get("host"))
    errors += [
        f"{prefix}{name}: requires {prefix}{other}; set it as well, or remove {prefix}{name}"
        for name, other in REQUIRES.items()
        if options.get(name) and not options.get(other) and f"{prefix}{name}" not in reported
    ]
    errors += check_url(f"{prefix}api_url", options.get("api_url"))
    return errors + check_proxy(f"{prefix}proxy", options.get("proxy"))


def read_address(options: Mapping[str, Any]) -> Address | None:
    """Return the address of a cluster with valid access options; None if they name none."""
    if options.get("host"):
        return address_of(options, None)
    try:
        return address_of(options, select(read_files(options.get("kubeconfig")), options.get("context")))
    except KubeconfigError:
        return None


def _is_file(path: Any) -> bool:
    return os.path.isfile(os.path.expanduser(str(path)))


def _check_kubeconfig(prefix: str, kubeconfig: Any, context: Any) -> list[str]:
    if is_inline(kubeconfig):
        return _check_inline(prefix, kubeconfig, context)
    path = os.path.expanduser(str(kubeconfig))
    try:
        content = read_kubeconfig(path)
    except OSError as error:
        return [f"{prefix}kubeconfig: {kubeconfig!r} cannot be read ({error.strerror}); set the path of a kubeconfig"]
    except ValueError:  # of the operating system, which has no path with a NUL character
        return [f"{prefix}kubeconfig: contains a NUL character; set the path of a kubeconfig"]
    except yaml_text.NotYaml:
        content = None
    if not isinstance(content, Mapping):
        return [f"{prefix}kubeconfig: {kubeconfig!r} is not a kubeconfig; set the path of one"]
    return _check_entry(prefix, repr(kubeconfig), (os.path.abspath(path), content), context)


def _check_inline(prefix: str, kubeconfig: Any, context: Any) -> list[str]:
    try:
        content = content_of(kubeconfig)
    except yaml_text.NotYaml:
        content = None
    if not isinstance(content, Mapping):
        return [f"{prefix}kubeconfig: invalid inline kubeconfig; set the path or the content of a kubeconfig"]
    return _check_entry(prefix, "the inline kubeconfig", ("", content), context)


def _check_entry(prefix: str, place: str, file: tuple[str, Mapping[str, Any]], context: Any) -> list[str]:
    contexts = context_names([file])
    requested = context or file[1].get("current-context")
    available = ", ".join(contexts) or "none"
    if not requested:
        return [f"{prefix}context: missing, and {place} has no current-context; available contexts: {available}"]
    if isinstance(requested, str) and requested not in contexts:
        return [f"{prefix}context: {requested!r} is not in {place}; available contexts: {available}"]
    try:
        select([file], context)
    except KubeconfigError as error:
        return [f"{prefix}kubeconfig: {place}: {error.reason}; {error.hint}"]
    return []
