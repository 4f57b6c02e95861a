"""Sites that go off the air, and are back."""
