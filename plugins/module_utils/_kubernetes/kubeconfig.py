# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kubeconfig, either a file that is read once or inline content."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any

from .._core import yaml_text
from .._core.bounded.files import read_file
from .._core.errors import Errors
from .._core.masking import Secrets
from .._core.secrets import shapes
from .._core.secrets.kinds import (
    SecretKind,
    hide_all,
    is_content,
    is_secret_name,
    proxy_passwords,
    texts,
    url_passwords,
)
from .access.entry import KubeconfigError

#: The fields of a user, or of its authentication provider, that are credentials.
SECRET_KEYS = {
    "token",
    "password",
    "client-key-data",
    "client-certificate-data",
    "id-token",
    "refresh-token",
    "access-token",
    "client-secret",
}
_FIELD = re.compile(rf"\b({'|'.join(sorted(SECRET_KEYS))})[\"']?\s*[:=]\s*[\"']?([^\s\"',}}]+)")
#: What a kubeconfig contains and a path does not.
_MARKS = re.compile(
    r"\b(apiVersion|clusters|contexts|users|current-context|token|password|client-key-data)\b[\"']?\s*:(?=[\s\[{\"']|$)"
)
#: An argument of an authentication plugin such as --client-secret=..., or --client-secret before the secret.
_FLAG = re.compile(r"--?([\w-]+)(?:=(.*))?", re.DOTALL)
#: Where a kubeconfig is without an option and without KUBECONFIG.
DEFAULT = "~/.kube/config"
_SET_FILE = "set the path of a kubeconfig"
#: How a text begins that ansible-vault has encrypted, and what errors say of it.
_VAULT, _ENCRYPTED = "$ANSIBLE_VAULT;", "encrypted by ansible-vault"


def read_kubeconfig(path: str) -> Any:
    """Return the content of a file, not to be modified; raises ``OSError`` or ``NotYaml``."""
    # With the time of its last change, so that a file which is renewed during a run is read again.
    return _read(path, os.stat(path).st_mtime_ns)


@lru_cache(maxsize=1)  # each cluster is validated, then used; no secret is cached longer than that
def _read(path: str, _written: int) -> Any:
    return _load(read_file(path))


def _load(text: str | bytes) -> Any:
    if text[: len(_VAULT)] in (_VAULT, _VAULT.encode()):
        raise yaml_text.NotYaml(_ENCRYPTED)
    return yaml_text.load(text)


def remedy(error: yaml_text.NotYaml) -> str:
    """Return what to do about a text that is not YAML."""
    if error.message == _ENCRYPTED:
        return "decrypt it, or set kubeconfig to its content by the lookup ansible.builtin.unvault"
    return "correct it, or set the path or the content of another kubeconfig"


def is_inline(kubeconfig: Any) -> bool:
    """Return whether an option contains a kubeconfig, as a map or a string, rather than a path."""
    if isinstance(kubeconfig, str):
        return "\n" in kubeconfig or kubeconfig.lstrip().startswith("{")
    return isinstance(kubeconfig, Mapping)


def check_kubeconfig(errors: Errors, kubeconfig: Any) -> None:
    """Check that a kubeconfig is a path or the content of one; errors do not contain it."""
    if is_inline(kubeconfig) or not kubeconfig:
        return
    if not isinstance(kubeconfig, str):
        errors.add(f"expected the path or the content of a kubeconfig, not a {type(kubeconfig).__name__}")
    elif _is_encoded(kubeconfig):
        errors.add("the content of a kubeconfig in base64; decode it with the filter b64decode, or set a path")
    elif _is_content(kubeconfig):
        errors.add(
            "the content of a kubeconfig in one line, which is not valid YAML; keep its line breaks with | in YAML, or "
            "set a path"
        )


def content_of(kubeconfig: Any) -> Any:
    """Return the content of an inline kubeconfig, not to be modified; raises ``NotYaml``."""
    return _parse(kubeconfig) if isinstance(kubeconfig, str) else kubeconfig


@lru_cache(maxsize=1)  # as for a file
def _parse(text: str) -> Any:
    return _load(text)


def find_credentials(kubeconfig: Any) -> Iterator[str]:
    """Yield the secrets in the option, whatever its form; none for a path."""
    if not isinstance(kubeconfig, str):
        yield from _credentials(kubeconfig)
        for text in kubeconfig if isinstance(kubeconfig, list | tuple) else ():
            yield from find_credentials(text)
    elif _is_content(kubeconfig):
        text = shapes.decoded(kubeconfig) if _is_encoded(kubeconfig) else kubeconfig
        yield kubeconfig
        yield text
        yield from (match[2] for match in _FIELD.finditer(text))
        with suppress(yaml_text.NotYaml):
            yield from _credentials(yaml_text.load(text))
        yield from shapes.found(text)


def hide_kubeconfig(kubeconfig: Any) -> Any:
    """Return the option as it may be shown: a path, or the structure of a map."""
    return kubeconfig if isinstance(kubeconfig, str) and not _is_content(kubeconfig) else hide_all(kubeconfig)


#: The option kubeconfig.
KUBECONFIG = SecretKind(find_credentials, hide_kubeconfig, check_kubeconfig)


def hide_credentials(content: Any, secrets: Secrets) -> None:
    """Add the credentials in a kubeconfig's content to the secrets."""
    secrets.add(*_credentials(content))


def _credentials(content: Any) -> Iterator[str]:
    if isinstance(content, Mapping):
        for key, item in content.items():
            if key in SECRET_KEYS:
                yield from texts(item)
            elif key == "args":
                yield from _secret_arguments(item)
            elif key == "value" and is_secret_name(str(content.get("name"))):
                yield from texts(item)
            elif isinstance(item, str):
                yield from proxy_passwords(item) if key == "proxy-url" else url_passwords(item)
            yield from _credentials(item)
    elif isinstance(content, list | tuple):
        for item in content:
            yield from _credentials(item)


def _secret_arguments(arguments: Any) -> Iterator[str]:
    """Yield the values of a command's flags that are named like a secret."""
    is_secret = False
    for text in texts(arguments):
        flag = _FLAG.fullmatch(text)
        if is_secret and not flag:
            yield text
        is_secret = bool(flag and is_secret_name(flag[1]))
        if is_secret and flag and flag[2]:
            yield flag[2]


def _is_encoded(text: str) -> bool:
    return bool(_MARKS.search(shapes.decoded(text)))


def _is_content(text: str) -> bool:
    return is_inline(text) or is_content(text) or bool(_MARKS.search(text)) or _is_encoded(text)


def read_files(kubeconfig: Any, secrets: Secrets | None = None) -> list[tuple[str, Any]]:
    """Return the path and the content of each file of the option; an inline kubeconfig has no path.

    A path may name several files as KUBECONFIG does, of which those that do not exist are left out. None is the default
    location. Credentials are added to ``secrets``. Raises :class:`KubeconfigError`.
    """
    if is_inline(kubeconfig):
        if secrets is not None:
            secrets.add(*find_credentials(kubeconfig))
        return [("", _parsed(lambda: content_of(kubeconfig), "it"))]
    path = os.path.expanduser(str(kubeconfig)) if kubeconfig else None
    paths = [path] if path and os.path.isfile(path) else _existing(path or os.environ.get("KUBECONFIG") or DEFAULT)
    files = [(os.path.abspath(one), _parsed(partial(read_kubeconfig, one), one)) for one in paths]
    if secrets is not None:
        for _path, content in files:
            hide_credentials(content, secrets)
    return files


def _existing(paths: str) -> list[str]:
    existing = [one for path in paths.split(os.pathsep) if path and os.path.exists(one := os.path.expanduser(path))]
    if not existing:
        raise KubeconfigError("no such file", "set the path of a kubeconfig")
    return existing


def _parsed(read: Callable[[], Any], place: str) -> Any:
    try:
        content = read()
    except OSError as error:
        raise KubeconfigError(f"{place} cannot be read ({error.strerror or error})", _SET_FILE) from None
    except yaml_text.NotYaml as error:
        raise KubeconfigError(f"{place} cannot be read ({error.message})", remedy(error)) from None
    return {} if content is None else content
