# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A configured API client from the access options, built by the kubernetes library's loaders."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from threading import Lock
from typing import Any

try:
    import urllib3
    from kubernetes.client import ApiClient, Configuration
    from kubernetes.config import ConfigException, load_incluster_config, load_kube_config, load_kube_config_from_dict
    from kubernetes.config.kube_config import ConfigNode

    IMPORT_ERROR: ImportError | None = None
except ImportError as error:
    IMPORT_ERROR = error

from .._core.bounded.files import is_blocking
from .._core.errors import OperationError, raise_for_errors
from .._core.field_paths import copied
from .._core.libraries import require_library
from .._core.masking import Secrets
from .._core.text import shortened
from .auth_checks import check_connection, check_proxy
from .kubeconfig import (
    blocking_files,
    content_of,
    find_credentials,
    hide_credentials,
    is_inline,
    read_kubeconfig,
    renews_tokens,
)
from .retries import retries

# Option name -> attribute of kubernetes.client.Configuration.
ATTRIBUTES = {
    "host": "host",
    "client_cert": "cert_file",
    "client_key": "key_file",
    "ca_cert": "ssl_ca_cert",
    "validate_certs": "verify_ssl",
    "proxy": "proxy",
    "no_proxy": "no_proxy",
}

#: The library writes inline kubeconfig data to files that threads share, possibly before they are complete.
_LOADING = Lock()


class RepeatedHeader(str):
    """A header name that is unequal to itself, for several headers in a dict: one Impersonate-Group per group."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class _LibraryErrors(logging.Handler):
    """Collects what the library only logs, such as the output of an exec plugin that failed.

    Otherwise Python prints it on the terminal as it is, and the request is sent without credentials.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Collect a message."""
        self.messages.append(record.getMessage())

    def __enter__(self) -> _LibraryErrors:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_error: object) -> None:
        logging.getLogger().removeHandler(self)


def api_client(options: Mapping[str, Any], secrets: Secrets) -> Any:
    """Return a ``kubernetes.client.ApiClient`` for the access options; it connects on the first request."""
    config = configuration(options, secrets)
    client = ApiClient(config)
    if options.get("impersonate_user"):
        client.set_default_header("Impersonate-User", options["impersonate_user"])
    if options.get("username") and options.get("password"):
        # The library stores both and sends neither.
        headers = urllib3.make_headers(basic_auth=f"{options['username']}:{options['password']}")
        secrets.add(headers["authorization"].partition(" ")[2])
        client.set_default_header("Authorization", headers["authorization"])
    for group in options.get("impersonate_groups") or []:
        client.set_default_header(RepeatedHeader("Impersonate-Group"), group)
    return client


def configuration(options: Mapping[str, Any], secrets: Secrets) -> Any:
    """Return the ``kubernetes.client.Configuration``; raises ``OperationError`` with the name of the invalid option."""
    require_library("kubernetes", IMPORT_ERROR)
    raise_for_errors(check_connection("", options))
    config = Configuration()
    if not options.get("host"):
        with _LOADING, _LibraryErrors() as errors:
            _load(options, config, secrets)
        if errors.messages:
            reason = f"its user has no credentials: {shortened(secrets.mask_text('; '.join(errors.messages)))}"
            hint = "correct the user, or the exec plugin that it names"
            raise OperationError(_describe(options.get("kubeconfig"), options.get("context"), reason, hint))
    for option, attribute in ATTRIBUTES.items():
        if options.get(option) is not None:
            setattr(config, attribute, options[option])
    if options.get("api_key"):
        config.api_key = {"authorization": f"Bearer {options['api_key']}"}
        secrets.add(str(options["api_key"]))
    raise_for_errors(check_proxy("proxy, or proxy-url of the kubeconfig", config.proxy))
    config.retries = retries()
    return config


def _load(options: Mapping[str, Any], config: Any, secrets: Secrets) -> None:
    kubeconfig, context = options.get("kubeconfig"), options.get("context")
    try:
        if is_inline(kubeconfig):
            secrets.add(*find_credentials(kubeconfig))
            content = content_of(kubeconfig)
            _check_files(content, "")
            _load_content(content, dict(content), context, config)
        elif kubeconfig or context or not _load_in_cluster(config):
            path = os.path.expanduser(str(kubeconfig)) if kubeconfig else None
            _load_file(path, context, config, secrets)
    except ConfigException as error:
        raise OperationError(_describe(kubeconfig, context, str(error))) from None
    except Exception as error:  # a kubeconfig that is not YAML, or not a mapping
        raise OperationError(_describe(kubeconfig, context, f"it cannot be read ({type(error).__name__})")) from None


def _load_file(path: str | None, context: Any, config: Any, secrets: Secrets) -> None:
    """Load from one path, several paths as in KUBECONFIG, or the default location (None)."""
    if path is None or not os.path.isfile(path):
        paths = (path or os.environ.get("KUBECONFIG") or "~/.kube/config").split(os.pathsep)
        if any(is_blocking(os.path.expanduser(one)) for one in paths):
            raise ConfigException("a pipe or a device")
        load_kube_config(path, context, config, persist_config=False)
        return
    # The library reads a single file in the same way, but with a YAML parser that is ten times slower.
    content = read_kubeconfig(path)
    hide_credentials(content, secrets)
    _check_files(content, os.path.dirname(path))
    _load_content(content, ConfigNode(path, copied(content), path), context, config)


def _check_files(content: Any, folder: str) -> None:
    if fields := blocking_files(content, folder):
        raise ConfigException(f"{', '.join(fields)}: a pipe or a device; set the path of a file")


def _load_content(content: Any, loadable: Any, context: Any, config: Any) -> None:
    """Load a kubeconfig; ``loadable`` is its content in a form that the library may modify."""
    load_kube_config_from_dict(loadable, context, config, persist_config=False)
    if not renews_tokens(content):
        # The library would reload everything before each request, for a token that does not expire.
        config.refresh_api_key_hook = None


def _load_in_cluster(config: Any) -> bool:
    try:
        load_incluster_config(config)
    except ConfigException:
        return False
    return True


def _describe(
    kubeconfig: Any, context: Any, reason: str, hint: str = "set an existing file, and one of its contexts"
) -> str:
    if is_inline(kubeconfig):
        subject = "kubeconfig (inline)"
    else:
        subject = f"kubeconfig {kubeconfig!r}" if kubeconfig else "kubeconfig (default location)"
    requested = f", context {context!r}" if context else ""
    return f"{subject}{requested}: {reason.rstrip('. ')}; {hint}"
