"""EventBridge calls this every five minutes, to heal whatever a lost event left behind."""

from stepweave.bootstrap.reconcile import reconcile_handler

handler = reconcile_handler()
