# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local connection under another name, so that actions execute modules as on a remote host such as a bastion."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: elsewhere
short_description: Run modules on the controller as if it were a remote host
description: For tests.
options: {}
"""


class Connection(LocalConnection):
    """The local connection with another ``transport`` than ``local``."""

    transport = "elsewhere"
