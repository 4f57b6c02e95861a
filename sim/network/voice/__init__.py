"""Telephone calls: who calls whom, attempts, ringing, conversation, release."""
