"""Studies of what is not known of a scenario: its ranges drawn, run as a sweep, and what that says of the measures."""
