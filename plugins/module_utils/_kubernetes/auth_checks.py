# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of the access options before any connection: files, kubeconfig and its context."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .._core import yaml_text
from .._core.errors import Errors
from .._core.secrets.kinds import is_content
from .._core.secrets.options import check_secret
from .._core.validation import (
    check_base_url,
    check_ca_path,
    check_credential,
    check_file,
    check_header,
    check_timeout,
    check_token,
)
from .access.address import Address, address_of
from .access.entry import KubeconfigError, context_names, select
from .access.proxies import check_proxy
from .kubeconfig import content_of, is_inline, read_files, read_kubeconfig, remedy
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
#: What the content of a file may be instead of a kubeconfig.
_NO_MAP = "not a map with clusters, users and contexts"
FILE_OPTIONS = ("client_cert", "client_key", "ca_cert")


def check_access(errors: Errors, prefix: str, options: Mapping[str, Any]) -> None:
    """Check the access options; ``prefix`` is the prefix of their names (``kubesphere_``).

    The cluster must be explicit: an inventory never writes to the current context of a default kubeconfig.
    """
    if not any(options.get(name) for name in ("kubeconfig", "context", "host")):
        errors.at(f"{prefix}kubeconfig").add(
            f"missing; set {prefix}kubeconfig, {prefix}context or {prefix}host, or exclude hosts that are not clusters "
            "(-e kubesphere_group=GROUP)"
        )
        return
    for name in FILE_OPTIONS:
        if options.get(name) and not is_content(str(options[name])) and not _is_file(options[name]):
            errors.at(f"{prefix}{name}").add(f"file {options[name]!r} not found; set the path of a readable file")
    at = check_connection(errors, prefix, options)
    if options.get("kubeconfig") and not options.get("host") and not at["kubeconfig"]:
        _check_kubeconfig(at, options["kubeconfig"], options.get("context"))


def check_connection(errors: Errors, prefix: str, options: Mapping[str, Any]) -> dict[str, Errors]:
    """Check what would make the library fail at the first call, and return the errors at the place of each option."""
    at = {name: errors.at(f"{prefix}{name}") for name in SPEC.options}
    for name in SPEC.options:
        check_secret(at[name], SPEC, name, options.get(name))
    check_timeout(at["request_timeout"], options.get("request_timeout"))
    for name in FILE_OPTIONS:
        check_file(at[name], options.get(name))
    _check_identity(at, options)
    for name, other in REQUIRES.items():
        if options.get(name) and not options.get(other) and not at[name]:
            at[name].add(f"requires {prefix}{other}; set it as well, or remove {prefix}{name}")
    for name, check in (("host", check_base_url), ("api_url", check_base_url), ("api_ca_cert", check_ca_path)):
        if not at[name]:
            check(at[name], options.get(name))
    check_proxy(at["proxy"], options.get("proxy"))
    return at


def _check_identity(at: Mapping[str, Errors], options: Mapping[str, Any]) -> None:
    for name in ("password", "api_password"):
        check_credential(at[name], options.get(name))
    for name in ("api_key", "api_token"):
        check_token(at[name], options.get(name))
        if not at[name]:
            check_header(at[name], options.get(name))
    check_header(at["impersonate_user"], options.get("impersonate_user"))
    for each_at, group in at["impersonate_groups"].each(options.get("impersonate_groups") or []):
        check_header(each_at, group)


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


def _check_kubeconfig(at: Mapping[str, Errors], kubeconfig: Any, context: Any) -> None:
    if is_inline(kubeconfig):
        _check_inline(at, kubeconfig, context)
        return
    path = os.path.expanduser(str(kubeconfig))
    content = None
    try:
        content = read_kubeconfig(path)
    except OSError as error:
        at["kubeconfig"].add(f"{kubeconfig!r} cannot be read ({error.strerror}); set the path of a kubeconfig")
    except ValueError:  # of the operating system, which has no path with a NUL character
        at["kubeconfig"].add("contains a NUL character; set the path of a kubeconfig")
    except yaml_text.NotYaml as error:
        at["kubeconfig"].add(f"{kubeconfig!r} is not a kubeconfig ({error.message}); {remedy(error)}")
    if isinstance(content, Mapping):
        _check_entry(at, repr(kubeconfig), (os.path.abspath(path), content), context)
    elif not at["kubeconfig"]:
        at["kubeconfig"].add(f"{kubeconfig!r} is not a kubeconfig ({_NO_MAP}); set the path of one")


def _check_inline(at: Mapping[str, Errors], kubeconfig: Any, context: Any) -> None:
    try:
        content = content_of(kubeconfig)
    except yaml_text.NotYaml as error:
        at["kubeconfig"].add(f"invalid inline kubeconfig ({error.message}); {remedy(error)}")
        return
    if isinstance(content, Mapping):
        _check_entry(at, "the inline kubeconfig", ("", content), context)
    else:
        at["kubeconfig"].add(f"invalid inline kubeconfig ({_NO_MAP}); set the path or the content of a kubeconfig")


def _check_entry(at: Mapping[str, Errors], where: str, file: tuple[str, Mapping[str, Any]], context: Any) -> None:
    contexts = context_names([file])
    requested = context or file[1].get("current-context")
    available = ", ".join(contexts) or "none"
    if not requested:
        at["context"].add(f"missing, and {where} has no current-context; available contexts: {available}")
    elif isinstance(requested, str) and requested not in contexts:
        at["context"].add(f"{requested!r} is not in {where}; available contexts: {available}")
    else:
        try:
            select([file], context)
        except KubeconfigError as error:
            at["kubeconfig"].add(f"{where}: {error.reason}; {error.hint}")
