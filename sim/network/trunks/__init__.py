"""Trunk groups: ways between exchanges, and their circuits."""
