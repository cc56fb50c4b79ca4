"""Lambda: functions as processes of this machine under the real runtime client."""
