"""Where radio, traffic and switching meet: the live network and its compiled loop."""
