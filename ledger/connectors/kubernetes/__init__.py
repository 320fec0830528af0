"""A Kubernetes cluster: its Jobs held and released by labels of their own, and its pods as runs.

Four verbs of its API are used and no more: list, get, and patch of a Job (`batch/v1`), list of nodes and pods.
"""
