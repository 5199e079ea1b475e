"""EventBridge calls this every five minutes, to heal whatever a lost event left behind."""

from stepweave.bootstrap import reconcile_handler

handler = reconcile_handler()
