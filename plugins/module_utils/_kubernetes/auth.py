# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A configured API client from the access options, and a kubeconfig with the meaning that it has for kubectl."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

try:
    from kubernetes import __version__ as VERSION
    from kubernetes.client import ApiClient, Configuration
    from kubernetes.config import ConfigException, load_incluster_config, load_kube_config_from_dict

    IMPORT_ERROR: ImportError | None = None
except ImportError as error:
    IMPORT_ERROR, VERSION = error, ""

from .._core.errors import INVALID, Errors, InputError, OperationError
from .._core.libraries import require_library, require_version
from .._core.masking import Secrets
from .._core.texts.basic_authentication import basic
from .access import credentials, impersonation
from .access.certificates import ca_error, client_error
from .access.entry import Entry, KubeconfigError, select
from .access.proxies import KUBECONFIG, OPTION, check_proxy, proxy_of
from .auth_checks import check_connection
from .kubeconfig import is_inline, read_files
from .retries import retries

#: The oldest major version of the library that the tests run with, as in requirements.txt.
OLDEST = 31
# Option name -> attribute of kubernetes.client.Configuration.
ATTRIBUTES = {
    "host": "host",
    "client_cert": "cert_file",
    "client_key": "key_file",
    "ca_cert": "ssl_ca_cert",
    "validate_certs": "verify_ssl",
}
#: The fields of a cluster that the library reads.
_CLUSTER_FIELDS = (
    *("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority", "certificate-authority-data"),
)

#: The library writes inline kubeconfig data to files that threads share, possibly before they are complete.
_LOADING = Lock()


def api_client(options: Mapping[str, Any], secrets: Secrets) -> tuple[Any, str]:
    """Return a ``kubernetes.client.ApiClient``, which connects on the first request, and the name of its exec plugin.

    The name is empty if the credentials are not from a plugin.
    """
    config, entry = _configured(options, secrets)
    _check_certificates(config, options, entry)
    client = ApiClient(config)
    if options.get("username") and options.get("password"):
        # The library stores both and sends neither.
        client.set_default_header("Authorization", _basic(options["username"], options["password"], secrets))
    for name, value in impersonation.headers(options, entry.user.fields if entry else {}):
        client.set_default_header(name, value)
    return client, credentials.plugin_of(entry) if entry and not _has_own_credentials(options) else ""


def configuration(options: Mapping[str, Any], secrets: Secrets) -> Any:
    """Return the ``kubernetes.client.Configuration``; raises ``OperationError`` with the name of the invalid option."""
    return _configured(options, secrets)[0]


def _configured(options: Mapping[str, Any], secrets: Secrets) -> tuple[Any, Entry | None]:
    """Return the configuration, and the entry of the kubeconfig if one is used."""
    require_library("kubernetes", IMPORT_ERROR)
    require_version("kubernetes", VERSION, OLDEST)
    with Errors() as errors:
        check_connection(errors, "", options)
    config = Configuration()
    entry = None if options.get("host") else _load(options, config, secrets)
    for option, attribute in ATTRIBUTES.items():
        if options.get(option) not in (None, ""):
            setattr(config, attribute, options[option])
    if options.get("api_key"):
        config.api_key, config.refresh_api_key_hook = {"authorization": f"Bearer {options['api_key']}"}, None
        secrets.add(str(options["api_key"]))
    _set_proxy(config, options, entry, secrets)
    config.retries = retries()
    return config, entry


def _set_proxy(config: Any, options: Mapping[str, Any], entry: Entry | None, secrets: Secrets) -> None:
    source, url = proxy_of(config.host, options, entry.cluster.fields.get("proxy-url") if entry else None)
    place = source if source in (OPTION, KUBECONFIG) else f"environment variable {source}"
    with Errors() as errors:
        check_proxy(errors.at(place), url)
    config.proxy, config.no_proxy = url, None
    parts = urlsplit(url or "")
    if parts.username and parts.scheme in ("http", "https"):
        # The library ignores the credentials in the URL.
        header = _basic(unquote(parts.username), unquote(parts.password or ""), secrets)
        config.proxy_headers = {"proxy-authorization": header}


def _basic(username: str, password: str, secrets: Secrets) -> str:
    """Return the header of basic authentication, which is masked."""
    header = basic(username, password)
    secrets.add(header.partition(" ")[2])
    return header


def _load(options: Mapping[str, Any], config: Any, secrets: Secrets) -> Entry | None:
    """Load a kubeconfig and return its entry, or the service account of the pod and return None."""
    kubeconfig, context = options.get("kubeconfig"), options.get("context")
    if not kubeconfig and not context and _load_in_cluster(config):
        return None
    try:
        entry = select(read_files(kubeconfig, secrets), context)
        _load_entry(entry, options, config, secrets)
    except KubeconfigError as error:
        raise OperationError(_describe(kubeconfig, context, error.reason, error.hint), finding=error.finding) from None
    except ConfigException as error:
        raise OperationError(_describe(kubeconfig, context, str(error)), finding=INVALID) from None
    return entry


def _load_entry(entry: Entry, options: Mapping[str, Any], config: Any, secrets: Secrets) -> None:
    user, renewal = ({}, None) if _has_own_credentials(options) else credentials.resolve(entry, secrets)
    cluster = {name: entry.cluster.fields[name] for name in _CLUSTER_FIELDS if name in entry.cluster.fields}
    # kubectl reads HTTPS:// as well, but the library then loads no certificates.
    scheme, mark, rest = cluster["server"].partition("://")
    cluster["server"] = f"{scheme.lower()}{mark}{rest}"
    username, password = user.pop("username", None), user.pop("password", None)
    content = {
        "clusters": [{"name": "it", "cluster": cluster}],
        "users": [{"name": "it", "user": user}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        "current-context": "it",
    }
    with _LOADING:
        load_kube_config_from_dict(content, None, config, persist_config=False)
    if username is not None or password is not None:
        config.api_key = {"authorization": _basic(username or "", password or "", secrets)}
    # The library would reload everything before each request, also for a token that does not expire.
    config.refresh_api_key_hook = None if renewal is None else _refresh(renewal)


def _has_own_credentials(options: Mapping[str, Any]) -> bool:
    """Return whether options replace the credentials of a kubeconfig's user."""
    return bool(options.get("api_key") or (options.get("username") and options.get("password")))


def _refresh(renewal: credentials.Renewal) -> Any:
    """Return the hook that the library calls before each request."""

    def refresh(config: Any) -> None:
        try:
            config.api_key = dict.fromkeys(config.api_key, f"Bearer {renewal()}")
        except KubeconfigError as error:
            raise OperationError(f"kubeconfig: {error.reason}; {error.hint}", finding=error.finding) from None

    return refresh


def _check_certificates(config: Any, options: Mapping[str, Any], entry: Entry | None) -> None:
    for error, name, part, field in (
        (ca_error(config), "ca_cert", "cluster", "certificate-authority"),
        (client_error(config), "client_cert, client_key", "user", "client-certificate, client-key"),
    ):
        if error and (entry is None or any(options.get(option) for option in name.split(", "))):
            raise InputError([f"{name}: {error}; set the path of the right file"])
        if error and entry is not None:
            place = f"{part} {getattr(entry, part).name!r}, {field} (or the same with -data)"
            reason = f"{place}: {error}"
            raise OperationError(
                _describe(options.get("kubeconfig"), options.get("context"), reason, "correct it"), finding=INVALID
            )


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
