# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install pip from Python's own copy, as get-pip.py of ansible-test does from a download."""

import subprocess
import sys

NOT_FOR_PIP = ("--no-setuptools", "--no-wheel")

subprocess.run([sys.executable, "-m", "ensurepip", "--upgrade", "--default-pip"], check=True)
arguments = [argument for argument in sys.argv[1:] if argument not in NOT_FOR_PIP]
subprocess.run([sys.executable, "-m", "pip", "install", *arguments], check=True)
