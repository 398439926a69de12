"""Runs ministack with what the emulator adds to it: the bridge and the CloudFormation types it lacks.

Started by `emulator/src/ministack.rs` with an almost empty environment, as the leader of a process group of its own. It
ends when its standard input closes, so that nothing is left behind even if the process that started it is killed.
"""

import os
import signal
import sys
import threading

import pinned


def end_with_parent() -> None:
    """Kills this process and every Lambda environment it started once standard input closes."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    if os.getpgrp() != os.getpid():
        sys.exit("ministack must lead a process group of its own: start it with `emulator up`")
    threading.Thread(target=end_with_parent, daemon=True, name="end-with-parent").start()
    pinned.check()

    from ministack import app
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    import actors
    import bridge
    import buckets
    import catalog
    import catalog_types
    import conditions
    import custom
    import deletions
    import describe
    import encryption
    import evaluations
    import forwarded
    import functions
    import gateways
    import group_types
    import interfaces
    import key_use
    import log_groups
    import nested
    import network_calls
    import network_types
    import notebook_types
    import operations
    import order
    import organizations
    import package_types
    import permissions
    import pipeline_targets
    import policy_variables
    import principals
    import property_names
    import references
    import repository_types
    import resource_types
    import roles
    import security_groups
    import sessions
    import signatures
    import simulation
    import stack_details
    import stack_policies
    import stack_set_types
    import storage
    import strict
    import summaries
    import templates

    sessions.install()
    buckets.install(_RESOURCE_HANDLERS)
    roles.install(_RESOURCE_HANDLERS)
    log_groups.install(_RESOURCE_HANDLERS)
    encryption.install()
    functions.install()
    # After functions, which takes all other targets.
    pipeline_targets.install()
    custom.install()
    nested.install(_RESOURCE_HANDLERS)
    order.install()
    organizations.install()
    principals.install()
    operations.install()
    deletions.install()
    references.install()
    property_names.install()
    stack_policies.install()
    stack_details.install()
    conditions.install()
    templates.install()
    summaries.install()
    forwarded.register(_RESOURCE_HANDLERS, resource_types.TYPES)
    notebook_types.install(_RESOURCE_HANDLERS)
    catalog_types.install(_RESOURCE_HANDLERS)
    package_types.install(_RESOURCE_HANDLERS)
    repository_types.install(_RESOURCE_HANDLERS)
    stack_set_types.install(_RESOURCE_HANDLERS)
    catalog.install()
    interfaces.install()
    storage.install(_RESOURCE_HANDLERS)
    gateways.install(_RESOURCE_HANDLERS)
    network_calls.install()
    network_types.install(_RESOURCE_HANDLERS)
    group_types.install(_RESOURCE_HANDLERS)
    describe.install()
    security_groups.install()
    # After all that add calls to EC2 or change them: each of its calls looks first what has gone meanwhile.
    strict.install(_RESOURCE_HANDLERS)
    permissions.install()
    key_use.install()
    policy_variables.install()
    simulation.install()
    # After all that change operations and handlers: IAM is asked before any of it.
    actors.install()
    evaluations.install()
    signatures.install()
    app.app = bridge.wrap(app.app)
    sys.argv = ["ministack"]  # Its own argument parser reads this.
    app.main()


main()
