"""A token that a program gives, as clouds have it: the `exec` entry of a kubeconfig.

The exchange is the ExecCredential of `client.authentication.k8s.io` (Kubernetes documentation, "client-go credential
plugins"): the program writes JSON, its token stands in `status.token`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ledger.connectors.kubernetes.faults import ClusterFault

_SECONDS = 60


def credential_token(told: Mapping[str, Any]) -> str:
    """The token of the program that a kubeconfig names. Raises ClusterFault where it gives none.

    The program is the one that the person's own kubeconfig names, as kubectl would call it; no shell is between.
    """
    command = str(told.get("command") or "")
    if "/" in command:
        command = str(Path(told["folder"]) / command)
    version = str(told.get("apiVersion") or "client.authentication.k8s.io/v1")
    asked = {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}}
    variables = {str(one.get("name")): str(one.get("value")) for one in told.get("env") or ()}
    try:
        done = subprocess.run(  # noqa: S603 — the program is the person's own, named in their kubeconfig
            [command, *map(str, told.get("args") or ())],
            env={**os.environ, **variables, "KUBERNETES_EXEC_INFO": json.dumps(asked)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=True,
        )  # fmt: skip
        token = json.loads(done.stdout)["status"]["token"]
    except FileNotFoundError as fault:
        hint = str(told.get("installHint") or "install it, or use a token")
        raise ClusterFault(f"the kubeconfig asks '{command}' for a token, which is not installed", hint) from fault
    except subprocess.CalledProcessError as fault:
        said = (fault.stderr or "").strip().splitlines()[-1:] or [f"exit code {fault.returncode}"]
        raise ClusterFault(f"'{command}' gave no token: {said[0][:300]}", "log in as for kubectl") from fault
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as fault:
        raise ClusterFault(
            f"'{command}' gave no token that could be read", "programs that give a client certificate are not taken"
        ) from fault
    return str(token)
