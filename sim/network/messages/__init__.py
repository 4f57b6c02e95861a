"""Short messages: sent over signalling channels, kept by the message centre, delivered when they can be."""
